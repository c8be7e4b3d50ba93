#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/core/choice.h"
#include "keratin/core/export.h"
#include "keratin/training/callback.h"

namespace keratin::inline v0::callbacks {

struct ModeNames {
  enum Value : std::uint8_t { automatic, min, max };
  static constexpr std::string_view names[] = {"auto", "min", "max"};
};
/// "auto", "min" or "max": whether a smaller or a larger number is better. "auto": smaller for a loss, and for a metric
/// what Metric::direction() says.
class Mode : public Choice<ModeNames> {
 public:
  KERATIN_CHOICE_NAMES(Mode, ModeNames, "a mode")
};

/// What the callbacks that watch a number share. As in Keras, numbers are compared as float32.
/// `keras.callbacks.MonitorCallback`.
class KERATIN_API MonitorCallback : public Callback {
 public:
  /// The best number so far; nothing before the first.
  std::optional<double> best() const noexcept { return best_; }

 protected:
  MonitorCallback(std::string monitor, Mode mode, std::optional<double> best = std::nullopt, double min_delta = 0.0);

  const std::string& monitor() const noexcept { return monitor_; }
  /// The watched number; where it isn't there, nothing, after a first time with a warning: "`purpose`, which …".
  std::optional<double> watched(const Logs& logs, std::string_view purpose);
  /// Settles the direction by the model's metrics, which are there when a first step has run. Throws ValueError where
  /// mode is "auto" and nothing says what is better.
  void settle_direction();
  /// True also where there is no reference.
  bool is_improvement(double value, std::optional<double> reference) const noexcept;
  void set_best(std::optional<double> best) noexcept { best_ = best; }

 private:
  std::string monitor_;
  Mode mode_;
  std::optional<double> best_;
  double min_delta_;
  std::optional<bool> is_larger_better_;
  bool has_warned_ = false;
};

}  // namespace keratin::inline v0::callbacks
