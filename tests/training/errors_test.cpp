#include <cmath>
#include <functional>
#include <limits>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "training/training_case.h"

namespace {

using namespace keratin;
using namespace keratin::test;

const Array x = wave({20, 6}, 1);
const Array y = classes(20, 3, 2);
const FitOptions quiet{.batch_size = 8, .verbose = 0};

class Errors : public testing::Test {
 protected:
  /// Throws E whose message holds all of these parts, and leaves the model usable.
  template <class E, class F>
  void expect(F f, const std::vector<std::string>& parts) {
    try {
      f();
      ADD_FAILURE() << "no exception; expected one with " << parts.front();
    } catch (const E& error) {
      for (const std::string& part : parts)
        EXPECT_NE(std::string(error.what()).find(part), std::string::npos)
            << part << " is missing in: " << error.what();
    } catch (const std::exception& error) {
      ADD_FAILURE() << "another exception: " << error.what();
    }
    EXPECT_EQ(model_.fit(x, y, quiet)["accuracy"].size(), 1u);
    EXPECT_EQ(session_.callbacks().attached, 0);
  }
  FitOptions with(const std::function<void(FitOptions&)>& change) const {
    FitOptions options = quiet;
    change(options);
    return options;
  }

  Session session_;
  Sequential model_ = compiled_classifier(session_);
};

TEST_F(Errors, OfShapes) {
  expect<ShapeError>([&] { model_.fit(wave({20, 5}, 1), y, quiet); }, {"(None, 6)", "(20, 5)"});
  expect<ShapeError>([&] { model_.fit(wave({20, 2, 3}, 1), y, quiet); }, {"(20, 2, 3)"});
  expect<ShapeError>([&] { model_.fit(Array::scalar(1.0f), y, quiet); }, {"()"});
  expect<ShapeError>([&] { model_.predict(wave({20, 5}, 1)); }, {"(20, 5)"});
  expect<ShapeError>([&] { model_.predict_on_batch(wave({20, 5}, 1)); }, {"(20, 5)"});
  expect<ShapeError>([&] { model_.evaluate(x, wave({20, 4}, 1), {.verbose = 0}); }, {"(None, 4)"});
}

TEST_F(Errors, OfWrongTargetsInTheFirstFitDoNotDecideTheMetrics) {
  EXPECT_THROW(model_.fit(x, wave({20, 4}, 1), quiet), ShapeError);
  Session session;
  Sequential other = compiled_classifier(session);
  FitOptions options = quiet;
  options.shuffle = false;
  EXPECT_EQ(model_.fit(x, y, options)["accuracy"], other.fit(x, y, options)["accuracy"]);
}

TEST_F(Errors, OfRowsThatDiffer) {
  expect<ShapeError>([&] { model_.fit(x, classes(19, 3, 1), quiet); }, {"(20, 6)", "(19"});
  expect<ShapeError>([&] { model_.fit(x, y, with([](auto& o) { o.sample_weight = positive(21, 1); })); },
                     {"sample_weight", "(20, 6)", "(21"});
  expect<ShapeError>([&] { model_.evaluate(x, y, {.verbose = 0, .sample_weight = positive(3, 1)}); }, {"(3"});
  expect<ShapeError>([&] { model_.fit(x, y, with([](auto& o) {
                                        o.validation_data = {x, classes(3, 3, 1)};
                                      })); },
                     {"(3"});
}

TEST_F(Errors, OfNoRows) {
  const Array none = Array::zeros({0, 6});
  const Array no_classes = Array::zeros({0}, int32);
  expect<ValueError>([&] { model_.fit(none, no_classes, quiet); }, {"fit", "(0, 6)"});
  expect<ValueError>([&] { model_.evaluate(none, no_classes, {.verbose = 0}); }, {"evaluate", "(0, 6)"});
  expect<ValueError>([&] { model_.predict(none); }, {"predict", "(0, 6)"});
  expect<ValueError>([&] { model_.train_on_batch(none, no_classes); }, {"train_on_batch", "(0, 6)"});
  const Array nothing = model_.predict_on_batch(none);
  EXPECT_EQ(nothing.shape(), (Shape{0, 3})) << "a batch of none has none of a result";
  expect<ValueError>([&] { model_.fit(Data(), Data(), quiet); }, {"x", "0 arrays"});
  expect<ValueError>([&] { model_.fit(x, Data(), quiet); }, {"y", "0 arrays"});
}

TEST_F(Errors, OfOptions) {
  for (const std::int64_t size : {0, -3})
    expect<ValueError>([&] { model_.fit(x, y, with([&](auto& o) { o.batch_size = size; })); },
                       {"batch_size", std::to_string(size)});
  expect<ValueError>([&] { model_.evaluate(x, y, {.batch_size = 0}); }, {"batch_size=0"});
  expect<ValueError>([&] { model_.predict(x, {.batch_size = 0}); }, {"batch_size=0"});
  expect<ValueError>([&] { model_.fit(x, y, with([](auto& o) { o.epochs = -1; })); }, {"epochs", "-1"});
  expect<ValueError>([&] { model_.fit(x, y, with([](auto& o) { o.validation_split = 1.0; })); }, {"validation_split"});
  expect<ValueError>([&] { model_.fit(x, y, with([](auto& o) { o.validation_split = 0.99; })); },
                     {"validation_split", "(20, 6)"});
  expect<ValueError>([&] { model_.fit(x, y, with([](auto& o) { o.validation_split = NAN; })); }, {"validation_split"});
  expect<ValueError>(
      [&] {
        model_.fit(x, y, with([](auto& o) {
                     o.sample_weight = positive(20, 1);
                     o.class_weight = {{0, 2.0}};
                   }));
      },
      {"sample_weight", "class_weight"});
}

TEST_F(Errors, OfModelsThatAreNotReady) {
  Sequential plain = classifier(session_);
  for (const auto& [what, call] : std::vector<std::pair<std::string, std::function<void()>>>{
           {"fit", [&] { plain.fit(x, y, quiet); }},
           {"evaluate", [&] { plain.evaluate(x, y, {.verbose = 0}); }},
           {"train_on_batch", [&] { plain.train_on_batch(x, y); }},
           {"test_on_batch", [&] { plain.test_on_batch(x, y); }},
           {"optimizer", [&] { plain.optimizer(); }},
           {"metrics_names", [&] { plain.metrics_names(); }}})
    expect<ValueError>(call, {"compiled", what});
  plain.compile({.optimizer = "sgd"});
  expect<ValueError>([&] { plain.fit(x, y, quiet); }, {"without a loss"});
  expect<ValueError>([&] { plain.evaluate(x, y, {.verbose = 0}); }, {"without a loss"});
  expect<ValueError>([] { Model().predict(x); }, {"refers to nothing"});
  Sequential open(session_, {layers::Dense(3)});
  expect<ValueError>([&] { open.predict(Data{x, x}); }, {"no Input", "2 arrays"});
  expect<ValueError>([&] { open.train_graph_text(); }, {"first fit"});
}

TEST_F(Errors, OfNames) {
  Model two = two_headed(session_);
  const Array a = wave({20, 3}, 1);
  const Array b = wave({20, 2}, 2);
  const CompileOptions fine{.loss = {{"digit", "sparse_categorical_crossentropy"}, {"level", "mse"}}};
  two.compile(fine);
  const Data targets{{"digit", y}, {"level", wave({20, 1}, 3)}};
  expect<ValueError>([&] { two.fit({{"a", a}, {"c", b}}, targets, quiet); }, {"'a', 'b'", "'c'"});
  expect<ValueError>([&] { two.fit({{"a", a}, {"b", b}, {"c", b}}, targets, quiet); }, {"'a', 'b'", "'c'"});
  expect<ValueError>([&] { two.fit({{"a", a}, {"b", b}}, {{"digit", y}}, quiet); }, {"'level'"});
  expect<ValueError>([&] { two.fit({a}, targets, quiet); }, {"'a', 'b'", "1 array"});
  expect<ValueError>([&] { Data({{"a", a}, {"a", b}}); }, {"'a' twice"});
  expect<ShapeError>([&] { two.fit({a, wave({19, 2}, 1)}, targets, quiet); }, {"(19, 2)"});
  const auto compiles = [&](const std::function<void(CompileOptions&)>& change) {
    return [&, change] {
      CompileOptions options = fine;
      change(options);
      two.compile(options);
    };
  };
  expect<ValueError>(compiles([](auto& o) {
                       o.metrics = {{"digits", {"accuracy"}}};
                     }),
                     {"'digits'", "'digit', 'level'"});
  expect<ValueError>(compiles([](auto& o) { o.weighted_metrics = {{"no", {"mae"}}}; }), {"weighted_metrics", "'no'"});
  expect<ValueError>(compiles([](auto& o) { o.loss = {{"levels", "mse"}}; }), {"'levels'"});
  expect<ValueError>(compiles([](auto& o) { o.loss_weights = {{"levels", 1.0}}; }), {"loss_weights", "'levels'"});
  expect<ValueError>(compiles([](auto& o) { o.loss_weights = {1.0, 2.0, 3.0}; }), {"loss_weights", "3"});
  EXPECT_EQ(two.fit({a, b}, targets, quiet)["level_loss"].size(), 1u) << "compile is all or nothing";
}

TEST_F(Errors, OfStreams) {
  const auto stream_of = [](std::optional<Batch> batch) {
    return Dataset::from_generator([batch]() { return batch; });
  };
  expect<ValueError>([&] { model_.fit(stream_of(std::nullopt), quiet); }, {"no batch"});
  expect<ValueError>([&] { model_.evaluate(stream_of(std::nullopt), {.verbose = 0}); }, {"no batch"});
  expect<ValueError>([&] { Dataset::from_generator({}); }, {"function"});
  expect<ShapeError>([&] { model_.fit(stream_of(Batch{x, classes(3, 3, 1)}), quiet); }, {"(20, 6)", "(3"});
  expect<ValueError>(
      [&] {
        model_.fit(stream_of(Batch{x, y}), with([](auto& o) { o.validation_split = 0.5; }));
      },
      {"validation_split"});
}

TEST_F(Errors, OfTexts) {
  const Array texts = Array::copy_of(std::vector<std::string>(120, "no")).reshaped({20, 6});
  expect<DTypeError>([&] { model_.fit(texts, y, quiet); }, {"x", "string"});
  expect<DTypeError>([&] { model_.predict_on_batch(texts); }, {"x", "string"});
  expect<DTypeError>([&] { model_.fit(x, Array::copy_of(std::vector<std::string>(20, "no")), quiet); },
                     {"y", "string"});
}

TEST_F(Errors, NaNIsNone) {
  Array bad = x;
  bad.mutable_data<float>()[3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(std::isnan(model_.evaluate(bad, y, {.verbose = 0}).at("loss")));
  EXPECT_TRUE(std::isnan(model_.fit(bad, y, quiet)["loss"][0]));
}

TEST_F(Errors, LabelsOutOfRangeGiveALossOfNaN) {
  Array labels = y;
  labels.mutable_data<std::int32_t>()[4] = 3;
  EXPECT_TRUE(std::isnan(model_.evaluate(x, labels, {.verbose = 0}).at("loss")));
  labels.mutable_data<std::int32_t>()[4] = -1;
  EXPECT_TRUE(std::isnan(model_.evaluate(x, labels, {.verbose = 0}).at("loss")));
}

}  // namespace
