#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "core/arena.h"
#include "keratin/core/memory.h"

namespace keratin::inline v0::core {

/// An arena's books: bytes in use by category, owner and source line, their peak, and the budget. Not thread-safe.
class Books {
 public:
  /// What one owner holds from one line in one category.
  struct Entry {
    std::string owner;
    SourceLine where;
    MemoryCategory category;
    mutable std::int64_t bytes = 0;
    mutable std::int64_t blocks = 0;
  };

  /// The entry of a tag, made if it isn't there. Stays where it is until it is dropped.
  const Entry& entry(const Tag& tag);
  void add(const Entry& entry, std::int64_t bytes) noexcept;
  void subtract(const Entry& entry, std::int64_t bytes) noexcept;
  /// A block's bytes, or some of them, on one entry.
  struct Part {
    const Entry* entry = nullptr;
    std::int64_t bytes = 0;
  };
  /// Takes parts off the books and puts others on them; where the sum stays the same, no peak comes of it.
  void exchange(std::span<const Part> off, std::span<const Part> on) noexcept;
  /// Forgets an entry that no block is booked on.
  void drop_if_unused(const Entry& entry) noexcept;
  /// Forgets all of them.
  void drop_unused() noexcept;
  /// Forgets everything, the peak included, and frees the books' own memory.
  void clear() noexcept;

  std::int64_t current() const noexcept { return current_; }
  std::int64_t current(MemoryCategory category) const noexcept { return by_category_[index(category)]; }
  std::int64_t peak() const noexcept { return peak_; }
  void reset_peak() noexcept;
  Bytes budget() const noexcept { return budget_; }
  void set_budget(Bytes budget) noexcept { budget_ = budget; }
  std::string_view holder() const noexcept { return holder_; }
  void set_holder(std::string_view literal) noexcept { holder_ = literal; }
  bool fits(std::int64_t bytes) const noexcept { return budget_.count <= 0 || bytes <= budget_.count - current_; }

  /// Every entry, largest first.
  std::vector<MemoryOwner> owners() const;
  MemoryReport report(std::int64_t mapped_bytes) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(const Tag& tag) const noexcept;
    std::size_t operator()(const Entry& entry) const noexcept { return (*this)(as_tag(entry)); }
  };
  struct Equal {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const noexcept {
      return same(as_tag(a), as_tag(b));
    }
  };
  static Tag as_tag(const Entry& entry) noexcept { return {entry.category, entry.owner, entry.where}; }
  static const Tag& as_tag(const Tag& tag) noexcept { return tag; }
  static bool same(const Tag& a, const Tag& b) noexcept;
  static std::size_t index(MemoryCategory category) noexcept { return static_cast<std::size_t>(category); }

  using ByCategory = std::array<std::int64_t, memory_category_count>;
  std::unordered_set<Entry, Hash, Equal> entries_;
  ByCategory by_category_{};
  ByCategory peak_by_category_{};
  std::int64_t current_ = 0;
  std::int64_t peak_ = 0;
  Bytes budget_{};
  std::string_view holder_ = "session";
};

/// Who asks for how much, for the message of an OutOfMemoryError.
struct MemoryRequest {
  std::string_view what;
  SourceLine where;
  std::int64_t bytes = 0;
};

/// The request is over the budget. `planned` are owners that would come; they are listed beside those that exist.
[[noreturn]] void throw_over_budget(const Books& books, const MemoryRequest& request,
                                    const std::vector<MemoryOwner>& planned);
/// The request is over the budget that all sessions and predictors of the process share.
[[noreturn]] void throw_over_process_budget(const Books& books, const MemoryRequest& request, std::int64_t mapped_bytes,
                                            const std::vector<MemoryOwner>& planned = {});
/// The operating system (or the heap) refused the request.
[[noreturn]] void throw_refused(const Books& books, const MemoryRequest& request, std::int64_t mapped_bytes,
                                const std::vector<MemoryOwner>& planned = {});

}  // namespace keratin::inline v0::core
