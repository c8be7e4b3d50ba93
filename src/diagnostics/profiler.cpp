#include "keratin/diagnostics/profiler.h"

#include <algorithm>
#include <cstddef>
#include <iomanip>
#include <map>
#include <ostream>
#include <string_view>
#include <utility>

#include "runtime/step_watch.h"

namespace keratin::inline v0::diagnostics {
namespace {

using Key = std::pair<std::string, std::string>;  ///< op and owner

/// Longest first.
std::vector<OpTime> sorted(const std::map<Key, OpTime>& times) {
  std::vector<OpTime> all;
  for (const auto& [key, time] : times) all.push_back(time);
  std::ranges::stable_sort(all, std::ranges::greater{}, &OpTime::milliseconds);
  return all;
}

/// Added up over what `key_of` says is the same.
template <class KeyOf>
std::vector<OpTime> grouped(const std::vector<OpTime>& times, const KeyOf& key_of) {
  std::map<Key, OpTime> groups;
  for (const OpTime& time : times) {
    const Key key = key_of(time);
    OpTime& group = groups[key];
    group.op = key.first;
    group.owner = key.second;
    group.calls += time.calls;
    group.milliseconds += time.milliseconds;
  }
  return sorted(groups);
}

}  // namespace

class Profiler::Watch final : public runtime::StepWatch {
 public:
  void ran(const runtime::Plan& plan, const runtime::Step& step, std::chrono::nanoseconds time) override {
    const std::string_view owner = plan.owner(step.owner);
    OpTime& entry = times_[{std::string(step.op), std::string(owner)}];
    if (entry.calls == 0) {
      entry.op = step.op;
      entry.owner = owner;
    }
    ++entry.calls;
    entry.milliseconds += std::chrono::duration<double, std::milli>(time).count();
  }

  ProfileReport report() const {
    ProfileReport report{.times = sorted(times_)};
    for (const OpTime& time : report.times) {
      report.milliseconds += time.milliseconds;
      report.calls += time.calls;
    }
    return report;
  }
  void reset() noexcept { times_.clear(); }

 private:
  std::map<Key, OpTime> times_;
};

Profiler::Profiler() : watch_(std::make_shared<Watch>()) {}
Profiler::~Profiler() = default;
ProfileReport Profiler::report() const { return watch_->report(); }
void Profiler::reset() { watch_->reset(); }

std::vector<OpTime> ProfileReport::by_op() const {
  return grouped(times, [](const OpTime& time) { return Key{time.op, ""}; });
}

std::vector<OpTime> ProfileReport::by_owner() const {
  return grouped(times, [](const OpTime& time) { return Key{"", time.owner}; });
}

std::ostream& operator<<(std::ostream& out, const ProfileReport& report) {
  constexpr std::size_t most_lines = 20;
  const std::ios_base::fmtflags flags = out.flags();
  const std::streamsize precision = out.precision();
  out << std::fixed << std::setprecision(3) << "kernels took " << report.milliseconds << " ms in " << report.calls
      << " calls";
  for (std::size_t i = 0; i < std::min(report.times.size(), most_lines); ++i) {
    const OpTime& time = report.times[i];
    const double share = report.milliseconds > 0 ? 100.0 * time.milliseconds / report.milliseconds : 0.0;
    out << '\n'
        << std::setw(10) << time.milliseconds << " ms " << std::setprecision(1) << std::setw(5) << share << " % "
        << std::setprecision(3) << std::setw(7) << time.calls << " x " << time.op << (time.owner.empty() ? "" : " of ")
        << time.owner;
  }
  if (report.times.size() > most_lines) out << "\n  and " << report.times.size() - most_lines << " more";
  out.flags(flags);
  out.precision(precision);
  return out;
}

}  // namespace keratin::inline v0::diagnostics
