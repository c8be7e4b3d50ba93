#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <vector>

#include "graph/kernel.h"
#include "graph/program.h"
#include "kernels/elementwise/broadcast.h"
#include "kernels/elementwise/loops.h"

namespace keratin::inline v0::kernels {

/// An entry of the table of addresses that a run makes: first the inputs, then the outputs, the constants, the cells
/// (one element each) and the slots (a tile each).
using Place = std::uint16_t;

/// One loop, of an instruction or of an idiom, or (both are nullptr) a tile of a broadcast input.
struct Step {
  Loop loop = nullptr;
  IdiomLoop idiom = nullptr;
  Place out = 0;
  std::array<Place, 5> arguments{};
  std::uint16_t load = 0;  ///< which of the loads
};

struct Load {
  Broadcast broadcast;
  Place input;
};

/// An element that becomes a tile of itself.
struct Splat {
  Place from;
  Place slot;
  std::uint8_t element_bytes;
};

/// An output that an instruction writes while an input is still to be read: where the two are one memory, the slot
/// takes it until the tile ends.
struct Deferred {
  std::uint16_t output;
  Place slot;
  std::uint16_t written;  ///< by this instruction
};

/// How an elementwise program runs: what once, what for each tile, and which value lies where.
struct Schedule {
  explicit Schedule(std::pmr::memory_resource* memory);

  std::int64_t elements = 0;
  std::int64_t grain = 1;  ///< elements below which threads don't pay
  std::int64_t tile = 1;
  std::size_t slot_bytes = 0;
  std::uint16_t inputs = 0;
  std::uint16_t outputs = 0;
  std::uint16_t constant_count = 0;
  std::uint16_t cells = 0;
  std::uint16_t slots = 0;

  std::pmr::vector<std::uint8_t> element_bytes;  ///< of inputs, then outputs
  std::pmr::vector<std::int32_t> last_use;    ///< by input of the output's size: the instruction; −1 for the others
  std::pmr::vector<std::uint64_t> constants;  ///< an element in the first bytes of each
  std::pmr::vector<Step> once;                ///< on one element: what depends on scalars alone
  std::pmr::vector<Splat> splats;
  std::pmr::vector<Load> loads;
  std::pmr::vector<Step> steps;
  std::pmr::vector<Deferred> deferred;

  Place output_place(std::size_t output) const noexcept { return static_cast<Place>(inputs + output); }
  Place constant_place(std::size_t constant) const noexcept { return static_cast<Place>(inputs + outputs + constant); }
  Place cell_place(std::size_t cell) const noexcept {
    return static_cast<Place>(constant_place(constant_count) + cell);
  }
  Place slot_place(std::size_t slot) const noexcept { return static_cast<Place>(cell_place(cells) + slot); }
  std::size_t places() const noexcept { return slot_place(slots); }
};

/// Bytes of cells and slots together, and of places, that a run has room for.
inline constexpr std::size_t scratch_bytes = 64 * 1024;
inline constexpr std::size_t max_places = 512;
inline constexpr std::size_t cell_bytes = 8;

/// Throws DTypeError for an instruction without a loop, ShapeError for inputs that don't broadcast to the outputs,
/// InternalError for a program that isn't one.
Schedule schedule(const graph::KernelRequest& request, graph::Program program);

}  // namespace keratin::inline v0::kernels
