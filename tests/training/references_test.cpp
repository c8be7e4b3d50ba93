// After a call the library holds nothing of the user's that was given for that call, whatever ended it; what a model or
// compile was given ends with them. Each thing holds a number; weak_ptrs say whether it is gone.
#include <optional>
#include <stdexcept>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/data/dataset.h"
#include "keratin/layers/function.h"
#include "keratin/losses/losses.h"
#include "keratin/metrics/metrics.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "training/training_case.h"

namespace {

using namespace keratin;
using namespace keratin::test;

const Array x = wave({20, 6}, 1);
const Array y = classes(20, 3, 2);

/// Numbers that the user's things hold, watched.
class Watched {
 public:
  std::shared_ptr<int> held(const std::string& by) {
    auto number = std::make_shared<int>(1);
    all_.emplace_back(by, number);
    return number;
  }
  /// Who still holds one.
  std::string alive() const {
    std::string names;
    for (const auto& [by, number] : all_)
      if (!number.expired()) names += (names.empty() ? "" : ", ") + by;
    return names;
  }
  std::size_t size() const { return all_.size(); }

 private:
  std::vector<std::pair<std::string, std::weak_ptr<int>>> all_;
};

enum class Where { nowhere, callback, generator, map, filter, layer, loss, metric, step };

const char* name_of(Where where) {
  constexpr const char* names[] = {"nowhere", "callback", "generator", "map", "filter",
                                   "layer",   "loss",     "metric",    "step"};
  return names[static_cast<int>(where)];
}

/// Throws where it is told to.
struct Bomb {
  Where set = Where::nowhere;
  void at(Where where) const {
    if (where == set) throw std::runtime_error(std::string("thrown by the ") + keratin_name(where));
  }
  static const char* keratin_name(Where where) { return name_of(where); }
};

class Holding : public Callback {
 public:
  Holding(std::shared_ptr<int> held, const Bomb& bomb) : held_(std::move(held)), bomb_(bomb) {}
  void on_train_batch_end(std::int64_t, const Logs&) override { bomb_.at(Where::callback); }
  void on_test_batch_end(std::int64_t, const Logs&) override { bomb_.at(Where::callback); }
  void on_predict_batch_end(std::int64_t, const Outputs&) override { bomb_.at(Where::callback); }

 private:
  std::shared_ptr<int> held_;
  const Bomb& bomb_;
};

CallbackList holding(Watched& watched, const Bomb& bomb) {
  return {Holding(watched.held("a callback by value"), bomb),
          std::make_shared<Holding>(watched.held("a shared callback"), bomb),
          callbacks::LambdaCallback({.on_epoch_end = [held = watched.held("a lambda")](std::int64_t, const Logs&) {},
                                     .on_train_begin = [held = watched.held("another lambda")] {}}),
          callbacks::LearningRateScheduler([held = watched.held("a schedule")](std::int64_t) { return 0.01; })};
}

/// Batches of everything that a stream is made of.
Dataset stream(Watched& watched, const Bomb& bomb) {
  return Dataset::from_generator([held = watched.held("a generator"), &bomb, at = 0]() mutable -> std::optional<Batch> {
           if (at++ % 4 == 3) return std::nullopt;
           if (at % 4 == 2) bomb.at(Where::generator);
           return Batch{x, y};
         })
      .map([held = watched.held("a function of map"), &bomb](Batch batch) {
        bomb.at(Where::map);
        return batch;
      })
      .filter([held = watched.held("a function of filter"), &bomb](const Batch&) {
        bomb.at(Where::filter);
        return true;
      })
      .prefetch(2);
}

Array lent(Watched& watched, std::vector<float>& memory) {
  memory.assign(20 * 6, 0.5f);
  return Array::borrow(std::span<const float>(memory), {20, 6}, {.owner = watched.held("a borrowed array's owner")});
}

/// A model with the user's code in a layer, the loss, a metric and the steps.
Sequential model_of(Session& session, Watched& watched, const Bomb& bomb, bool eager) {
  Sequential model(session, {layers::Input({6}),
                             layers::Function([held = watched.held("a layer's function"), &bomb](const Tensor& value) {
                               bomb.at(Where::layer);
                               return value * 2.0;
                             }),
                             layers::Dense(3, {.activation = "softmax"})});
  model.compile(
      {.loss = losses::custom("own",
                              [held = watched.held("a loss"), &bomb](const Tensor& target, const Tensor& out) {
                                bomb.at(Where::loss);
                                return losses::SparseCategoricalCrossentropy().call(target, out);
                              }),
       .metrics = {metrics::custom("largest",
                                   [held = watched.held("a metric"), &bomb](const Tensor&, const Tensor& out) {
                                     bomb.at(Where::metric);
                                     return ops::max(out, {.axis = -1});
                                   })},
       .run_eagerly = eager});
  model.set_train_step([held = watched.held("a step"), &bomb](StepContext& step) -> StepLogs {
    bomb.at(Where::step);
    const std::vector<Tensor> out = step.call();
    step.apply_gradients(step.compute_loss(out));
    return step.compute_metrics(out);
  });
  return model;
}

class References : public testing::TestWithParam<std::tuple<Where, bool>> {
 protected:
  void SetUp() override { bomb_.set = Where::nowhere; }
  Where where() const { return std::get<0>(GetParam()); }

