#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/optimizers/optimizer.h"

namespace keratin::inline v0::optimizers {

struct RMSpropOptions {
  LearningRate learning_rate = 0.001;
  double rho = 0.9;
  double momentum = 0.0;
  double epsilon = 1e-7;
  bool centered = false;
  std::optional<double> weight_decay = std::nullopt;
  std::optional<double> clipnorm = std::nullopt;
  std::optional<double> clipvalue = std::nullopt;
  std::optional<double> global_clipnorm = std::nullopt;
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<std::int64_t> ema_overwrite_frequency = std::nullopt;
  std::optional<double> loss_scale_factor = std::nullopt;
  std::optional<std::int64_t> gradient_accumulation_steps = std::nullopt;
  std::string name = {};
};

/// Hinton's lecture 6e, as Keras writes it: v ← ρ·v + (1−ρ)g²; w ← w − lr·g/√(v + ε); centered subtracts the square of
/// the mean gradient from v; momentum gathers the steps.
class KERATIN_API RMSprop : public Optimizer {
 public:
  explicit RMSprop(RMSpropOptions options = {});
  Config config() const override;
  static RMSprop from_config(const Config& config);

 protected:
  void build_slots(std::span<const Variable> variables) override;
  void update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) override;

 private:
  RMSpropOptions options_;
};

struct AdagradOptions {
  LearningRate learning_rate = 0.001;
  double initial_accumulator_value = 0.1;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = std::nullopt;
  std::optional<double> clipnorm = std::nullopt;
  std::optional<double> clipvalue = std::nullopt;
  std::optional<double> global_clipnorm = std::nullopt;
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<std::int64_t> ema_overwrite_frequency = std::nullopt;
  std::optional<double> loss_scale_factor = std::nullopt;
  std::optional<std::int64_t> gradient_accumulation_steps = std::nullopt;
  std::string name = {};
};

/// Duchi, Hazan and Singer, JMLR 2011: a ← a + g²; w ← w − lr·g/√(a + ε).
class KERATIN_API Adagrad : public Optimizer {
 public:
  explicit Adagrad(AdagradOptions options = {});
  Config config() const override;
  static Adagrad from_config(const Config& config);

 protected:
  void build_slots(std::span<const Variable> variables) override;
  void update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) override;

 private:
  AdagradOptions options_;
};

struct AdadeltaOptions {
  LearningRate learning_rate = 0.001;
  double rho = 0.95;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = std::nullopt;
  std::optional<double> clipnorm = std::nullopt;
  std::optional<double> clipvalue = std::nullopt;
  std::optional<double> global_clipnorm = std::nullopt;
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<std::int64_t> ema_overwrite_frequency = std::nullopt;
  std::optional<double> loss_scale_factor = std::nullopt;
  std::optional<std::int64_t> gradient_accumulation_steps = std::nullopt;
  std::string name = {};
};

/// Zeiler, "ADADELTA: an adaptive learning rate method", 2012: a ← ρa + (1−ρ)g²; u = −g·√(d + ε)/√(a + ε);
/// d ← ρd + (1−ρ)u²; w ← w + lr·u.
class KERATIN_API Adadelta : public Optimizer {
 public:
  explicit Adadelta(AdadeltaOptions options = {});
  Config config() const override;
  static Adadelta from_config(const Config& config);

 protected:
  void build_slots(std::span<const Variable> variables) override;
  void update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) override;

 private:
  AdadeltaOptions options_;
};

struct AdafactorOptions {
  LearningRate learning_rate = 0.001;
  double beta_2_decay = -0.8;
  double epsilon_1 = 1e-30;
  double epsilon_2 = 1e-3;
  double clip_threshold = 1.0;
  bool relative_step = true;
  std::optional<double> weight_decay = std::nullopt;
  std::optional<double> clipnorm = std::nullopt;
  std::optional<double> clipvalue = std::nullopt;
  std::optional<double> global_clipnorm = std::nullopt;
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<std::int64_t> ema_overwrite_frequency = std::nullopt;
  std::optional<double> loss_scale_factor = std::nullopt;
  std::optional<std::int64_t> gradient_accumulation_steps = std::nullopt;
  std::string name = {};
};

/// Shazeer and Stern, ICML 2018: the second moment of a matrix (the last two dimensions) is kept as means of its rows
/// and columns, r and c: v = r·c/mean(r). ρ = min(lr, 1/√t); β₂ = 1 − t^beta_2_decay; w ← w − ρ·max(epsilon_2,
/// rms(w))·û, where u = g/√v and û = u/max(1, rms(u)/clip_threshold). relative_step bounds lr by 1/√t, which ρ does
/// anyway.
class KERATIN_API Adafactor : public Optimizer {
 public:
  explicit Adafactor(AdafactorOptions options = {});
  Config config() const override;
  static Adafactor from_config(const Config& config);

 protected:
  void build_slots(std::span<const Variable> variables) override;
  void update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) override;

 private:
  AdafactorOptions options_;
};

struct FtrlOptions {
  LearningRate learning_rate = 0.001;
  double learning_rate_power = -0.5;
  double initial_accumulator_value = 0.1;
  double l1_regularization_strength = 0.0;
  double l2_regularization_strength = 0.0;
  double l2_shrinkage_regularization_strength = 0.0;
  double beta = 0.0;
  std::optional<double> weight_decay = std::nullopt;
  std::optional<double> clipnorm = std::nullopt;
  std::optional<double> clipvalue = std::nullopt;
  std::optional<double> global_clipnorm = std::nullopt;
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<std::int64_t> ema_overwrite_frequency = std::nullopt;
  std::optional<double> loss_scale_factor = std::nullopt;
  std::optional<std::int64_t> gradient_accumulation_steps = std::nullopt;
  std::string name = {};
};

/// McMahan et al., "Ad click prediction", KDD 2013: n' = n + g²; z ← z + g + 2·l2_shrinkage·w − (n'^−p − n^−p)/lr·w;
/// w ← (clip(z, −l1, l1) − z)/(n'^−p/lr + 2(l2 + β/(2lr))), where p is learning_rate_power. It must not be positive,
/// and strengths and the initial value not negative.
class KERATIN_API Ftrl : public Optimizer {
 public:
  explicit Ftrl(FtrlOptions options = {});
  Config config() const override;
  static Ftrl from_config(const Config& config);

 protected:
  void build_slots(std::span<const Variable> variables) override;
  void update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) override;

 private:
  FtrlOptions options_;
};

}  // namespace keratin::inline v0::optimizers
