#include "core/pages.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>

#include <gtest/gtest.h>
#include <sys/mman.h>

namespace {

using keratin::core::map_pages;
using keratin::core::page_size;

/// Of the whole process, in pages.
std::size_t mapped_pages() {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("/proc/self/statm", "r"), &std::fclose);
  std::size_t pages = 0;
  EXPECT_EQ(std::fscanf(file.get(), "%zu", &pages), 1);
  return pages;
}

TEST(Pages, ManyBeginAtALargePageAndAreNoMoreThanAskedFor) {
  constexpr std::size_t large = std::size_t{2} << 20;
  mapped_pages();  // what reading takes of the heap is there from now on
  for (const std::size_t bytes : {page_size(), large - page_size(), large, large + page_size(), 5 * large}) {
    const std::size_t before = mapped_pages();
    auto* const pages = static_cast<std::byte*>(map_pages(bytes));
    ASSERT_NE(pages, nullptr);
    EXPECT_EQ(mapped_pages(), before + bytes / page_size()) << bytes;
    if (bytes >= large) {
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(pages) % large, 0u) << bytes;
    }
    const std::span<std::byte> all(pages, bytes);
    EXPECT_TRUE(std::ranges::all_of(all, [](std::byte byte) { return byte == std::byte{0}; })) << bytes;
    std::ranges::fill(all, std::byte{1});
    EXPECT_EQ(::munmap(pages, bytes), 0);
    EXPECT_EQ(mapped_pages(), before) << bytes;
  }
}

TEST(Pages, MoreThanThereCanBeAreRefused) { EXPECT_EQ(map_pages(std::size_t{1} << 60), nullptr); }

}  // namespace
