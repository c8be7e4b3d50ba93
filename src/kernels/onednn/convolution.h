#pragma once

#include <cstddef>
#include <memory>

#include "kernels/conv/direction.h"
#include "kernels/conv/epilogue.h"
#include "kernels/conv/geometry.h"

namespace keratin::inline v0::kernels::onednn {

struct ConvolutionPointers {  // the one that the direction names is written
  const float* src = nullptr;
  const float* weights = nullptr;  ///< in the layout of the primitive
  const float* dst = nullptr;
  std::byte* scratchpad = nullptr;
  const float* bias = nullptr;  ///< read if the epilogue has one
};

/// A oneDNN convolution primitive of float32, or that of one of its gradients, on one thread. Inputs and results are
/// read and written as ConvGeometry has them; the kernel has a layout of the primitive's own.
class Convolution {
 public:
  /// nullptr where oneDNN has none but its reference code. `slots`: see Runner. With `like`, weights are in the layout
  /// of that convolution. The epilogue is that of a forward one.
  static std::unique_ptr<Convolution> make(const ConvGeometry& geometry, ConvDirection direction,
                                           const ConvEpilogue& epilogue, int slots, const Convolution* like = nullptr);
  ~Convolution();
  Convolution(const Convolution&) = delete;
  Convolution& operator=(const Convolution&) = delete;

  std::size_t scratchpad_bytes() const noexcept;
  void run(int slot, const ConvolutionPointers& pointers) const;

  /// Whether the layout of the weights differs from ConvGeometry's.
  bool reorders() const noexcept;
  std::size_t weights_bytes() const noexcept;  ///< in the primitive's layout
  std::size_t reorder_scratchpad_bytes() const noexcept;
  /// From ConvGeometry's layout to the primitive's; for the gradient of the weights, the other way round.
  void reorder(const float* from, float* to, std::byte* scratchpad) const;

 private:
  struct Impl;
  explicit Convolution(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

}  // namespace keratin::inline v0::kernels::onednn
