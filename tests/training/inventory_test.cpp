// The methods of Keras's Model that train, evaluate and predict (tests/data/keras_training.txt) against ours.
#include "support/inventory.h"

#include <concepts>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/training/model.h"

namespace {

using namespace keratin;

/// Lists the members of an options struct, which are given in the order of their declaration: what comes too early
/// fails.
class Members {
 public:
  Members(std::string method, std::vector<std::string> arguments) : listed_{std::move(method), {}} {
    for (std::string& each : arguments) listed_.parameters.push_back({std::move(each)});
  }

  template <class T>
  Members& operator()(const char* name, const T& member) {
    const void* const place = &member;
    EXPECT_TRUE(last_ == nullptr || std::less<>()(last_, place)) << listed_.name << "/" << name;
    last_ = place;
    listed_.parameters.push_back({name, true, text_of(member)});
    return *this;
  }
  const test::InventoryClass& listed() const { return listed_; }

 private:
  static std::string text_of(bool value) { return value ? "True" : "False"; }
  template <std::integral T>
  static std::string text_of(T value) {
    return std::to_string(value);
  }
  static std::string text_of(double value) { return value == 0.0 ? "0.0" : std::to_string(value); }
  static std::string text_of(const ValidationFreq& value) { return std::to_string(value.every()); }
  static std::string text_of(const OptimizerSpec& value) { return "'" + std::string(value.name()) + "'"; }
  static std::string text_of(const LossesSpec& value) { return value.is_empty() ? "None" : value.name(); }
  template <class T>
    requires requires(const T& value) { value.empty(); }
  static std::string text_of(const T& value) {
    return value.empty() ? "None" : "?";
  }
  template <class T>
  static std::string text_of(const std::optional<T>& value) {
    return value ? "?" : "None";
  }

  test::InventoryClass listed_;
  const void* last_ = nullptr;
};

test::InventoryClass compile() {
  const CompileOptions o;
  return Members("compile", {})("optimizer", o.optimizer)("loss", o.loss)("loss_weights", o.loss_weights)(
             "metrics", o.metrics)("weighted_metrics", o.weighted_metrics)("run_eagerly", o.run_eagerly)(
             "steps_per_execution", o.steps_per_execution)("auto_scale_loss", o.auto_scale_loss)
      .listed();
}

test::InventoryClass fit() {
  const FitOptions o;
  return Members("fit", {"x", "y"})("batch_size", o.batch_size)("epochs", o.epochs)("verbose", o.verbose)(
             "callbacks", o.callbacks)("validation_split", o.validation_split)("validation_data", o.validation_data)(
             "shuffle", o.shuffle)("class_weight", o.class_weight)("sample_weight", o.sample_weight)(
             "initial_epoch", o.initial_epoch)("steps_per_epoch", o.steps_per_epoch)(
             "validation_steps", o.validation_steps)("validation_batch_size", o.validation_batch_size)(
             "validation_freq", o.validation_freq)
      .listed();
}

test::InventoryClass evaluate() {
  const EvaluateOptions o;
  return Members("evaluate", {"x", "y"})("batch_size", o.batch_size)("verbose", o.verbose)(
             "sample_weight", o.sample_weight)("steps", o.steps)("callbacks", o.callbacks)
      .listed();
}

test::InventoryClass predict() {
  const PredictOptions o;
  return Members("predict", {"x"})("batch_size", o.batch_size)("verbose", o.verbose)("steps", o.steps)("callbacks",
                                                                                                       o.callbacks)
      .listed();
}

TEST(TrainingInventory, HasTheParametersOfKerasMethods) {
  const BatchOptions o;
  test::expect_keras_classes(
      "training",
      {compile(), evaluate(), fit(), predict(), Members("predict_on_batch", {"x"}).listed(),
       Members("test_on_batch", {"x", "y"})("sample_weight", o.sample_weight).listed(),
       Members("train_on_batch", {"x", "y"})("sample_weight", o.sample_weight)("class_weight", o.class_weight)
           .listed()});
}

}  // namespace
