#include "core/cgroup.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>

#include "core/small_file.h"

namespace keratin::inline v0::core {
namespace {

/// Version 1 writes "none" as the largest multiple of a page.
constexpr std::int64_t unlimited_from = std::int64_t{1} << 60;

/// A path put together without the heap; too long a one is no path.
class Path {
 public:
  bool set(std::initializer_list<std::string_view> parts) noexcept {
    std::size_t length = 0;
    for (const std::string_view part : parts) {
      if (length + part.size() >= text_.size()) return false;
      std::memcpy(text_.data() + length, part.data(), part.size());
      length += part.size();
    }
    text_[length] = '\0';
    return true;
  }
  const char* text() const noexcept { return text_.data(); }

 private:
  std::array<char, 4096> text_{};
};

/// The number in a file; 0 where there is none ("max") or no such file.
std::int64_t limit_in(const char* path) noexcept {
  std::array<char, 64> buffer{};
  const std::string_view text = read_small_file(path, buffer);
  std::int64_t limit = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  return error != std::errc() || limit >= unlimited_from ? 0 : limit;
}

/// The smallest limit of a group and those around it. In a container its path may be the host's, of which nothing is
/// mounted: the mount itself is its group then.
std::int64_t smallest_limit(std::string_view mount, std::string_view group, std::string_view file) noexcept {
  std::int64_t smallest = 0;
  Path path;
  for (;;) {
    while (group.ends_with('/')) group.remove_suffix(1);
    if (path.set({mount, group, "/", file}))
      if (const std::int64_t limit = limit_in(path.text()); limit > 0)
        smallest = smallest == 0 ? limit : std::min(smallest, limit);
    if (group.empty()) return smallest;
    group = group.substr(0, group.rfind('/'));
  }
}

bool lists(std::string_view controllers, std::string_view wanted) noexcept {
  while (!controllers.empty()) {
    const std::size_t comma = std::min(controllers.find(','), controllers.size());
    if (controllers.substr(0, comma) == wanted) return true;
    controllers.remove_prefix(std::min(comma + 1, controllers.size()));
  }
  return false;
}

}  // namespace

std::int64_t cgroup_memory_limit(std::string_view groups, std::string_view mount) noexcept {
  std::int64_t smallest = 0;
  while (!groups.empty()) {
    // number:controllers:path; version 2 has one line, without controllers.
    const std::size_t end = std::min(groups.find('\n'), groups.size());
    std::string_view line = groups.substr(0, end);
    groups.remove_prefix(std::min(end + 1, groups.size()));
    line.remove_prefix(std::min(line.find(':'), line.size()));
    if (line.empty()) continue;
    line.remove_prefix(1);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view controllers = line.substr(0, colon);
    const std::string_view group = line.substr(colon + 1);
    std::int64_t limit = 0;
    if (controllers.empty()) limit = smallest_limit(mount, group, "memory.max");
    Path version_1;
    if (lists(controllers, "memory") && version_1.set({mount, "/memory"}))
      limit = smallest_limit(version_1.text(), group, "memory.limit_in_bytes");
    if (limit > 0) smallest = smallest == 0 ? limit : std::min(smallest, limit);
  }
  return smallest;
}

std::int64_t cgroup_memory_limit() noexcept {
  std::array<char, 4096> buffer{};
  return cgroup_memory_limit(read_small_file("/proc/self/cgroup", buffer), "/sys/fs/cgroup");
}

}  // namespace keratin::inline v0::core
