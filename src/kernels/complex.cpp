#include "kernels/complex.h"

#include <complex>
#include <cstdint>

namespace keratin::inline v0::kernels {
namespace {

class ComplexKernel final : public graph::Kernel {
 public:
  explicit ComplexKernel(std::int64_t count) noexcept : count_(count) {}

  void run(const graph::KernelArguments& arguments) const override {
    constexpr std::int64_t grain = 16 * 1024;
    const auto* const real = arguments.input<float>(0);
    const auto* const imaginary = arguments.input<float>(1);
    auto* const out = arguments.output<std::complex<float>>();
    arguments.parallel(count_, grain, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i) out[i] = {real[i], imaginary[i]};
    });
  }

 private:
  std::int64_t count_;
};

}  // namespace

graph::KernelPtr complex_kernel(const graph::KernelRequest& request) {
  return graph::make_kernel<ComplexKernel>(request, request.outputs[0].elements());
}

}  // namespace keratin::inline v0::kernels
