#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/core/export.h"
#include "keratin/core/flat_map.h"

namespace keratin::inline v0 {

/// A number of bytes; a type, because `4 << 30` as an int is 0.
struct Bytes {
  std::int64_t count = 0;
  friend constexpr bool operator==(Bytes, Bytes) noexcept = default;
  friend constexpr auto operator<=>(Bytes, Bytes) noexcept = default;
};
constexpr Bytes KiB(std::int64_t n) noexcept { return {n << 10}; }
constexpr Bytes MiB(std::int64_t n) noexcept { return {n << 20}; }
constexpr Bytes GiB(std::int64_t n) noexcept { return {n << 30}; }
/// "1.50 MiB", "812 B".
KERATIN_API std::string to_string(Bytes bytes);

enum class MemoryCategory : std::uint8_t {
  parameters,
  gradients,
  optimizer_state,
  layer_state,
  activations,
  workspace,
  graph,
  data_staging,
  callbacks,
  metrics,
};
inline constexpr int memory_category_count = 10;
KERATIN_API std::string_view name_of(MemoryCategory category) noexcept;

/// One owner's share: `owner` is a path ("sequential/dense/kernel"), `where` the user's line that asked for it.
struct MemoryOwner {
  std::string owner;
  std::string where;
  MemoryCategory category = MemoryCategory::graph;
  std::int64_t bytes = 0;
};

/// What a session holds. current_bytes is what is in use; mapped_bytes what was taken from the system for it.
struct MemoryReport {
  std::int64_t current_bytes = 0;
  std::int64_t peak_bytes = 0;
  std::int64_t mapped_bytes = 0;
  std::int64_t budget_bytes = 0;                           ///< 0: no budget
  FlatMap<MemoryCategory, std::int64_t> by_category;       ///< every category, also those at 0
  FlatMap<MemoryCategory, std::int64_t> peak_by_category;  ///< by category at the moment of the session's peak
  std::vector<MemoryOwner> owners;                         ///< largest first
};
KERATIN_API std::ostream& operator<<(std::ostream& out, const MemoryReport& report);

/// What `Session::clear()` let go of.
struct ClearReport {
  std::int64_t bytes = 0;         ///< of the session's memory
  std::int64_t mapped_bytes = 0;  ///< given back to the operating system
  std::int64_t nodes = 0;
  std::int64_t variables = 0;
  std::int64_t models = 0;
  std::int64_t layers = 0;
  std::int64_t functions = 0;
  std::string where;  ///< the line that called clear()
};
KERATIN_API std::ostream& operator<<(std::ostream& out, const ClearReport& report);

/// The difference of two snapshots, by owner and source line, largest growth first.
struct SnapshotDifference {
  std::int64_t bytes = 0;
  std::vector<MemoryOwner> top;
};
KERATIN_API std::ostream& operator<<(std::ostream& out, const SnapshotDifference& difference);

/// A copy of a session's books at one moment. Holds no session memory.
class KERATIN_API MemorySnapshot {
 public:
  MemorySnapshot() = default;
  explicit MemorySnapshot(std::vector<MemoryOwner> owners) : owners_(std::move(owners)) {}
  const std::vector<MemoryOwner>& owners() const noexcept { return owners_; }
  SnapshotDifference compare_to(const MemorySnapshot& earlier) const;

 private:
  std::vector<MemoryOwner> owners_;
};

/// The process as the operating system sees it.
struct ProcessMemory {
  std::int64_t resident_bytes = 0;       ///< private dirty memory (smaps_rollup)
  std::int64_t peak_resident_bytes = 0;  ///< VmHWM
  std::int64_t virtual_bytes = 0;
  std::int64_t file_backed_bytes = 0;  ///< resident pages of files: programs, libraries, mapped data
  std::int64_t limit_bytes = 0;        ///< the cgroup's memory.max; 0: none
};
KERATIN_API ProcessMemory process_memory();

/// A budget that all sessions of the process share, beside each one's own: above it, OutOfMemoryError before anything
/// runs. At first the cgroup's memory.max, if it has one. 0 bytes: none.
KERATIN_API Bytes process_memory_budget();
KERATIN_API void set_process_memory_budget(Bytes budget);

}  // namespace keratin::inline v0