  /// Does it with the bomb set; it may not go off in each of them (predict has no loss).
  template <class F>
  void may_throw(F call) {
    bomb_.set = where();
    try {
      call();
    } catch (const std::runtime_error& error) {
      ++thrown_;
      EXPECT_NE(std::string(error.what()).find("thrown by"), std::string::npos) << error.what();
    }
    bomb_.set = Where::nowhere;
  }

  Bomb bomb_;
  int thrown_ = 0;
  Session session_{{.seed = 1}};
};

TEST_P(References, OfACallAreGoneAfterIt) {
  Watched of_model;
  Watched of_calls;
  {
    Sequential model = model_of(session_, of_model, bomb_, std::get<1>(GetParam()));
    std::vector<float> memory;
    may_throw([&] {
      model.fit(lent(of_calls, memory), y,
                {.batch_size = 8, .verbose = 0, .callbacks = holding(of_calls, bomb_), .validation_data = {x, y}});
    });
    EXPECT_EQ(of_calls.alive(), "") << "fit on arrays";
    may_throw([&] {
      model.fit(stream(of_calls, bomb_), {.epochs = 2,
                                          .verbose = 0,
                                          .callbacks = holding(of_calls, bomb_),
                                          .validation_data = stream(of_calls, bomb_)});
    });
    EXPECT_EQ(of_calls.alive(), "") << "fit on a stream";
    may_throw(
        [&] { model.evaluate(lent(of_calls, memory), y, {.verbose = 0, .callbacks = holding(of_calls, bomb_)}); });
    may_throw([&] { model.evaluate(stream(of_calls, bomb_), {.verbose = 0, .callbacks = holding(of_calls, bomb_)}); });
    EXPECT_EQ(of_calls.alive(), "") << "evaluate";
    may_throw([&] { model.predict(lent(of_calls, memory), {.callbacks = holding(of_calls, bomb_)}); });
    may_throw([&] { model.predict(stream(of_calls, bomb_), {.callbacks = holding(of_calls, bomb_)}); });
    EXPECT_EQ(of_calls.alive(), "") << "predict";
    may_throw([&] { model.train_on_batch(lent(of_calls, memory), y); });
    may_throw([&] { model.predict_on_batch(lent(of_calls, memory)); });
    EXPECT_EQ(of_calls.alive(), "") << "single batches";

    EXPECT_EQ(thrown_ > 0, where() != Where::nowhere);
    EXPECT_EQ(session_.callbacks().attached, 0);
    for (const CallbackClass& each : session_.callbacks().classes) EXPECT_EQ(each.alive, 0) << each.name;
    EXPECT_EQ(model.fit(x, y, {.verbose = 0})["loss"].size(), 1u) << "usable afterwards";
    EXPECT_NE(of_model.alive(), "") << "the model holds its own parts";
  }
  session_.clear();
  EXPECT_EQ(of_model.alive(), "") << "clear()";
  EXPECT_GT(of_calls.size(), 40u);
}

INSTANTIATE_TEST_SUITE_P(All, References,
                         testing::Combine(testing::Values(Where::nowhere, Where::callback, Where::generator, Where::map,
                                                          Where::filter, Where::layer, Where::loss, Where::metric,
                                                          Where::step),
                                          testing::Bool()),
                         [](const auto& instance) {
                           return std::string(name_of(std::get<0>(instance.param))) +
                                  (std::get<1>(instance.param) ? "_eager" : "_graph");
                         });

TEST(WhatCompileHolds, EndsWithTheNextCompileAndTheScope) {
  Session session;
  Watched first;
  Watched second;
  const Bomb none;
  {
    const auto scope = session.graph_scope();
    Sequential model = model_of(session, first, none, false);
    model.fit(x, y, {.verbose = 0});
    model.compile({.loss = losses::custom(
                       "other", [held = second.held("the second loss")](const Tensor& target, const Tensor& out) {
                         return losses::SparseCategoricalCrossentropy().call(target, out);
                       })});
    EXPECT_EQ(first.alive(), "a layer's function, a step") << "the loss and the metric of before are gone";
    model.set_train_step({});
    EXPECT_EQ(first.alive(), "a layer's function");
    model.fit(x, y, {.verbose = 0});
  }
  EXPECT_EQ(first.alive(), "");
  EXPECT_EQ(second.alive(), "") << "the model was the scope's";
}

TEST(WhatAFunctionHolds, EndsWithIt) {
  Session session;
  Watched watched;
  {
    const auto scope = session.graph_scope();
    const auto f =
        session.function([held = watched.held("a function's body")](const Tensor& value) { return value * 2.0; });
    f(x);
    EXPECT_EQ(watched.alive(), "a function's body");
  }
  EXPECT_EQ(watched.alive(), "");
}

}  // namespace
