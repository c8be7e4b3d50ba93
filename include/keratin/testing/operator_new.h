#pragma once

// Replaces operator new in the program that has this header in one of its source files (in two, it doesn't link), so
// that kt::testing::FailingAllocation reaches the heap's requests.
#include <cstddef>
#include <cstdlib>
#include <new>

#include "keratin/testing/failing_allocation.h"

namespace keratin::inline v0::testing::detail {

// Not inlined: the compiler would take a minute for a file of tests with them in each of its containers.

/// nullptr where there is no memory, or is to be none.
[[gnu::noinline]] inline void* heap_block(std::size_t bytes, std::size_t alignment) noexcept {
  if (refuses_heap()) return nullptr;
  if (bytes == 0) bytes = 1;
  if (alignment <= alignof(std::max_align_t)) return std::malloc(bytes);
  return std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
}
[[gnu::noinline]] inline void* heap_block_or_throw(std::size_t bytes, std::size_t alignment) {
  void* const block = heap_block(bytes, alignment);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

namespace {
[[maybe_unused]] const bool is_noted = heap_is_replaced();
}  // namespace

}  // namespace keratin::inline v0::testing::detail

[[gnu::noinline]] void* operator new(std::size_t bytes) {
  return keratin::testing::detail::heap_block_or_throw(bytes, 1);
}
[[gnu::noinline]] void* operator new[](std::size_t bytes) {
  return keratin::testing::detail::heap_block_or_throw(bytes, 1);
}
[[gnu::noinline]] void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return keratin::testing::detail::heap_block_or_throw(bytes, static_cast<std::size_t>(alignment));
}
[[gnu::noinline]] void* operator new[](std::size_t bytes, std::align_val_t alignment) {
  return keratin::testing::detail::heap_block_or_throw(bytes, static_cast<std::size_t>(alignment));
}
[[gnu::noinline]] void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return keratin::testing::detail::heap_block(bytes, 1);
}
[[gnu::noinline]] void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept {
  return keratin::testing::detail::heap_block(bytes, 1);
}
[[gnu::noinline]] void* operator new(std::size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return keratin::testing::detail::heap_block(bytes, static_cast<std::size_t>(alignment));
}
[[gnu::noinline]] void* operator new[](std::size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return keratin::testing::detail::heap_block(bytes, static_cast<std::size_t>(alignment));
}
[[gnu::noinline]] void operator delete(void* block) noexcept { std::free(block); }
[[gnu::noinline]] void operator delete[](void* block) noexcept { std::free(block); }
[[gnu::noinline]] void operator delete(void* block, std::size_t) noexcept { std::free(block); }
[[gnu::noinline]] void operator delete[](void* block, std::size_t) noexcept { std::free(block); }
[[gnu::noinline]] void operator delete(void* block, std::align_val_t) noexcept { std::free(block); }
[[gnu::noinline]] void operator delete[](void* block, std::align_val_t) noexcept { std::free(block); }
[[gnu::noinline]] void operator delete(void* block, std::size_t, std::align_val_t) noexcept { std::free(block); }
[[gnu::noinline]] void operator delete[](void* block, std::size_t, std::align_val_t) noexcept { std::free(block); }
[[gnu::noinline]] void operator delete(void* block, const std::nothrow_t&) noexcept { std::free(block); }
[[gnu::noinline]] void operator delete[](void* block, const std::nothrow_t&) noexcept { std::free(block); }
[[gnu::noinline]] void operator delete(void* block, std::align_val_t, const std::nothrow_t&) noexcept {
  std::free(block);
}
[[gnu::noinline]] void operator delete[](void* block, std::align_val_t, const std::nothrow_t&) noexcept {
  std::free(block);
}
