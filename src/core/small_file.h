#pragma once

#include <span>
#include <string_view>

namespace keratin::inline v0::core {

/// A small file's text in `buffer`, which it is cut off at; empty where there is no such file. Does not touch the heap:
/// what describes the process's memory is read with it.
std::string_view read_small_file(const char* path, std::span<char> buffer) noexcept;

}  // namespace keratin::inline v0::core
