#pragma once

#include <optional>
#include <span>
#include <string>

#include "keratin/core/export.h"
#include "keratin/optimizers/optimizer.h"

namespace keratin::inline v0::optimizers {

struct SGDOptions {
  double learning_rate = 0.01;
  double momentum = 0.0;
  bool nesterov = false;
  std::optional<double> weight_decay = std::nullopt;
  std::optional<double> clipnorm = std::nullopt;
  std::optional<double> clipvalue = std::nullopt;
  std::optional<double> global_clipnorm = std::nullopt;
  std::string name = "SGD";
};

/// Gradient descent, with momentum and Nesterov's (as Keras writes it):
/// m ← momentum·m − lr·g; w ← w + m, or w + momentum·m − lr·g; without momentum w ← w − lr·g.
class KERATIN_API SGD : public Optimizer {
 public:
  explicit SGD(SGDOptions options = {});

 protected:
  std::string default_name() const override { return "sgd"; }
  void build_slots(std::span<const Variable> variables) override;
  void update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) override;

 private:
  SGDOptions options_;
};

struct AdamOptions {
  double learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;
  std::optional<double> weight_decay = std::nullopt;
  std::optional<double> clipnorm = std::nullopt;
  std::optional<double> clipvalue = std::nullopt;
  std::optional<double> global_clipnorm = std::nullopt;
  std::string name = "adam";
};

/// Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015; amsgrad: Reddi, Kale and Kumar, ICLR 2018.
/// α = lr·√(1−β₂ᵗ)/(1−β₁ᵗ); m ← m + (g−m)(1−β₁); v ← v + (g²−v)(1−β₂); w ← w − α·m/(√v + ε).
class KERATIN_API Adam : public Optimizer {
 public:
  explicit Adam(AdamOptions options = {});

 protected:
  std::string default_name() const override { return "adam"; }
  void build_slots(std::span<const Variable> variables) override;
  void update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) override;

 private:
  AdamOptions options_;
};

struct RMSpropOptions {
  double learning_rate = 0.001;
  double rho = 0.9;
  double momentum = 0.0;
  double epsilon = 1e-7;
  bool centered = false;
  std::optional<double> weight_decay = std::nullopt;
  std::optional<double> clipnorm = std::nullopt;
  std::optional<double> clipvalue = std::nullopt;
  std::optional<double> global_clipnorm = std::nullopt;
  std::string name = "rmsprop";
};

/// Hinton's lecture 6e, as Keras writes it: v ← ρ·v + (1−ρ)g²; w ← w − lr·g/√(v + ε); centered subtracts the square of
/// the mean gradient from v; momentum gathers the steps.
class KERATIN_API RMSprop : public Optimizer {
 public:
  explicit RMSprop(RMSpropOptions options = {});

 protected:
  std::string default_name() const override { return "rmsprop"; }
  void build_slots(std::span<const Variable> variables) override;
  void update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) override;

 private:
  RMSpropOptions options_;
};

}  // namespace keratin::inline v0::optimizers
