#include "keratin/testing/peak.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "session/peak.h"

namespace keratin::inline v0::testing {
namespace {

std::string exceeded(std::int64_t bytes, Bytes limit, const FlatMap<MemoryCategory, std::int64_t>& categories,
                     const std::vector<MemoryOwner>& owners) {
  std::string text = to_string(Bytes{bytes}) + ", which is not below " + to_string(limit) + " (" +
                     std::to_string(bytes) + " and " + std::to_string(limit.count) + " bytes). At the peak:";
  for (const auto& [category, share] : categories)
    if (share != 0) text += " " + std::string(name_of(category)) + " " + to_string(Bytes{share});
  constexpr std::size_t shown = 5;
  for (std::size_t i = 0; i < std::min(shown, owners.size()); ++i)
    text += "\n  " + owners[i].owner + " " + to_string(Bytes{owners[i].bytes}) + " " + owners[i].where;
  return text;
}

}  // namespace

PeakMeasure::PeakMeasure(Session& session) : session_(session) { session::reset_peak(session); }

std::string PeakMeasure::above(Bytes limit) const {
  const MemoryReport report = session_.memory();
  if (report.peak_bytes < limit.count) return {};
  return "The session's peak is " + exceeded(report.peak_bytes, limit, report.peak_by_category, report.owners);
}

std::string plan_above(const MemoryPlan& plan, Bytes limit) {
  if (plan.peak_bytes < limit.count) return {};
  return "The planned peak is " + exceeded(plan.peak_bytes, limit, plan.by_category, plan.owners);
}

}  // namespace keratin::inline v0::testing
