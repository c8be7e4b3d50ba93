#include "core/process.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#if defined(__GLIBC__)
#include <malloc.h>
#endif
#include <sys/mman.h>
#include <unistd.h>

namespace keratin::inline v0::core {
namespace {

std::size_t page_size() noexcept {
  static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

/// Whether a line of /proc/self/smaps begins a mapping ("55d0-55d1 rwxp 00000000 00:00 0   path"), and what it says.
struct MappingLine {
  bool is_head = false;
  bool is_code_of_no_file = false;

  explicit MappingLine(const std::string& line) {
    std::istringstream words(line);
    std::string range;
    std::string rights;
    std::string offset;
    std::string device;
    std::string inode;
    std::string path;
    words >> range >> rights >> offset >> device >> inode >> path;
    is_head = range.find('-') != std::string::npos && rights.size() == 4 && !inode.empty();
    is_code_of_no_file = is_head && rights[2] == 'x' && inode == "0" && path.empty();
  }
};

}  // namespace

ResidentPages::ResidentPages(const std::byte* begin, std::size_t bytes) : begin_(begin), size_(bytes) {
  pages_.resize((bytes + page_size() - 1) / page_size());
  if (::mincore(const_cast<std::byte*>(begin), bytes, pages_.data()) != 0) pages_.assign(pages_.size(), 0);
}

std::int64_t ResidentPages::bytes_in(const std::byte* from, std::size_t bytes) const noexcept {
  const std::size_t page = page_size();
  const auto first = static_cast<std::size_t>(from - begin_);
  const std::size_t end = std::min(first + bytes, size_);
  std::size_t sum = 0;
  for (std::size_t i = first / page; i * page < end; ++i)
    if ((pages_[i] & 1u) != 0) sum += std::min(end, (i + 1) * page) - std::max(first, i * page);
  return static_cast<std::int64_t>(sum);
}

std::int64_t generated_code_bytes() {
  std::ifstream maps("/proc/self/smaps");
  std::int64_t sum = 0;
  bool counts = false;
  for (std::string line; std::getline(maps, line);) {
    constexpr std::string_view dirty = "Private_Dirty:";
    if (line.starts_with(dirty)) {
      if (counts) sum += std::strtoll(line.c_str() + dirty.size(), nullptr, 10) << 10;
      continue;
    }
    // Fields have a colon behind their name; a mapping's first word has a hyphen.
    if (line.find('-') > line.find(' ')) continue;
    if (const MappingLine head(line); head.is_head) counts = head.is_code_of_no_file;
  }
  return sum;
}

std::int64_t heap_bytes() noexcept {
#if defined(__GLIBC__)
  const struct mallinfo2 info = ::mallinfo2();
  return static_cast<std::int64_t>(info.uordblks + info.hblkhd);
#else
  return 0;
#endif
}

}  // namespace keratin::inline v0::core
