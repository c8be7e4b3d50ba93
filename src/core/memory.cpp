#include "keratin/core/memory.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <iomanip>
#include <map>
#include <ostream>
#include <tuple>

#include "core/cgroup.h"
#include "core/small_file.h"
#include "core/write_count.h"

namespace keratin::inline v0 {
namespace {

constexpr std::size_t listed_owners = 10;

/// A table's rows for owners: bytes, category, owner and line; the smaller ones summed up in a last row.
void write_owners(std::ostream& out, const std::vector<MemoryOwner>& owners, bool with_sign) {
  std::size_t width = 5;
  const std::size_t listed = std::min(owners.size(), listed_owners);
  for (std::size_t i = 0; i < listed; ++i) width = std::max(width, owners[i].owner.size());
  out << "  " << std::right << std::setw(12) << "bytes"
      << "  " << std::left << std::setw(16) << "category" << std::setw(static_cast<int>(width)) << "owner"
      << "  line\n";
  for (std::size_t i = 0; i < listed; ++i) {
    const MemoryOwner& owner = owners[i];
    const std::string bytes = (with_sign && owner.bytes > 0 ? "+" : "") + to_string(Bytes{owner.bytes});
    out << "  " << std::right << std::setw(12) << bytes << "  " << std::left << std::setw(16) << name_of(owner.category)
        << std::setw(static_cast<int>(width)) << owner.owner << (owner.where.empty() ? "" : "  ") << owner.where
        << '\n';
  }
  if (listed == owners.size()) return;
  std::int64_t rest = 0;
  for (std::size_t i = listed; i < owners.size(); ++i) rest += owners[i].bytes;
  out << "  " << std::right << std::setw(12) << to_string(Bytes{rest}) << "  in " << owners.size() - listed
      << " more\n";
}

/// Bytes of a "Name:   123 kB" line of a /proc file; 0 where there is none.
std::int64_t field(std::string_view text, std::string_view name) {
  const std::size_t at = text.find(name);
  if (at == std::string_view::npos) return 0;
  text.remove_prefix(at + name.size());
  text.remove_prefix(std::min(text.find_first_of("0123456789"), text.size()));
  std::int64_t kilobytes = 0;
  std::from_chars(text.data(), text.data() + text.size(), kilobytes);
  return kilobytes << 10;
}

/// A stream's format settings, put back at the end.
class KeepFormat {
 public:
  explicit KeepFormat(std::ostream& out) : out_(out), flags_(out.flags()) {}
  ~KeepFormat() { out_.flags(flags_); }
  KeepFormat(const KeepFormat&) = delete;
  KeepFormat& operator=(const KeepFormat&) = delete;

 private:
  std::ostream& out_;
  std::ios::fmtflags flags_;
};

}  // namespace

std::string to_string(Bytes bytes) {
  constexpr std::array<const char*, 6> units{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (std::abs(bytes.count) < 1024) return std::to_string(bytes.count) + " B";
  double value = static_cast<double>(bytes.count) / 1024.0;
  std::size_t unit = 0;
  // 1023.995 would be rounded to "1024.00".
  while (std::abs(value) >= 1023.995 && unit + 1 < units.size()) {
    value /= 1024.0;
    ++unit;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f %s", value, units[unit]);
  return text.data();
}

std::string_view name_of(MemoryCategory category) noexcept {
  constexpr std::array<std::string_view, memory_category_count> names{
      "parameters", "gradients", "optimizer_state", "layer_state", "activations",
      "workspace",  "graph",     "data_staging",    "callbacks",   "metrics"};
  return names[static_cast<std::size_t>(category)];
}

std::ostream& operator<<(std::ostream& out, const MemoryReport& report) {
  const KeepFormat keep(out);
  out << "Memory: " << to_string(Bytes{report.current_bytes}) << " in use, peak " << to_string(Bytes{report.peak_bytes})
      << ", mapped " << to_string(Bytes{report.mapped_bytes}) << ", "
      << (report.budget_bytes > 0 ? "budget " + to_string(Bytes{report.budget_bytes}) : "no budget") << '\n';
  if (report.peak_bytes == 0) return out;
  out << "  " << std::left << std::setw(16) << "category" << std::right << std::setw(12) << "in use" << std::setw(12)
      << "at peak" << '\n';
  for (const auto& [category, bytes] : report.by_category) {
    const auto at_peak = report.peak_by_category.find(category);
    const std::int64_t peak = at_peak == report.peak_by_category.end() ? 0 : at_peak->second;
    if (bytes == 0 && peak == 0) continue;
    out << "  " << std::left << std::setw(16) << name_of(category) << std::right << std::setw(12)
        << to_string(Bytes{bytes}) << std::setw(12) << to_string(Bytes{peak}) << '\n';
  }
  if (!report.owners.empty()) write_owners(out, report.owners, false);
  return out;
}

std::ostream& operator<<(std::ostream& out, const ClearReport& report) {
  out << "Cleared " << to_string(Bytes{report.bytes}) << " (" << to_string(Bytes{report.mapped_bytes})
      << " given back to the system)";
  if (!report.where.empty()) out << " at " << report.where;
  core::write_count(out, report.models, "model", ": ");
  core::write_count(out, report.layers, "layer", ", ");
  core::write_count(out, report.variables, "variable", ", ");
  core::write_count(out, report.functions, "function", ", ");
  core::write_count(out, report.nodes, "graph node", ", ");
  return out;
}

std::ostream& operator<<(std::ostream& out, const SnapshotDifference& difference) {
  const KeepFormat keep(out);
  out << "Memory since the earlier snapshot: " << (difference.bytes > 0 ? "+" : "")
      << to_string(Bytes{difference.bytes}) << '\n';
  if (!difference.top.empty()) write_owners(out, difference.top, true);
  return out;
}

SnapshotDifference MemorySnapshot::compare_to(const MemorySnapshot& earlier) const {
  std::map<std::tuple<std::string_view, std::string_view, MemoryCategory>, std::int64_t> growth;
  for (const MemoryOwner& now : owners_) growth[{now.owner, now.where, now.category}] += now.bytes;
  for (const MemoryOwner& before : earlier.owners_)
    growth[{before.owner, before.where, before.category}] -= before.bytes;
  SnapshotDifference difference;
  for (const auto& [key, bytes] : growth) {
    if (bytes == 0) continue;
    difference.bytes += bytes;
    const auto& [owner, where, category] = key;
    difference.top.push_back({std::string(owner), std::string(where), category, bytes});
  }
  std::stable_sort(difference.top.begin(), difference.top.end(),
                   [](const MemoryOwner& a, const MemoryOwner& b) { return a.bytes > b.bytes; });
  return difference;
}

ProcessMemory process_memory() {
  std::array<char, 8192> buffer;
  ProcessMemory memory;
  memory.resident_bytes = field(core::read_small_file("/proc/self/smaps_rollup", buffer), "\nPrivate_Dirty:");
  const std::string_view status = core::read_small_file("/proc/self/status", buffer);
  memory.peak_resident_bytes = field(status, "\nVmHWM:");
  memory.virtual_bytes = field(status, "\nVmSize:");
  memory.limit_bytes = core::cgroup_memory_limit();
  memory.file_backed_bytes = field(status, "\nRssFile:");
  return memory;
}

}  // namespace keratin::inline v0
