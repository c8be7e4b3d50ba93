#pragma once

// What Keratin's programs beside the peers' share: settings from the environment, clocks, and the line that a
// measurement ends with.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <keratin/keratin.h>

namespace measure {

namespace kt = keratin;
using Clock = std::chrono::steady_clock;

inline double from_environment(const char* name, double otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::atof(text);
}

inline int threads() { return static_cast<int>(from_environment("PEER_THREADS", 2)); }
inline double budget_ms() { return 1e3 * from_environment("PEER_BUDGET_S", 3); }

inline kt::SessionOptions session_options() {
  kt::SessionOptions options{.seed = 7, .threads = threads()};
  if (const char* const policy = std::getenv("PEER_POLICY"); policy != nullptr) options.dtype_policy = kt::name(policy);
  return options;
}

inline double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

inline double processor_ms() {
  std::timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

inline double mb(std::int64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

inline double at(std::vector<double>& times, double quantile) {
  std::ranges::sort(times);
  return times[std::min(times.size() - 1, static_cast<std::size_t>(quantile * static_cast<double>(times.size())))];
}

/// Of each step or call, in milliseconds.
inline void print(const std::string& workload, std::vector<double> times, double cpu_ms, double first_ms) {
  std::printf(
      "JSON {\"peer\": \"keratin\", \"workload\": \"%s\", \"threads\": %d, \"median_step_ms\": %.5f, \"best_step_ms\": "
      "%.5f, \"p95_ms\": %.5f, \"cpu_ms\": %.5f, \"first_step_ms\": %.2f, \"peak_rss_mb\": %.1f}\n",
      workload.c_str(), threads(), at(times, 0.5), at(times, 0.0), at(times, 0.95), cpu_ms, first_ms,
      mb(kt::process_memory().peak_resident_bytes));
}

/// Times the epochs of one fit, and ends it when the time is over.
class Stopwatch final : public kt::Callback {
 public:
  explicit Stopwatch(std::int64_t steps) : steps_(static_cast<double>(steps)) {}
  void on_epoch_begin(std::int64_t epoch) override {
    start_ = Clock::now();
    if (epoch != 1) return;  // the first one warms up
    begin_ = start_;
    cpu_before_ = processor_ms();
  }
  void on_epoch_end(std::int64_t epoch, const kt::Logs&) override {
    if (epoch == 0) return;
    times_.push_back(ms_since(start_) / steps_);
    cpu_ms_ = (processor_ms() - cpu_before_) / steps_ / static_cast<double>(times_.size());
    if (times_.size() >= 3 && ms_since(begin_) > budget_ms()) context().stop();
  }
  const std::vector<double>& times() const { return times_; }
  double cpu_ms() const { return cpu_ms_; }

 private:
  double steps_;
  Clock::time_point start_;
  Clock::time_point begin_;
  double cpu_before_ = 0.0;
  double cpu_ms_ = 0.0;
  std::vector<double> times_;
};

inline void print(const kt::diagnostics::Profiler& profiler, std::int64_t calls) {
  kt::diagnostics::ProfileReport report = profiler.report();
  std::cout << calls << " steps, each " << report.milliseconds / static_cast<double>(calls) << " ms\n"
            << report << '\n';
  report.times = report.by_op();
  std::cout << "by op: " << report << '\n';
}

}  // namespace measure
