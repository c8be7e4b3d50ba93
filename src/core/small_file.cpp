#include "core/small_file.h"

#include <cstddef>

#include <fcntl.h>
#include <unistd.h>

namespace keratin::inline v0::core {

std::string_view read_small_file(const char* path, std::span<char> buffer) noexcept {
  const int file = ::open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  std::size_t length = 0;
  while (length < buffer.size()) {
    const ssize_t count = ::read(file, buffer.data() + length, buffer.size() - length);
    if (count <= 0) break;
    length += static_cast<std::size_t>(count);
  }
  ::close(file);
  return {buffer.data(), length};
}

}  // namespace keratin::inline v0::core
