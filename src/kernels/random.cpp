#include "kernels/random.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <span>
#include <string>

#include "keratin/core/error.h"
#include "kernels/random_blocks.h"

namespace keratin::inline v0::kernels {
namespace {

using core::PhiloxKey;

std::span<float> range(float* out, std::int64_t n) noexcept { return {out, static_cast<std::size_t>(n)}; }

// Each fills n numbers of a stream at a step, from its element `first` on.
struct Uniform {
  static void fill(float* out, std::int64_t n, PhiloxKey key, std::uint64_t step, std::uint64_t first) noexcept {
    fill_uniform(core::cpu_level(), out, n, key, step, first);
  }
};

struct Normal {
  static void fill(float* out, std::int64_t n, PhiloxKey key, std::uint64_t step, std::uint64_t first) noexcept {
    core::fill_normal(range(out, n), key, step, first);
  }
};

struct TruncatedNormal {
  static void fill(float* out, std::int64_t n, PhiloxKey key, std::uint64_t step, std::uint64_t first) noexcept {
    core::fill_normal(range(out, n), key, step, first);
    for (std::int64_t i = 0; i < n; ++i) {
      PhiloxKey next = key;
      while (std::abs(out[i]) > 2.0f) {
        next[1] += 0x85ebca6bu;  // any odd step: a key of its own for each time
        out[i] = core::normal_at(next, step, first + static_cast<std::uint64_t>(i));
      }
    }
  }
};

template <class Source>
class RandomKernel final : public graph::Kernel {
 public:
  explicit RandomKernel(const graph::KernelRequest& request)
      : elements_(request.outputs[0].elements()), dtype_(request.outputs[0].dtype) {
    if (dtype_ != float32 && dtype_ != float64)
      throw DTypeError(std::string("random: numbers are float32 or float64. Received: ").append(name_of(dtype_)));
    const auto& key = request.attributes.get<graph::Ints>("key");
    for (std::size_t i = 0; i < key_.size(); ++i) key_[i] = static_cast<std::uint32_t>(key[i]);
  }

  void run(const graph::KernelArguments& arguments) const override {
    std::uint64_t step = 0;
    std::memcpy(&step, arguments.inputs[0], sizeof step);
    constexpr std::int64_t grain = 16384;
    arguments.parallel(elements_, grain, [&](std::int64_t first, std::int64_t last) {
      if (dtype_ == float32) {
        Source::fill(arguments.output<float>() + first, last - first, key_, step, static_cast<std::uint64_t>(first));
      } else {
        fill_doubles(arguments.output<double>(), first, last, step);
      }
    });
  }

 private:
  void fill_doubles(double* out, std::int64_t first, std::int64_t last, std::uint64_t step) const noexcept {
    std::array<float, 1024> numbers;
    for (std::int64_t at = first; at < last;) {
      const std::int64_t n = std::min<std::int64_t>(last - at, numbers.size());
      Source::fill(numbers.data(), n, key_, step, static_cast<std::uint64_t>(at));
      std::copy_n(numbers.data(), n, out + at);
      at += n;
    }
  }

  std::int64_t elements_;
  DType dtype_;
  PhiloxKey key_{};
};

UniformBlocks blocks_of(core::CpuLevel level) noexcept {
#if defined(__x86_64__)
  if (level == core::CpuLevel::avx512) return &avx512::uniform_blocks;
  if (level == core::CpuLevel::avx2) return &avx2::uniform_blocks;
#endif
  static_cast<void>(level);
  return nullptr;
}

}  // namespace

void fill_uniform(core::CpuLevel level, float* out, std::int64_t n, PhiloxKey key, std::uint64_t step,
                  std::uint64_t first) noexcept {
  const UniformBlocks blocks = blocks_of(level);
  const std::int64_t before = std::min<std::int64_t>(n, static_cast<std::int64_t>((4 - first % 4) % 4));
  const std::int64_t whole = blocks == nullptr ? 0 : (n - before) / 4 / block_lanes * block_lanes;
  core::fill_uniform(range(out, before), key, step, first);
  const std::uint64_t middle = first + static_cast<std::uint64_t>(before);
  if (whole > 0) blocks(out + before, key.data(), step, middle / 4, whole);
  const std::int64_t done = before + 4 * whole;
  core::fill_uniform(range(out + done, n - done), key, step, first + static_cast<std::uint64_t>(done));
}

graph::KernelPtr random_uniform_kernel(const graph::KernelRequest& request) {
  return graph::make_kernel<RandomKernel<Uniform>>(request, request);
}

graph::KernelPtr random_normal_kernel(const graph::KernelRequest& request) {
  return graph::make_kernel<RandomKernel<Normal>>(request, request);
}

graph::KernelPtr truncated_normal_kernel(const graph::KernelRequest& request) {
  return graph::make_kernel<RandomKernel<TruncatedNormal>>(request, request);
}

}  // namespace keratin::inline v0::kernels
