#include "keratin/training/callbacks/monitor.h"

#include <cmath>
#include <utility>
#include <vector>

#include "core/text.h"
#include "keratin/core/error.h"
#include "keratin/core/log.h"
#include "keratin/metrics/metric.h"
#include "session/core.h"
#include "training/callbacks/messages.h"
#include "training/live_model.h"

namespace keratin::inline v0::callbacks {
namespace {

/// Whether an output's numbers may carry the name: "accuracy", or of several outputs "digit_accuracy".
bool is_name_of(const std::string& wanted, const std::string& name, const std::vector<std::string>& outputs) {
  for (const std::string& output : outputs)
    if (wanted == output + "_" + name) return true;
  return wanted == name;
}

/// Nothing where it can't be said.
std::optional<bool> grows(const std::string& monitor, training::LiveModel& model) {
  const std::string wanted = monitor.starts_with("val_") ? monitor.substr(4) : monitor;
  const std::vector<std::string> outputs = model.output_names();
  for (const Component* const part : session::Inner::children(model)) {
    const auto* const metric = dynamic_cast<const Metric*>(part);
    if (metric == nullptr || !is_name_of(wanted, metric->name(), outputs)) continue;
    if (metric->direction() != Metric::Direction::unknown) return metric->direction() == Metric::Direction::up;
  }
  if (is_name_of(wanted, "loss", outputs)) return false;
  return std::nullopt;
}

}  // namespace

MonitorCallback::MonitorCallback(std::string monitor, Mode mode, std::optional<double> best, double min_delta)
    : monitor_(std::move(monitor)), mode_(mode), best_(best), min_delta_(std::abs(min_delta)) {}

std::optional<double> MonitorCallback::watched(const Logs& logs, std::string_view purpose) {
  if (logs.contains(monitor_)) return logs.at(monitor_);
  if (!std::exchange(has_warned_, true))
    log::write(log::Level::warning, std::string(purpose) + " is conditioned on '" + monitor_ +
                                        "', which the epoch's logs do not have. They have: " + names_of(logs));
  return std::nullopt;
}

void MonitorCallback::settle_direction() {
  if (is_larger_better_) return;
  is_larger_better_ =
      mode_ == Mode::automatic ? grows(monitor_, training::LiveModel::of(model())) : std::optional(mode_ == Mode::max);
  if (!is_larger_better_)
    throw ValueError(class_name() + ": mode \"auto\" can't tell whether '" + monitor_ +
                     "' is to grow or to fall; give .mode = \"max\" or .mode = \"min\". The model's numbers are " +
                     core::listed(model().metrics_names()) + ". Received: monitor='" + monitor_ + "'");
}

bool MonitorCallback::is_improvement(double value, std::optional<double> reference) const noexcept {
  if (!reference) return true;
  const bool is_larger_better = is_larger_better_.value_or(mode_ == Mode::max);
  const auto moved = static_cast<float>(value + (is_larger_better ? -min_delta_ : min_delta_));
  const auto limit = static_cast<float>(*reference);
  return is_larger_better ? moved > limit : moved < limit;
}

}  // namespace keratin::inline v0::callbacks
