#include "core/blocks.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <new>

#include <sys/mman.h>

#include "core/pages.h"
#include "core/process_account.h"
#include "core/rounded_up.h"

namespace keratin::inline v0::core {

/// The head of a chunk; its blocks follow, up to its end.
struct Blocks::Chunk {
  std::size_t size = 0;
  Chunk* previous = nullptr;
  Chunk* next = nullptr;
  std::size_t touched = 0;  ///< bytes from the chunk's start that were ever handed out: beyond them all is 0 still

  Header* first() noexcept { return reinterpret_cast<Header*>(reinterpret_cast<std::byte*>(this) + alignment); }
  std::byte* end() noexcept { return reinterpret_cast<std::byte*>(this) + size; }
};

namespace {

constexpr std::size_t smallest_chunk = std::size_t{64} << 10;
constexpr std::size_t largest_chunk = std::size_t{512} << 10;
constexpr std::size_t large_from = smallest_chunk / 2;
constexpr std::size_t smallest_block = 2 * Blocks::alignment;

Blocks::Header* neighbour_after(Blocks::Header* block) noexcept {
  return reinterpret_cast<Blocks::Header*>(reinterpret_cast<std::byte*>(block) + block->size);
}

}  // namespace

int Blocks::bin_of(std::size_t size) noexcept {
  return std::min(bin_count - 1, static_cast<int>(std::bit_width(size / alignment)) - 1);
}

void Blocks::insert_free(Header* block) noexcept {
  Header*& head = free_[bin_of(block->size)];
  block->entry = nullptr;
  block->previous = nullptr;
  block->next = head;
  if (head != nullptr) head->previous = block;
  head = block;
}

void Blocks::remove_free(Header* block) noexcept {
  if (block->previous != nullptr) {
    block->previous->next = block->next;
  } else {
    free_[bin_of(block->size)] = block->next;
  }
  if (block->next != nullptr) block->next->previous = block->previous;
}

/// Pages on the process's account; nullptr if its budget or the system refuses.
void* Blocks::map(std::size_t size) noexcept {
  is_over_process_budget_ = !ProcessAccount::take(size);
  if (is_over_process_budget_) return nullptr;
  void* const pages = map_pages(size);
  if (pages == nullptr) {
    ProcessAccount::give_back(size);
    return nullptr;
  }
  mapped_ += size;
  return pages;
}

Blocks::Header* Blocks::add_chunk() noexcept {
  // A quarter of what there is: few mappings for a session with many blocks, little unused in a small one.
  const std::size_t size = std::clamp(std::bit_floor(mapped_in_chunks_ / 4 + 1), smallest_chunk, largest_chunk);
  void* const pages = map(size);
  if (pages == nullptr) return nullptr;
  mapped_in_chunks_ += size;
  auto* const chunk = new (pages) Chunk{.size = size, .previous = nullptr, .next = chunks_, .touched = 0};
  if (chunks_ != nullptr) chunks_->previous = chunk;
  chunks_ = chunk;
  return new (chunk->first()) Header{.size = size - alignment, .chunk = chunk};
}

/// A block of exactly `size` bytes (or a little more, if the rest were too small for a block), in no list.
Blocks::Header* Blocks::take_small(std::size_t size) noexcept {
  Header* found = nullptr;
  for (int bin = bin_of(size); bin < bin_count && found == nullptr; ++bin)
    for (Header* block = free_[bin]; block != nullptr && found == nullptr; block = block->next)
      if (block->size >= size) found = block;
  if (found != nullptr) {
    remove_free(found);
  } else {
    found = add_chunk();
    if (found == nullptr) return nullptr;
  }
  if (found->size - size < smallest_block) return found;
  auto* const rest = new (reinterpret_cast<std::byte*>(found) + size)
      Header{.size = found->size - size, .chunk = found->chunk, .before = found};
  if (Header* const after = neighbour_after(rest); reinterpret_cast<std::byte*>(after) < found->chunk->end())
    after->before = rest;
  found->size = size;
  insert_free(rest);
  return found;
}

Blocks::Header* Blocks::take_large(std::size_t bytes, const Books::Entry& entry) noexcept {
  is_over_process_budget_ = false;
  if (bytes > static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max()) / 2) return nullptr;
  const std::size_t size = rounded_up(bytes + alignment, page_size());
  void* const pages = map(size);
  if (pages == nullptr) return nullptr;
  auto* const block = new (pages) Header{.size = size, .asked = bytes, .entry = &entry, .next = large_};
  if (large_ != nullptr) large_->previous = block;
  large_ = block;
  return block;
}

