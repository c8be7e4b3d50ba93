// What all layers share: masks that travel with tensors, dtype policies, penalties, constraints, call arguments.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/core/log.h"
#include "keratin/layers/core.h"
#include "keratin/layers/merging.h"
#include "keratin/layers/normalization.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "keratin/regularizers/regularizers.h"
#include "layers/call_stack.h"
#include "layers/live.h"
#include "layers/network.h"

namespace {

using namespace keratin;
using test::expect_close;
using test::wave;

/// Rows of which the first number isn't 0 count.
class FirstIsSet : public Layer {
 public:
  Tensor call(const Tensor& x, const CallContext& /*context*/) override { return x * 1.0; }
  std::vector<Tensor> compute_mask(std::span<const Tensor> inputs, const CallContext& /*context*/) override {
    return {ops::not_equal(ops::max(inputs.front(), {-1}), 0.0)};
  }
};

/// Counts what its mask lets through; −1 without a mask.
class CountOfMask : public Layer {
 public:
  Tensor call(const Tensor& x, const CallContext& context) override {
    const Tensor count = context.mask.is_empty() ? Tensor(-1.0) : ops::sum(ops::cast(context.mask, float32));
    return ops::zeros_like(x) + count;
  }
  bool supports_masking() const override { return true; }
};

class Opaque : public Layer {
 public:
  Tensor call(const Tensor& x, const CallContext& /*context*/) override { return x + 1.0; }
};

double first_of(Session& session, const std::function<Tensor(const Tensor&)>& body, const Array& x) {
  const Array result = session.function([&](const Tensor& tensor) { return body(tensor); })(x);
  return static_cast<double>(result.contiguous().data<float>().front());
}

const Array& rows() {  // three of five rows count
  static const Array array = Array::copy_of<float>({1, 2, 0, 0, 3, 4, 0, 0, 5, 6}).reshaped({5, 2});
  return array;
}

TEST(Masks, TravelThroughLayersAndModels) {
  Session session({.threads = 1});
  auto mask = session.add(FirstIsSet());
  auto count = session.add(CountOfMask());
  auto network = session.add(layers::Network({layers::Input({2}), layers::Dense(3), layers::Dense(2)}));
  const Tensor x = session.input({2});
  auto functional = session.add(layers::Network({x}, {layers::Dense(3)(mask(x))}, "masking"));
  EXPECT_EQ(first_of(
                session, [&](const Tensor& t) { return count(t); }, rows()),
            -1.0);
  EXPECT_EQ(first_of(
                session, [&](const Tensor& t) { return count(mask(t)); }, rows()),
            3.0);
  EXPECT_EQ(first_of(
                session, [&](const Tensor& t) { return count(network(mask(t))); }, rows()),
            3.0);
  EXPECT_EQ(first_of(
                session, [&](const Tensor& t) { return count(functional(t)); }, rows()),
            3.0);
  // An op's result has none, a given one counts instead of it.
  EXPECT_EQ(first_of(
                session, [&](const Tensor& t) { return count(mask(t) + 1.0); }, rows()),
            -1.0);
  const auto given = [&](const Tensor& t) { return count(mask(t), {.mask = ops::equal(ops::max(t, {-1}), 0.0)}); };
  EXPECT_EQ(first_of(session, given, rows()), 2.0);
}

// As in Keras: a model's results have the masks that its layers gave them, not the input's.
TEST(Masks, OfAModelAreThoseOfItsLayers) {
  Session session({.threads = 1});
  auto mask = session.add(FirstIsSet());
  auto count = session.add(CountOfMask());
  auto ends = session.add(layers::Network({layers::Input({2}), layers::Dense(3), Opaque()}));
  EXPECT_EQ(first_of(
                session, [&](const Tensor& t) { return count(ends(mask(t))); }, rows()),
            -1.0);
}

TEST(Masks, GivenInAFunctionalGraphReachTheLayer) {
  Session session({.threads = 1});
  const Tensor x = session.input({2});
  const Tensor mask = session.input({}, {.dtype = boolean});
  auto count = session.add(CountOfMask());
  auto network = session.add(layers::Network({x, mask}, {count(x, {.mask = mask})}));
  const Array truths = Array::copy_of<int>({1, 0, 0, 1, 0}).astype(boolean);
  FunctionHandle run = session.function([&](std::span<const Tensor> t) { return network->replay(t, false); });
  EXPECT_EQ(run.call(std::vector<Array>{rows(), truths})[0].contiguous().data<float>()[0], 2.0f);
}

TEST(Masks, EndWithOneWarningWhereALayerDoesNotSupportThem) {
  std::vector<std::string> warnings;
  log::set_sink([&](log::Level, std::string_view text) { warnings.emplace_back(text); });
  Session session({.threads = 1});
  auto mask = session.add(FirstIsSet());
  auto opaque = session.add(Opaque());
  auto count = session.add(CountOfMask());
  EXPECT_EQ(first_of(
                session, [&](const Tensor& t) { return count(opaque(opaque(mask(t)))); }, rows()),
            -1.0);
  log::set_sink({});
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("Opaque"), std::string::npos) << warnings[0];
}

