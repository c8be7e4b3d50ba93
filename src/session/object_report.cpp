#include <algorithm>
#include <iomanip>
#include <map>
#include <ostream>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "keratin/session/stats.h"

namespace keratin::inline v0 {
namespace {

constexpr std::size_t listed_objects = 20;

/// An entry of the same thing: tensors of a graph share its origin's id.
std::tuple<std::int64_t, std::string_view> key_of(const LiveObject& object) { return {object.id, object.kind}; }

/// "3 models, 6 layers", in the order in which the kinds first come.
void write_counts(std::ostream& out, const std::vector<LiveObject>& objects) {
  std::vector<std::pair<std::string_view, std::int64_t>> counts;
  for (const LiveObject& object : objects) {
    auto found = std::ranges::find(counts, object.kind, &std::pair<std::string_view, std::int64_t>::first);
    if (found == counts.end()) found = counts.insert(found, {object.kind, 0});
    found->second += object.count;
  }
  for (std::size_t i = 0; i < counts.size(); ++i)
    out << (i == 0 ? "" : ", ") << counts[i].second << ' ' << counts[i].first << (counts[i].second == 1 ? "" : "s");
  if (counts.empty()) out << "nothing";
}

/// Lines "  layer      sequential/dense   fit 2   service.cpp:40".
void write_list(std::ostream& out, const std::vector<LiveObject>& objects, const char* sign) {
  const std::ios::fmtflags flags = out.flags();
  std::size_t width = 0;
  const std::size_t listed = std::min(objects.size(), listed_objects);
  for (std::size_t i = 0; i < listed; ++i) width = std::max(width, objects[i].name.size());
  for (std::size_t i = 0; i < listed; ++i) {
    const LiveObject& object = objects[i];
    out << "\n  " << sign << std::left << std::setw(10) << object.kind << std::setw(static_cast<int>(width))
        << object.name;
    if (object.count != 1) out << "  ×" << object.count;
    if (object.fit > 0) out << "  fit " << object.fit;
    if (!object.where.empty()) out << "  " << object.where;
  }
  if (listed < objects.size()) out << "\n  " << sign << "and " << objects.size() - listed << " more";
  out.flags(flags);
}

}  // namespace

std::int64_t ObjectReport::count(std::string_view kind) const noexcept {
  std::int64_t count = 0;
  for (const LiveObject& object : objects)
    if (object.kind == kind) count += object.count;
  return count;
}

ObjectDifference ObjectReport::compare_to(const ObjectReport& earlier) const {
  const auto missing_in = [](const std::vector<LiveObject>& from, const std::vector<LiveObject>& others) {
    std::set<std::tuple<std::int64_t, std::string_view>> keys;
    for (const LiveObject& other : others) keys.insert(key_of(other));
    std::vector<LiveObject> missing;
    for (const LiveObject& object : from)
      if (!keys.contains(key_of(object))) missing.push_back(object);
    return missing;
  };
  return {.added = missing_in(objects, earlier.objects), .gone = missing_in(earlier.objects, objects)};
}

std::ostream& operator<<(std::ostream& out, const ObjectReport& report) {
  out << "Session objects: ";
  write_counts(out, report.objects);
  write_list(out, report.objects, "");
  return out;
}

std::ostream& operator<<(std::ostream& out, const ObjectDifference& difference) {
  out << "Objects since the earlier report: added ";
  write_counts(out, difference.added);
  out << "; gone ";
  write_counts(out, difference.gone);
  write_list(out, difference.added, "+ ");
  write_list(out, difference.gone, "- ");
  return out;
}

}  // namespace keratin::inline v0
