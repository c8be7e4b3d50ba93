#include "keratin/core/spec.h"

#include <algorithm>
#include <atomic>
#include <span>
#include <vector>

#include "keratin/core/error.h"

namespace keratin::inline v0::detail {
namespace {

/// Levenshtein's distance: insertions, deletions and replacements that make one word the other.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = std::exchange(row[j + 1], std::min({replaced, row[j] + 1, row[j + 1] + 1}));
    }
  }
  return row.back();
}

}  // namespace

SharedCount::~SharedCount() = default;
void SharedCount::add_use() const noexcept { std::atomic_ref(uses_).fetch_add(1, std::memory_order_relaxed); }
void SharedCount::end_use() const noexcept {
  if (std::atomic_ref(uses_).fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

const char* listed_name(const std::string_view* names, std::size_t count, std::string_view text,
                        std::string_view what) {
  std::string_view nearest;
  std::size_t least = text.size() / 2 + 1;
  std::string all;
  for (const std::string_view each : std::span(names, count)) {
    if (each == text) return each.data();
    if (const std::size_t steps = distance(each, text); steps < least) {
      least = steps;
      nearest = each;
    }
    all += (all.empty() ? "" : ", ") + std::string(each);
  }
  throw ValueError("Unknown name of " + std::string(what) + "." +
                   (nearest.empty() ? "" : " Did you mean '" + std::string(nearest) + "'?") + " Known: " + all +
                   ". Received: '" + std::string(text) + "'");
}

void this_name_is_not_known_see_the_list_of_names_above_the_class() {}

}  // namespace keratin::inline v0::detail