TEST(Masks, MoreThanInputsAreRefused) {
  Session session({.threads = 1});
  auto count = session.add(CountOfMask());
  const auto body = [&](const Tensor& t) { return count(t, {.masks = {ops::equal(t, 0.0), ops::equal(t, 0.0)}}); };
  EXPECT_THROW(first_of(session, body, rows()), ValueError);
}

TEST(Policies, SayWhatALayerComputesInAndKeeps) {
  Session session({.threads = 1});
  const auto dense_of = [&](const char* policy) {
    layers::Dense dense(3);
    dense.take_common({{"dtype", policy}});
    return session.add(std::move(dense));
  };
  auto mixed = dense_of("mixed_bfloat16");
  auto wide = dense_of("float64");
  EXPECT_EQ(mixed->compute_dtype(), bfloat16);
  EXPECT_EQ(mixed->variable_dtype(), float32);
  const Array x = wave({4, 2});
  const auto result = [&](Handle<layers::Dense>& dense) {
    return session.function([&](const Tensor& t) { return dense(t); })(x);
  };
  EXPECT_EQ(result(mixed).dtype(), bfloat16);
  EXPECT_EQ(mixed->weights()[0].dtype(), float32);
  EXPECT_EQ(result(wide).dtype(), float64);
  EXPECT_EQ(wide->weights()[0].dtype(), float64);
  // In float32, rounded to bfloat16's 8 bits.
  Session other({.threads = 1});
  auto plain = other.add(layers::Dense(3));
  plain->ensure_built(std::vector<Shape>{{4, 2}});
  plain->set_weights(mixed->get_weights());
  expect_close(result(mixed).astype(float32), other.function([&](const Tensor& t) { return plain(t); })(x), 2e-2);
}

TEST(Policies, AreInheritedFromTheLayerAround) {
  class Around : public Layer {
   public:
    void build(const Shape& /*input*/) override { inner = add("inner", layers::Dense(2)); }
    Tensor call(const Tensor& x, const CallContext& /*context*/) override { return inner(x); }
    Handle<layers::Dense> inner;
  };
  Session session({.threads = 1});
  Around spec;
  spec.take_common({{"dtype", "float64"}});
  auto around = session.add(std::move(spec));
  around->ensure_built(std::vector<Shape>{{4, 2}});
  EXPECT_EQ(around->inner->compute_dtype(), float64);
}

TEST(Policies, ASessionsIsThatOfLayersWithoutTheirOwn) {
  Session session({.threads = 1, .dtype_policy = "mixed_bfloat16"});
  auto own = session.add(layers::Dense(3, {.dtype = "float32"}));
  EXPECT_EQ(own->compute_dtype(), float32);
  const auto expect_mixed = [&] {
    auto dense = session.add(layers::Dense(3));
    EXPECT_EQ(dense->compute_dtype(), bfloat16);
    EXPECT_EQ(dense->variable_dtype(), float32);
    EXPECT_EQ(dense->get_config().at("dtype").as_config().at("config").as_config().get<std::string>("name"),
              "mixed_bfloat16");
  };
  expect_mixed();
  session.clear();
  expect_mixed();
  EXPECT_STREQ(session.dtype_policy().name(), "mixed_bfloat16");
  EXPECT_THROW(Session({.dtype_policy = name("float31")}), ValueError);
}

TEST(Policies, UnknownOnesAreRefused) {
  EXPECT_THROW(DTypePolicy::from_config("float31"), ValueError);
  EXPECT_THROW(DTypePolicy::from_config(Config{{"class_name", "QuantizedDTypePolicy"}, {"config", Config{}}}),
               ValueError);
}

class Penalized : public Layer {
 public:
  Penalized() { set_activity_regularizer("l2"); }
  void build(const Shape& /*input*/) override {
    weight_ = add_weight("weight", {2}, {.initializer = "ones", .regularizer = regularizers::L1(0.5)});
  }
  Tensor call(const Tensor& x, const CallContext& /*context*/) override {
    add_loss(ops::sum(x));
    return x * weight_;
  }

 private:
  Variable weight_;
};

TEST(Penalties, OfCallsActivitiesAndWeightsAreGathered) {
  Session session({.threads = 1});
  auto layer = session.add(Penalized());
  const Array x = Array::copy_of<float>({1, 2, 3, 4, 5, 6}).reshaped({3, 2});
  const auto losses = session.function([&](const Tensor& t) {
    layers::LossScope scope;
    layer(t);
    std::vector<Tensor> all = scope.take();
    for (const Tensor& each : layer->regularization_losses()) all.push_back(each);
    return all;
  })(x);
  ASSERT_EQ(losses.size(), 3u);
  EXPECT_FLOAT_EQ(losses[0].item<float>(), 21.0f);
  EXPECT_FLOAT_EQ(losses[1].item<float>(), 0.01f * 91.0f / 3.0f);  // l2's default, by the row
  EXPECT_FLOAT_EQ(losses[2].item<float>(), 1.0f);
  layer->set_trainable(false);
  EXPECT_EQ(layer->regularization_losses().size(), 0u);
}

}  // namespace
