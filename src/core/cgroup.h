#pragma once

#include <cstdint>
#include <string_view>

namespace keratin::inline v0::core {

/// Bytes that the process's control group, or one around it, allows (memory.max, or memory.limit_in_bytes of version
/// 1); 0: no limit is known. Does not touch the heap.
std::int64_t cgroup_memory_limit() noexcept;

/// The same from the text of a /proc/self/cgroup, with the groups mounted below `mount`.
std::int64_t cgroup_memory_limit(std::string_view groups, std::string_view mount) noexcept;

}  // namespace keratin::inline v0::core