Blocks::Header* Blocks::take(std::size_t bytes, const Books::Entry& entry) noexcept {
  if (bytes >= large_from) return take_large(bytes, entry);
  const std::size_t size = std::max(smallest_block, alignment + rounded_up(bytes, alignment));
  Header* const block = take_small(size);
  if (block == nullptr) return nullptr;
  block->asked = bytes;
  block->entry = &entry;
  // Fresh pages are 0 already; what was used before, or held a free block's header, is not.
  Chunk* const chunk = block->chunk;
  const auto start =
      static_cast<std::size_t>(static_cast<std::byte*>(block->memory()) - reinterpret_cast<std::byte*>(chunk));
  if (chunk->touched > start) std::memset(block->memory(), 0, std::min(bytes, chunk->touched - start));
  // The header of the free rest behind the block counts as touched.
  chunk->touched = std::max(chunk->touched, std::min(chunk->size, start + block->size));
  return block;
}

Blocks::Header* Blocks::merged_with_neighbours(Header* block) noexcept {
  const std::byte* const end = block->chunk->end();
  Header* const after = neighbour_after(block);
  if (reinterpret_cast<std::byte*>(after) < end && after->entry == nullptr) {
    remove_free(after);
    block->size += after->size;
  }
  if (Header* const before = block->before; before != nullptr && before->entry == nullptr) {
    remove_free(before);
    before->size += block->size;
    block = before;
  }
  Header* const behind = neighbour_after(block);
  if (reinterpret_cast<std::byte*>(behind) < end) behind->before = block;
  return block;
}

void Blocks::give_back(Header* block) noexcept {
  if (block->chunk == nullptr) {
    if (block->previous != nullptr) {
      block->previous->next = block->next;
    } else {
      large_ = block->next;
    }
    if (block->next != nullptr) block->next->previous = block->previous;
    return unmap(block, block->size);
  }
  Chunk* const chunk = block->chunk;
  block->entry = nullptr;
  block = merged_with_neighbours(block);
  // An empty chunk goes back, but for the last one: a block taken and given back in turn would map it each time.
  const bool empty = block->size == chunk->size - alignment;
  const bool last = chunk->previous == nullptr && chunk->next == nullptr;
  if (!empty || (last && chunk->size == smallest_chunk)) return insert_free(block);
  (chunk->previous != nullptr ? chunk->previous->next : chunks_) = chunk->next;
  if (chunk->next != nullptr) chunk->next->previous = chunk->previous;
  mapped_in_chunks_ -= chunk->size;
  unmap(chunk, chunk->size);
}

void Blocks::unmap(void* pages, std::size_t size) noexcept {
  ::munmap(pages, size);
  mapped_ -= size;
  ProcessAccount::give_back(size);
}

void Blocks::unmap_all() noexcept {
  while (large_ != nullptr) {
    Header* const block = large_;
    large_ = block->next;
    unmap(block, block->size);
  }
  while (chunks_ != nullptr) {
    Chunk* const chunk = chunks_;
    chunks_ = chunk->next;
    unmap(chunk, chunk->size);
  }
  std::fill(std::begin(free_), std::end(free_), nullptr);
  mapped_in_chunks_ = 0;
}

std::vector<Blocks::Mapping> Blocks::mappings() const {
  std::vector<Mapping> all;
  for (const Header* block = large_; block != nullptr; block = block->next)
    all.push_back({reinterpret_cast<const std::byte*>(block), block->size, block});
  for (Chunk* chunk = chunks_; chunk != nullptr; chunk = chunk->next)
    all.push_back({reinterpret_cast<const std::byte*>(chunk), chunk->size, chunk->first()});
  return all;
}

bool Blocks::can_map(std::size_t bytes) noexcept {
  const std::size_t size = rounded_up(std::max<std::size_t>(1, bytes), page_size());
  void* const pages = map_pages(size);
  if (pages == nullptr) return false;
  ::munmap(pages, size);
  return true;
}

}  // namespace keratin::inline v0::core
