#include <algorithm>
#include <chrono>
#include <cstdio>
#include <sstream>
#include <string>

#include <unistd.h>

#include "keratin/training/callbacks/loggers.h"

namespace keratin::inline v0::callbacks {
namespace {

using Clock = std::chrono::steady_clock;

/// "3s", "1:02", "1:02:03".
std::string duration(double seconds) {
  char text[48];
  const auto whole = static_cast<long>(seconds);
  if (whole >= 3600) {
    std::snprintf(text, sizeof text, "%ld:%02ld:%02ld", whole / 3600, whole % 3600 / 60, whole % 60);
  } else if (whole >= 60) {
    std::snprintf(text, sizeof text, "%ld:%02ld", whole / 60, whole % 60);
  } else {
    std::snprintf(text, sizeof text, "%.0fs", seconds);
  }
  return text;
}

/// "2s/step", "12ms/step", "800us/step".
std::string per_step(double seconds) {
  char text[48];
  if (seconds >= 1) {
    std::snprintf(text, sizeof text, "%.0fs/step", seconds);
  } else if (seconds >= 1e-3) {
    std::snprintf(text, sizeof text, "%.0fms/step", seconds * 1e3);
  } else {
    std::snprintf(text, sizeof text, "%.0fus/step", seconds * 1e6);
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
  bool is_in_fit = false;
  bool is_terminal = ::isatty(STDOUT_FILENO) != 0;

  void begin() {
    start = Clock::now();
    shown = {};
    done = 0;
  }

  /// "45/45 ━━━━━━━━━━━━━━━━━━━━ 1s 12ms/step - loss: 0.1234", the bar on a terminal alone; with verbose=2
  /// "45/45 - 1s - 12ms/step - loss: 0.1234".
  std::string line(std::int64_t steps, const Logs& logs, int verbose) const {
    const double elapsed = std::chrono::duration<double>(Clock::now() - start).count();
    const double each = elapsed / static_cast<double>(std::max<std::int64_t>(1, done));
    const bool is_over = steps <= 0 || done >= steps;
    const char* const gap = verbose == 2 ? " - " : " ";
    std::string text = std::to_string(done) + "/" + (steps > 0 ? std::to_string(steps) : "Unknown");
    if (verbose == 1 && is_terminal && steps > 0) text += " " + bar(std::min(done, steps), steps);
    text += gap + duration(is_over ? elapsed : each * static_cast<double>(steps - done)) + gap + per_step(each);
    return logs.empty() ? text : text + " - " + as_text(logs);
  }

  static std::string bar(std::int64_t part, std::int64_t whole) {
    constexpr std::int64_t width = 20;
    std::string text = "\x1b[32m";
    for (std::int64_t i = 0; i < width; ++i) {
      if (i == width * part / whole) text += "\x1b[0m\x1b[37m";
      text += "━";
    }
    return text + "\x1b[0m";
  }

  /// After a batch. On a terminal with verbose=1: the line in place, at most 20 times a second.
  void update(const CallbackContext& context, std::int64_t batch, const Logs& logs) {
    done = batch + 1;
    if (!is_terminal || context.verbose() != 1) return;
    const Clock::time_point now = Clock::now();
    if (now - shown < std::chrono::milliseconds(50)) return;
    shown = now;
    std::printf("\r\x1b[K%s", line(context.steps(), logs, 1).c_str());
    std::fflush(stdout);
  }

  void finish(const CallbackContext& context, const Logs& logs) const {
    if (context.verbose() == 0) return;
    const bool in_place = is_terminal && context.verbose() == 1;
    // A stream's number of batches is known at its end.
    const std::int64_t steps = context.steps() > 0 ? context.steps() : done;
    std::printf("%s%s\n", in_place ? "\r\x1b[K" : "", line(steps, logs, context.verbose()).c_str());
    std::fflush(stdout);
  }
};

ProgbarLogger::ProgbarLogger() : bar_(std::make_shared<Bar>()) {}
ProgbarLogger::~ProgbarLogger() = default;
ProgbarLogger::ProgbarLogger(ProgbarLogger&&) noexcept = default;
ProgbarLogger& ProgbarLogger::operator=(ProgbarLogger&&) noexcept = default;

// Within fit a validation shows nothing of its own: its numbers stand in the epoch's line.
void ProgbarLogger::on_train_begin() { bar_->is_in_fit = true; }
void ProgbarLogger::on_train_end(const Logs& /*logs*/) { bar_->is_in_fit = false; }

void ProgbarLogger::on_epoch_begin(std::int64_t epoch) {
  bar_->begin();
  if (context().verbose() != 0 && context().epochs() > 1)
    std::printf("Epoch %lld/%lld\n", static_cast<long long>(epoch) + 1, static_cast<long long>(context().epochs()));
}

void ProgbarLogger::on_train_batch_end(std::int64_t batch, const Logs& logs) { bar_->update(context(), batch, logs); }

void ProgbarLogger::on_epoch_end(std::int64_t /*epoch*/, const Logs& logs) { bar_->finish(context(), logs); }

void ProgbarLogger::on_test_begin() {
  if (!bar_->is_in_fit) bar_->begin();
}
void ProgbarLogger::on_test_batch_end(std::int64_t batch, const Logs& logs) {
  if (!bar_->is_in_fit) bar_->update(context(), batch, logs);
}
void ProgbarLogger::on_test_end(const Logs& logs) {
  if (!bar_->is_in_fit) bar_->finish(context(), logs);
}

void ProgbarLogger::on_predict_begin() { bar_->begin(); }
void ProgbarLogger::on_predict_batch_end(std::int64_t batch, const Outputs& /*outputs*/) {
  bar_->update(context(), batch, {});
}
void ProgbarLogger::on_predict_end() { bar_->finish(context(), {}); }

}  // namespace keratin::inline v0::callbacks
