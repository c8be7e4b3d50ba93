#include <algorithm>
#include <chrono>
#include <cstdio>
#include <sstream>
#include <string>

#include <unistd.h>

#include "keratin/training/callbacks.h"

namespace keratin::inline v0::callbacks {
namespace {

using Clock = std::chrono::steady_clock;

/// "3s", "12ms", "1:02:03".
std::string duration(double seconds) {
  char text[32];
  if (seconds >= 3600) {
    const auto whole = static_cast<long>(seconds);
    std::snprintf(text, sizeof text, "%ld:%02ld:%02ld", whole / 3600, whole % 3600 / 60, whole % 60);
  } else if (seconds >= 60) {
    const auto whole = static_cast<long>(seconds);
    std::snprintf(text, sizeof text, "%ld:%02ld", whole / 60, whole % 60);
  } else if (seconds >= 1) {
    std::snprintf(text, sizeof text, "%.0fs", seconds);
  } else if (seconds >= 1e-3) {
    std::snprintf(text, sizeof text, "%.0fms", seconds * 1e3);
  } else {
    std::snprintf(text, sizeof text, "%.0fus", seconds * 1e6);
  }
  return text;
}

std::string as_text(const Logs& logs) {
  std::ostringstream out;
  out << logs;
  return out.str();
}

}  // namespace

/// One run over the data, as it is shown.
struct ProgbarLogger::Bar {
  Clock::time_point start = Clock::now();
  Clock::time_point shown{};
  std::int64_t done = 0;
  bool is_in_training = false;
  bool is_terminal = ::isatty(STDOUT_FILENO) != 0;

  void begin() {
    start = Clock::now();
    shown = {};
    done = 0;
  }

  /// "45/45 ━━━━━━━━━━━━━━━━━━━━ 1s 12ms/step - loss: 0.1234"
  std::string line(std::int64_t steps, const std::string& numbers) const {
    constexpr std::int64_t width = 20;
    const double elapsed = std::chrono::duration<double>(Clock::now() - start).count();
    const double per_step = elapsed / static_cast<double>(std::max<std::int64_t>(1, done));
    std::string text = std::to_string(done) + "/" + (steps > 0 ? std::to_string(steps) : "Unknown") + " ";
    if (is_terminal && steps > 0) {
      const std::int64_t filled = std::min(width, width * done / steps);
      text += "\x1b[32m";
      for (std::int64_t i = 0; i < filled; ++i) text += "━";
      text += "\x1b[0m\x1b[37m";
      for (std::int64_t i = filled; i < width; ++i) text += "━";
      text += "\x1b[0m ";
    }
    const bool is_over = steps > 0 && done >= steps;
    const double left = per_step * static_cast<double>(std::max<std::int64_t>(0, steps - done));
    text += duration(is_over || steps <= 0 ? elapsed : left) + " " + duration(per_step) + "/step";
    return numbers.empty() ? text : text + " - " + numbers;
  }

  /// On a terminal: the line in place, at most 20 times a second.
  void update(std::int64_t steps, const Logs* logs) {
    ++done;
    if (!is_terminal) return;
    const Clock::time_point now = Clock::now();
    if (now - shown < std::chrono::milliseconds(50)) return;
    shown = now;
    std::printf("\r\x1b[K%s", line(steps, logs == nullptr ? "" : as_text(*logs)).c_str());
    std::fflush(stdout);
  }

  void finish(std::int64_t steps, const std::string& numbers) const {
    std::printf("%s%s\n", is_terminal ? "\r\x1b[K" : "", line(steps, numbers).c_str());
    std::fflush(stdout);
  }
};

ProgbarLogger::ProgbarLogger() : bar_(std::make_unique<Bar>()) {}
ProgbarLogger::~ProgbarLogger() = default;
ProgbarLogger::ProgbarLogger(ProgbarLogger&&) noexcept = default;
ProgbarLogger& ProgbarLogger::operator=(ProgbarLogger&&) noexcept = default;

void ProgbarLogger::on_epoch_begin(std::int64_t epoch) {
  bar_->is_in_training = true;
  bar_->begin();
  if (context().epochs() > 1 || context().verbose() == 2)
    std::printf("Epoch %lld/%lld\n", static_cast<long long>(epoch + 1), static_cast<long long>(context().epochs()));
}

void ProgbarLogger::on_train_batch_end(std::int64_t /*batch*/, const Logs& logs) {
  if (context().verbose() == 1) {
    bar_->update(context().steps(), &logs);
  } else {
    ++bar_->done;
  }
}

void ProgbarLogger::on_epoch_end(std::int64_t /*epoch*/, const Logs& logs) {
  bar_->finish(std::max(bar_->done, context().steps()), as_text(logs));
  bar_->is_in_training = false;
}

// Validation within fit shows nothing of its own: its numbers stand in the epoch's line.
void ProgbarLogger::on_test_begin() {
  if (!bar_->is_in_training) bar_->begin();
}
void ProgbarLogger::on_test_batch_end(std::int64_t /*batch*/, const Logs& logs) {
  if (!bar_->is_in_training) bar_->update(context().steps(), &logs);
}
void ProgbarLogger::on_test_end(const Logs& logs) {
  if (!bar_->is_in_training) bar_->finish(context().steps(), as_text(logs));
}

void ProgbarLogger::on_predict_begin() { bar_->begin(); }
void ProgbarLogger::on_predict_batch_end(std::int64_t /*batch*/) { bar_->update(context().steps(), nullptr); }
void ProgbarLogger::on_predict_end() { bar_->finish(context().steps(), ""); }

}  // namespace keratin::inline v0::callbacks
