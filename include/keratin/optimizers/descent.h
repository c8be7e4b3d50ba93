#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/optimizers/optimizer.h"

namespace keratin::inline v0::optimizers {

struct SGDOptions {
  LearningRate learning_rate = 0.01;
  double momentum = 0.0;
  bool nesterov = false;
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

/// Gradient descent, with momentum and Nesterov's (as Keras writes it):
/// m ← momentum·m − lr·g; w ← w + m, or w + momentum·m − lr·g; without momentum w ← w − lr·g.
class KERATIN_API SGD : public Optimizer {
 public:
  explicit SGD(SGDOptions options = {});
  Config config() const override;
  static SGD from_config(const Config& config);

 protected:
  void build_slots(std::span<const Variable> variables) override;
  void update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) override;

 private:
  SGDOptions options_;
};

struct LionOptions {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.99;
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

/// Chen et al., "Symbolic discovery of optimization algorithms", 2023:
/// w ← w − lr·sign(β₁m + (1−β₁)g); m ← β₂m + (1−β₂)g. beta_1 must be above 0.
class KERATIN_API Lion : public Optimizer {
 public:
  explicit Lion(LionOptions options = {});
  Config config() const override;
  static Lion from_config(const Config& config);

 protected:
  void build_slots(std::span<const Variable> variables) override;
  void update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) override;

 private:
  LionOptions options_;
};

struct MuonOptions {
  LearningRate learning_rate = 0.001;
  double adam_beta_1 = 0.9;
  double adam_beta_2 = 0.999;
  std::optional<double> adam_weight_decay = 0.004;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = 0.004;
  std::optional<double> clipnorm = std::nullopt;
  std::optional<double> clipvalue = std::nullopt;
  std::optional<double> global_clipnorm = std::nullopt;
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<std::int64_t> ema_overwrite_frequency = std::nullopt;
  std::optional<double> loss_scale_factor = std::nullopt;
  std::optional<std::int64_t> gradient_accumulation_steps = std::nullopt;
  std::string name = {};
  std::vector<std::string> exclude_layers =
      {};  ///< regular expressions: variables in whose path one is found are Adam's
  bool exclude_embeddings = true;
  double muon_a = 3.4445;
  double muon_b = -4.7750;
  double muon_c = 2.0315;
  double adam_lr_ratio = 1.0;
  double momentum = 0.95;
  std::int64_t ns_steps = 5;
  bool nesterov = true;
  std::optional<double> rms_rate = 0.2;
};

/// Jordan et al., "Muon: an optimizer for hidden layers", 2024: the momentum of a matrix is made nearly orthogonal by
/// ns_steps steps of Newton and Schulz's iteration, X ← aX + (bXXᵀ + c(XXᵀ)²)X, and the step is lr times that, times
/// rms_rate·√(the larger size) unless rms_rate is empty. All that is no matrix, embeddings and excluded layers take
/// Adam's steps, with a rate of lr·adam_lr_ratio and adam_weight_decay.
class KERATIN_API Muon : public Optimizer {
 public:
  explicit Muon(MuonOptions options = {});
  Config config() const override;
  static Muon from_config(const Config& config);

 protected:
  void build_slots(std::span<const Variable> variables) override;
  void update_step(const Tensor& gradient, const Variable& variable, const Tensor& learning_rate) override;
  std::optional<double> weight_decay_of(const Variable& variable) const override;

 private:
  bool is_adams(const Variable& variable) const;
  Tensor orthogonal(const Tensor& momentum) const;

  MuonOptions options_;
};

}  // namespace keratin::inline v0::optimizers
