#include "compile/placement.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "core/rounded_up.h"

namespace keratin::inline v0::compile {
namespace {

constexpr std::size_t alignment = 64;

std::size_t aligned(std::size_t bytes) { return core::rounded_up<std::size_t>(bytes, alignment); }

/// The lowest gap among those that are placed (in the order of their offsets) and live at the same time.
std::size_t lowest_gap(std::span<const Interval* const> placed, const Interval& wanted) {
  std::size_t offset = 0;
  for (const Interval* const other : placed) {
    if (other->last < wanted.first || wanted.last < other->first) continue;
    if (other->offset >= offset + aligned(wanted.bytes)) break;
    offset = std::max(offset, other->offset + aligned(other->bytes));
  }
  return offset;
}

/// Each in the lowest gap that holds it, in this order; the bytes that the whole takes.
std::size_t placed_in(std::span<Interval* const> order) {
  std::vector<const Interval*> placed;
  placed.reserve(order.size());
  std::size_t bytes = 0;
  for (Interval* const interval : order) {
    interval->offset = lowest_gap(placed, *interval);
    bytes = std::max(bytes, interval->offset + aligned(interval->bytes));
    placed.insert(std::upper_bound(placed.begin(), placed.end(), interval,
                                   [](const Interval* a, const Interval* b) { return a->offset < b->offset; }),
                  interval);
  }
  return bytes;
}

std::uint64_t duration(const Interval& interval) { return interval.last - interval.first + 1; }

/// Orders worth trying: none is the best for every network.
constexpr std::array<bool (*)(const Interval*, const Interval*), 4> orders = {
    [](const Interval* a, const Interval* b) {
      return a->bytes != b->bytes ? a->bytes > b->bytes : a->first < b->first;
    },
    [](const Interval* a, const Interval* b) { return a->bytes * duration(*a) > b->bytes * duration(*b); },
    [](const Interval* a, const Interval* b) {
      return duration(*a) != duration(*b) ? duration(*a) > duration(*b) : a->bytes > b->bytes;
    },
    [](const Interval* a, const Interval* b) { return a->first != b->first ? a->first < b->first : a->last > b->last; },
};

}  // namespace

std::size_t most_live(std::span<const Interval> intervals) {
  std::uint32_t end = 0;
  for (const Interval& interval : intervals) end = std::max(end, interval.last + 1);
  std::vector<std::int64_t> change(std::size_t{end} + 1, 0);
  for (const Interval& interval : intervals) {
    change[interval.first] += static_cast<std::int64_t>(interval.bytes);
    change[interval.last + 1] -= static_cast<std::int64_t>(interval.bytes);
  }
  std::int64_t live = 0;
  std::int64_t most = 0;
  for (const std::int64_t step : change) most = std::max(most, live += step);
  return static_cast<std::size_t>(most);
}

Placement place(std::span<Interval> intervals) {
  std::vector<Interval*> order;
  order.reserve(intervals.size());
  for (Interval& interval : intervals)
    if (interval.bytes > 0) order.push_back(&interval);
  Placement result{~std::size_t{0}, most_live(intervals)};
  std::vector<std::size_t> offsets(intervals.size());
  for (const auto& before : orders) {
    std::stable_sort(order.begin(), order.end(), before);
    const std::size_t bytes = placed_in(order);
    if (bytes >= result.bytes) continue;
    result.bytes = bytes;
    for (std::size_t i = 0; i < intervals.size(); ++i) offsets[i] = intervals[i].offset;
    if (bytes <= aligned(result.live)) break;  // no placement takes less
  }
  for (std::size_t i = 0; i < intervals.size(); ++i) intervals[i].offset = offsets[i];
  return result;
}

}  // namespace keratin::inline v0::compile
