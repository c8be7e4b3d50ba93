#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/core/error.h"
#include "keratin/core/memory.h"

namespace keratin::inline v0::core {

/// Who an allocation is for: the books list bytes by category, owner path and the user's source line.
struct Tag {
  MemoryCategory category = MemoryCategory::graph;
  std::string_view owner = {};  ///< "sequential/dense/kernel"; copied on allocation
  SourceLine where = {};
};

/// A session's memory: pages straight from the operating system, booked by category, owner and line, bounded by a
/// budget. Small blocks are packed into shared chunks; a block of half a chunk or more has pages of its own, which go
/// back at its release. Chunks are mapped as they are needed, so that it works under `ulimit -v` and without
/// overcommit, and an empty session costs no page. What is mapped counts for the process's budget too. Thread-safe:
/// reports may come from any thread.
class Arena {
 public:
  static constexpr std::size_t alignment = 64;

  /// `holder`: whose budget it is, for messages; a literal.
  explicit Arena(Bytes budget = {}, std::string_view holder = "session");
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// A zero-filled block, aligned to 64 bytes; nullptr never: 0 bytes give a valid unique pointer.
  /// Throws OutOfMemoryError over the budget (naming the largest owners) or when the system refuses.
  void* allocate(std::size_t bytes, const Tag& tag);
  /// Gives one block back; pages go to the system at once where they are the block's own, or when its chunk is empty.
  void release(void* block) noexcept;
  /// A part of a block's bytes.
  struct Share {
    Tag tag;
    std::int64_t bytes = 0;
  };
  /// Books a block on several tags instead of its own; the shares must add up to its bytes. What is in use in all stays
  /// as it is, and a peak that stands now is divided in the same way.
  void attribute(void* block, std::span<const Share> shares);
  /// Throws the same OutOfMemoryError as an allocation of `bytes` would; `what` says what for, `planned` are
  /// owners that would come (named in the message beside those that exist).
  void check(std::int64_t bytes, std::string_view what, const std::vector<MemoryOwner>& planned = {}) const;

  /// Whether so many bytes more are within the budgets, this one's and the process's.
  bool fits(std::int64_t bytes) const noexcept;

  /// Unmaps everything. Each block is void afterwards. The peak starts anew from 0.
  /// Returns {bytes in use, bytes mapped} of before.
  struct Released {
    std::int64_t bytes;
    std::int64_t mapped_bytes;
  };
  Released release_all() noexcept;

  std::int64_t current_bytes() const noexcept;
  std::int64_t peak_bytes() const noexcept;
  std::int64_t mapped_bytes() const noexcept;
  /// Bytes in use of one category.
  std::int64_t current_bytes(MemoryCategory category) const noexcept;
  /// Sets the peak to what is in use now.
  void reset_peak() noexcept;
  Bytes budget() const noexcept;
  void set_budget(Bytes budget);

  MemoryReport report() const;
  MemorySnapshot snapshot() const;
  /// What of the mapped pages is really in memory: pages are there once they have been written.
  struct Resident {
    std::array<std::int64_t, memory_category_count> by_category{};  ///< bytes on loan
    std::int64_t rest = 0;                                          ///< free blocks, ends of pages, the blocks' heads
  };
  Resident resident() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A std::pmr resource over an arena, for graph nodes and the like: wrap it in std::pmr::monotonic_buffer_resource.
class ArenaResource final : public std::pmr::memory_resource {
 public:
  ArenaResource(Arena& arena, MemoryCategory category, std::string owner, SourceLine where)
      : arena_(&arena), category_(category), owner_(std::move(owner)), where_(where) {}

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override;
  void do_deallocate(void* block, std::size_t bytes, std::size_t alignment) override;
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override { return this == &other; }

  Arena* arena_;
  MemoryCategory category_;
  std::string owner_;
  SourceLine where_;
};

}  // namespace keratin::inline v0::core
