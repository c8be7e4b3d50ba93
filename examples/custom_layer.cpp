// Layers of one's own: one with a weight, and a block that is made of layers.
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include <keratin/keratin.h>

namespace kt = keratin;
namespace layers = keratin::layers;

/// x · factor, with a factor for each feature.
class Scale : public kt::Layer {
 public:
  explicit Scale(double initial = 1.0) : initial_(initial) {}

  void build(const kt::Shape& input) override {
    factor_ = add_weight("factor", {input.back()}, {.initializer = kt::initializers::Constant(initial_)});
  }
  kt::Tensor call(const kt::Tensor& x, const kt::CallContext&) override { return x * factor_; }

  kt::Config config() const override { return {{"initial", initial_}}; }
  static Scale from_config(const kt::Config& config) { return Scale(config.get<double>("initial")); }

 private:
  double initial_;
  kt::Variable factor_;
};

/// x + scale(dropout(dense(x)))
class Residual : public kt::Layer {
 public:
  explicit Residual(double rate) : rate_(rate) {}

  void build(const kt::Shape& input) override {
    dense_ = add("dense", layers::Dense(input.back(), {.activation = "relu"}));
    dropout_ = add("dropout", layers::Dropout(rate_));
    scale_ = add("scale", Scale(0.5));
  }
  kt::Tensor call(const kt::Tensor& x, const kt::CallContext&) override {
    return x + scale_(dropout_(dense_(x)));  // the dropout inherits whether this call is for training
  }

  kt::Config config() const override { return {{"rate", rate_}}; }
  static Residual from_config(const kt::Config& config) { return Residual(config.get<double>("rate")); }

 private:
  double rate_;
  kt::Handle<layers::Dense> dense_;
  kt::Handle<layers::Dropout> dropout_;
  kt::Handle<Scale> scale_;
};

int main() {
  const auto [train, test] = kt::datasets::digits();
  kt::Session session({.seed = 3});
  auto model = kt::Sequential(session, {layers::Input({64}), layers::Rescaling(1.0 / 16), layers::Dense(32),
                                        Residual(0.1), Residual(0.1), layers::Dense(10, {.activation = "softmax"})});
  model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  model.fit(train.x, train.y, {.batch_size = 32, .epochs = 10, .verbose = 0});
  const kt::Logs scores = model.evaluate(test.x, test.y, {.verbose = 0});

  for (const kt::Variable& weight : model.weights())
    std::cout << weight.path() << ' ' << kt::to_string(weight.shape()) << '\n';
  std::cout << scores << '\n';
  return scores.at("accuracy") > 0.9 && model.weights().size() == 10 ? EXIT_SUCCESS : EXIT_FAILURE;
}
