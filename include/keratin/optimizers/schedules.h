#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/optimizers/learning_rate.h"

/// `keras.optimizers.schedules`, with Keras's parameters. Numbers of steps must be positive and rates finite, else
/// ValueError. Steps count from 0; t is the step.
namespace keratin::inline v0::optimizers::schedules {

struct ExponentialDecayOptions {
  bool staircase = false;  ///< whole multiples of decay_steps alone count
  std::string name = "ExponentialDecay";
};
/// initial · decay_rate^(t / decay_steps).
class KERATIN_API ExponentialDecay : public LearningRateSchedule {
 public:
  ExponentialDecay(double initial_learning_rate, std::int64_t decay_steps, double decay_rate,
                   ExponentialDecayOptions options = {});
  Tensor operator()(const Tensor& step) const override;
  Config config() const override;
  static ExponentialDecay from_config(const Config& config);

 private:
  double initial_learning_rate_;
  std::int64_t decay_steps_;
  double decay_rate_;
  ExponentialDecayOptions options_;
};

struct InverseTimeDecayOptions {
  bool staircase = false;  ///< whole multiples of decay_steps alone count
  std::string name = "InverseTimeDecay";
};
/// initial / (1 + decay_rate · t / decay_steps).
class KERATIN_API InverseTimeDecay : public LearningRateSchedule {
 public:
  InverseTimeDecay(double initial_learning_rate, std::int64_t decay_steps, double decay_rate,
                   InverseTimeDecayOptions options = {});
  Tensor operator()(const Tensor& step) const override;
  Config config() const override;
  static InverseTimeDecay from_config(const Config& config);

 private:
  double initial_learning_rate_;
  std::int64_t decay_steps_;
  double decay_rate_;
  InverseTimeDecayOptions options_;
};

struct PolynomialDecayOptions {
  double end_learning_rate = 0.0001;
  double power = 1.0;
  bool cycle = false;  ///< after decay_steps it begins anew, with the next multiple of them as its length
  std::string name = "PolynomialDecay";
};
/// (initial − end) · (1 − t / decay_steps)^power + end, with t at most decay_steps.
class KERATIN_API PolynomialDecay : public LearningRateSchedule {
 public:
  PolynomialDecay(double initial_learning_rate, std::int64_t decay_steps, PolynomialDecayOptions options = {});
  Tensor operator()(const Tensor& step) const override;
  Config config() const override;
  static PolynomialDecay from_config(const Config& config);

 private:
  double initial_learning_rate_;
  std::int64_t decay_steps_;
  PolynomialDecayOptions options_;
};

struct PiecewiseConstantDecayOptions {
  std::string name = "PiecewiseConstant";
};
/// values[i] up to the step boundaries[i] (it included), and the last value after them. Boundaries ascend, and there is
/// one value more, else ValueError.
class KERATIN_API PiecewiseConstantDecay : public LearningRateSchedule {
 public:
  PiecewiseConstantDecay(std::vector<std::int64_t> boundaries, std::vector<double> values,
                         PiecewiseConstantDecayOptions options = {});
  Tensor operator()(const Tensor& step) const override;
  Config config() const override;
  static PiecewiseConstantDecay from_config(const Config& config);

 private:
  std::vector<std::int64_t> boundaries_;
  std::vector<double> values_;
  PiecewiseConstantDecayOptions options_;
};

struct CosineDecayOptions {
  double alpha = 0.0;  ///< what remains in the end, as a share of the rate that decays
  std::string name = "CosineDecay";
  std::optional<double> warmup_target = std::nullopt;
  std::int64_t warmup_steps = 0;
};
/// rate · ((1 − alpha) · (1 + cos(π · t / decay_steps)) / 2 + alpha), with t at most decay_steps (Loshchilov and
/// Hutter, ICLR 2017). With a warmup_target the rate first goes up to it from the initial one, along a line of
/// warmup_steps, and then decays from there.
class KERATIN_API CosineDecay : public LearningRateSchedule {
 public:
  CosineDecay(double initial_learning_rate, std::int64_t decay_steps, CosineDecayOptions options = {});
  Tensor operator()(const Tensor& step) const override;
  Config config() const override;
  static CosineDecay from_config(const Config& config);

 private:
  Tensor decayed(const Tensor& step, double from) const;

  double initial_learning_rate_;
  std::int64_t decay_steps_;
  CosineDecayOptions options_;
};

struct CosineDecayRestartsOptions {
  double t_mul = 2.0;  ///< each period is so many times as long as the one before
  double m_mul = 1.0;  ///< and begins with so many times its rate
  double alpha = 0.0;  ///< as for CosineDecay
  std::string name = "SGDRDecay";
};
/// CosineDecay that begins anew after first_decay_steps, and after ever longer (or shorter) periods.
class KERATIN_API CosineDecayRestarts : public LearningRateSchedule {
 public:
  CosineDecayRestarts(double initial_learning_rate, std::int64_t first_decay_steps,
                      CosineDecayRestartsOptions options = {});
  Tensor operator()(const Tensor& step) const override;
  Config config() const override;
  static CosineDecayRestarts from_config(const Config& config);

 private:
  double initial_learning_rate_;
  std::int64_t first_decay_steps_;
  CosineDecayRestartsOptions options_;
};

}  // namespace keratin::inline v0::optimizers::schedules
