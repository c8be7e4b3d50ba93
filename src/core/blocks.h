#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/books.h"

namespace keratin::inline v0::core {

/// The pages of an arena and the blocks in them. Small blocks are cut from shared chunks (first fit, neighbours
/// merged when both are free), large ones have a mapping of their own. In front of each block lies a Header.
/// Not thread-safe; knows nothing of books but the pointer it keeps for each block.
class Blocks {
 public:
  static constexpr std::size_t alignment = 64;

  struct Chunk;
  struct Header {
    std::size_t size = 0;                 ///< of the block with its header; a large block's: its mapping
    std::size_t asked = 0;                ///< bytes the user asked for
    const Books::Entry* entry = nullptr;  ///< nullptr: the block is free
    Chunk* chunk = nullptr;               ///< nullptr: a mapping of its own
    Header* before = nullptr;             ///< small: the neighbour in front of it, in its chunk
    Header* previous = nullptr;           ///< in the list of free or of large blocks
    Header* next = nullptr;

    void* memory() noexcept { return reinterpret_cast<std::byte*>(this) + alignment; }
    const std::byte* memory() const noexcept { return reinterpret_cast<const std::byte*>(this) + alignment; }
    static Header* of(void* memory) noexcept {
      return reinterpret_cast<Header*>(static_cast<std::byte*>(memory) - alignment);
    }
  };
  static_assert(sizeof(Header) <= alignment);

  Blocks() = default;
  ~Blocks() { unmap_all(); }
  Blocks(const Blocks&) = delete;
  Blocks& operator=(const Blocks&) = delete;

  /// Zero-filled memory for `bytes`; nullptr if the system refuses.
  Header* take(std::size_t bytes, const Books::Entry& entry) noexcept;
  void give_back(Header* block) noexcept;
  void unmap_all() noexcept;
  std::size_t mapped_bytes() const noexcept { return mapped_; }
  /// Whether it was the process's budget, not the system, that refused what take() asked for last.
  bool is_over_process_budget() const noexcept { return is_over_process_budget_; }
  /// Pages of the system's, with the blocks in them: one behind another from `first` on up to the end, or only one.
  struct Mapping {
    const std::byte* begin = nullptr;
    std::size_t bytes = 0;
    const Header* first = nullptr;
  };
  std::vector<Mapping> mappings() const;
  /// True if the system would map `bytes` now; they are not kept.
  static bool can_map(std::size_t bytes) noexcept;

 private:
  Header* take_large(std::size_t bytes, const Books::Entry& entry) noexcept;
  Header* take_small(std::size_t size) noexcept;
  Header* add_chunk() noexcept;
  void* map(std::size_t size) noexcept;
  void unmap(void* pages, std::size_t size) noexcept;
  void insert_free(Header* block) noexcept;
  void remove_free(Header* block) noexcept;
  Header* merged_with_neighbours(Header* block) noexcept;

  static constexpr int bin_count = 16;
  static int bin_of(std::size_t size) noexcept;

  Header* free_[bin_count] = {};  ///< by the power of two that the size reaches
  Header* large_ = nullptr;
  Chunk* chunks_ = nullptr;
  std::size_t mapped_ = 0;
  std::size_t mapped_in_chunks_ = 0;
  bool is_over_process_budget_ = false;
};

}  // namespace keratin::inline v0::core
