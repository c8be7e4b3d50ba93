#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/optimizers/optimizer.h"

namespace keratin::inline v0::optimizers {

struct AdamOptions {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;
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

/// Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015; amsgrad: Reddi, Kale and Kumar, ICLR 2018.
/// α = lr·√(1−β₂ᵗ)/(1−β₁ᵗ); m ← m + (g−m)(1−β₁); v ← v + (g²−v)(1−β₂); w ← w − α·m/(√v + ε).
class KERATIN_API Adam : public Optimizer {
 public:
  explicit Adam(AdamOptions options = {});
  Config config() const override;
  static Adam from_config(const Config& config);

 protected:
  void build_slots(std::span<const Variable> variables) override;
  void update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) override;

 private:
  AdamOptions options_;
};

struct AdamWOptions {
  LearningRate learning_rate = 0.001;
  std::optional<double> weight_decay = 0.004;  ///< must be given
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;
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

/// Adam with decoupled weight decay (Loshchilov and Hutter, ICLR 2019), as the weight decay of every optimizer is.
class KERATIN_API AdamW : public Adam {
 public:
  explicit AdamW(AdamWOptions options = {});
  static AdamW from_config(const Config& config);
};

struct AdamaxOptions {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
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

/// Adam by the greatest gradient (the same paper): m as Adam's; u ← max(β₂u, |g|); w ← w − lr·m/((1−β₁ᵗ)(u + ε)).
class KERATIN_API Adamax : public Optimizer {
 public:
  explicit Adamax(AdamaxOptions options = {});
  Config config() const override;
  static Adamax from_config(const Config& config);

 protected:
  void build_slots(std::span<const Variable> variables) override;
  void update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) override;

 private:
  AdamaxOptions options_;
};

struct NadamOptions {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
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

/// Dozat, "Incorporating Nesterov momentum into Adam", 2015. μₜ = β₁(1 − 0.96ᵗ/2); m and v as Adam's; m̂ = μₜ₊₁m/(1 −
/// μ₁…μₜ₊₁)
/// + (1−μₜ)g/(1 − μ₁…μₜ); w ← w − lr·m̂/(√(v/(1−β₂ᵗ)) + ε).
class KERATIN_API Nadam : public Optimizer {
 public:
  explicit Nadam(NadamOptions options = {});
  Config config() const override;
  static Nadam from_config(const Config& config);

 protected:
  void build_slots(std::span<const Variable> variables) override;
  void update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) override;
  void begin_updates() override;

 private:
  NadamOptions options_;
};

struct LambOptions {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
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

/// You et al., "Large batch optimization for deep learning", ICLR 2020: Adam's step u = m̂/(√v̂ + ε), times the ratio of
/// the norms of w and u (1 where one is 0): w ← w − lr·‖w‖/‖u‖·u.
class KERATIN_API Lamb : public Optimizer {
 public:
  explicit Lamb(LambOptions options = {});
  Config config() const override;
  static Lamb from_config(const Config& config);

 protected:
  void build_slots(std::span<const Variable> variables) override;
  void update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) override;

 private:
  LambOptions options_;
};

struct ScheduleFreeAdamWOptions {
  LearningRate learning_rate = 0.0025;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-8;
  std::int64_t warmup_steps = 0;  ///< the rate goes up along a line first
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

/// Defazio et al., "The road less scheduled", 2024, as Keras writes it: the weights y lie between z (the slot momentum)
/// and a mean x of all z. z ← z − lr·g/(√(v/(1−β₂ᵗ)) + ε); x = (y − (1−β₁)z)/β₁; x ← x + (z − x)/t;
/// y ← (1−β₁)z + β₁x. beta_1 must be above 0.
class KERATIN_API ScheduleFreeAdamW : public Optimizer {
 public:
  explicit ScheduleFreeAdamW(ScheduleFreeAdamWOptions options = {});
  Config config() const override;
  static ScheduleFreeAdamW from_config(const Config& config);

 protected:
  void build_slots(std::span<const Variable> variables) override;
  void update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) override;

 private:
  ScheduleFreeAdamWOptions options_;
};

}  // namespace keratin::inline v0::optimizers
