#pragma once

#include <cstddef>
#include <cstdint>

#include "graph/kernel.h"

namespace keratin::inline v0::kernels {

/// The inputs of a gradient that may be missing; attribute "given" has a bit for each that is there.
struct GivenGradients {
  static constexpr std::int64_t sequence = 1;  ///< of the states after each step
  static constexpr std::int64_t last_h = 2;    ///< of those after the last one
  static constexpr std::int64_t last_c = 4;

  std::int64_t given;
  std::size_t first;  ///< input

  GivenGradients(const graph::KernelRequest& request, std::size_t first_input)
      : given(request.attributes.get<std::int64_t>("given")), first(first_input) {}
  /// The input after them.
  std::size_t end() const noexcept { return at(last_c << 1); }
  /// nullptr where it isn't there.
  template <class T>
  const T* find(const graph::KernelArguments& arguments, std::int64_t which) const noexcept {
    return (given & which) == 0 ? nullptr : arguments.input<T>(at(which));
  }

 private:
  std::size_t at(std::int64_t which) const noexcept {
    std::size_t index = first;
    for (std::int64_t bit = sequence; bit < which; bit <<= 1) index += (given & bit) != 0 ? 1 : 0;
    return index;
  }
};

// Kernels of the ops in ops/recurrent.h, which says what their inputs and outputs are. float32 and float64. The batch
// is split over the session's threads; a row's steps run one after the other.
graph::KernelPtr simple_rnn_kernel(const graph::KernelRequest& request);
graph::KernelPtr simple_rnn_gradient_kernel(const graph::KernelRequest& request);
graph::KernelPtr lstm_kernel(const graph::KernelRequest& request);
graph::KernelPtr lstm_gradient_kernel(const graph::KernelRequest& request);
graph::KernelPtr gru_kernel(const graph::KernelRequest& request);
graph::KernelPtr gru_gradient_kernel(const graph::KernelRequest& request);
graph::KernelPtr recurrent_kernel_gradient_kernel(const graph::KernelRequest& request);

/// Whether the kernel of this request, of one that goes forwards, copies the recurrent kernel, input 1, into
/// panels at each run, which have as many numbers. If it never changes, that can be done once: with the attribute
/// packed (bool) it takes, in its place and with its spec, what pack_recurrent_kernel makes of it.
bool packs_recurrent_kernel(const graph::KernelRequest& request);
void pack_recurrent_kernel(const graph::KernelRequest& request, const float* kernel, float* to);

}  // namespace keratin::inline v0::kernels
