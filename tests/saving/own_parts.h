#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "keratin/keratin.h"

// Parts of a user's own, one of each kind: what tests/support/record_custom_objects.py has in Python.
namespace keratin::test {

struct HalfOf : initializers::Initializer {
  explicit HalfOf(double v) : value(v) {}
  Array operator()(const Shape& shape, DType dtype, std::uint64_t /*seed*/) const override {
    return Array::full(shape, value / 2, dtype);
  }
  std::string class_name() const override { return "tests>HalfOf"; }
  Config config() const override { return {{"value", value}}; }
  static HalfOf from_config(const Config& config) { return HalfOf(config.get<double>("value")); }
  double value;
};

struct Quartic : regularizers::Regularizer {
  explicit Quartic(double f) : factor(f) {}
  Tensor operator()(const Tensor& x) const override { return factor * ops::sum(x * x * x * x); }
  std::string class_name() const override { return "tests>Quartic"; }
  Config config() const override { return {{"factor", factor}}; }
  static Quartic from_config(const Config& config) { return Quartic(config.get<double>("factor")); }
  double factor;
};

struct AtMost : constraints::Constraint {
  explicit AtMost(double v) : value(v) {}
  Tensor operator()(const Tensor& weights) const override { return ops::minimum(weights, value); }
  std::string class_name() const override { return "tests>AtMost"; }
  Config config() const override { return {{"value", value}}; }
  static AtMost from_config(const Config& config) { return AtMost(config.get<double>("value")); }
  double value;
};

class Cubic : public losses::Loss {
 public:
  explicit Cubic(double factor, std::string name = "cubic") : Loss(std::move(name)), factor_(factor) {}
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    return factor_ * ops::mean(ops::power(ops::abs(y_pred - y_true), 3.0), {-1});
  }
  std::string class_name() const override { return "tests>Cubic"; }
  Config config() const override {
    Config config = Loss::config();
    config.set("factor", factor_);
    return config;
  }
  static Cubic from_config(const Config& config) {
    return Cubic(config.get<double>("factor"), config.get<std::string>("name"));
  }

 private:
  double factor_;
};

/// Without a from_config: it has no options.
class Largest : public Metric {
 public:
  Largest() : Metric("largest") {}
  void build() override { largest_ = add_state("largest"); }
  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& /*sample_weight*/) override {
    largest_.assign(ops::maximum(largest_, ops::max(ops::abs(y_pred - y_true))));
  }
  Tensor result() const override { return largest_; }
  std::string class_name() const override { return "tests>Largest"; }

 private:
  Variable largest_;
};

struct Halving : optimizers::schedules::LearningRateSchedule {
  explicit Halving(double r) : rate(r) {}
  Tensor operator()(const Tensor& step) const override { return rate * ops::power(0.5, ops::cast(step, float32)); }
  std::string class_name() const override { return "tests>Halving"; }
  Config config() const override { return {{"rate", rate}}; }
  static Halving from_config(const Config& config) { return Halving(config.get<double>("rate")); }
  double rate;
};

class Signs : public optimizers::Optimizer {
 public:
  Signs(optimizers::LearningRate rate, double share)
      : Optimizer({.learning_rate = std::move(rate), .name = "signs"}), share_(share) {}
  std::string class_name() const override { return "tests>Signs"; }
  Config config() const override {
    Config config = Optimizer::config();
    config.set("share", share_);
    return config;
  }
  static Signs from_config(const Config& config) {
    return {optimizers::LearningRate::from_config(config.at("learning_rate")), config.get<double>("share")};
  }

 protected:
  void build_slots(std::span<const Variable> variables) override { add_slots(variables, "mean"); }
  void update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) override {
    const Variable mean = slot(variable, "mean");
    Variable(mean).assign(share_ * mean + (1 - share_) * gradient);
    Variable(variable).assign_sub(learning_rate * ops::sign(mean));
  }

 private:
  double share_;
};

struct Steeper : ActivationFunction {
  explicit Steeper(double f) : factor(f) {}
  Tensor operator()(const Tensor& x) const override { return ops::tanh(factor * x); }
  Config config() const override { return {{"factor", factor}}; }
  static Steeper from_config(const Config& config) { return Steeper(config.get<double>("factor")); }
  double factor;
};

inline const auto double_relu = custom("double_relu", [](const Tensor& x) { return 2.0 * ops::relu(x); });
inline const auto sevenths =
    custom("sevenths", [](const Shape& shape, DType dtype) { return Array::full(shape, 1.0 / 7, dtype); });
inline const auto halves_squared = custom("halves_squared", [](const Tensor& x) { return 0.5 * ops::sum(x * x); });
inline const auto not_above_one = custom("not_above_one", [](const Tensor& x) { return ops::minimum(x, 1.0); });
inline const auto fourth_power = custom("tests>fourth_power", [](const Tensor& y_true, const Tensor& y_pred) {
  return ops::mean(ops::power(y_pred - y_true, 4.0), {-1});
});

inline std::vector<CustomObject> own_classes() {
  return {custom<HalfOf>("HalfOf"),     custom<Quartic>("tests>Quartic"), custom<AtMost>("AtMost"),
          custom<Cubic>("Cubic"),       custom<Largest>("tests>Largest"), custom<Halving>("Halving"),
          custom<Signs>("tests>Signs"), custom<Steeper>("Steeper")};
}
inline std::vector<CustomObject> own_functions() {
  return {double_relu, sevenths, halves_squared, not_above_one, fourth_power};
}

}  // namespace keratin::test
