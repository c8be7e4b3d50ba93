#include "kernels/fill.h"

#include <algorithm>

#include "core/element_convert.h"

namespace keratin::inline v0::kernels {
namespace {

template <class T>
class Fill final : public graph::Kernel {
 public:
  Fill(std::int64_t count, T value) noexcept : count_(count), value_(value) {}

  void run(const graph::KernelArguments& arguments) const override {
    T* const out = arguments.output<T>();
    arguments.parallel(count_, 1 << 16,
                       [&](std::int64_t first, std::int64_t last) { std::fill(out + first, out + last, value_); });
  }

 private:
  std::int64_t count_;
  T value_;
};

}  // namespace

graph::KernelPtr fill_kernel(const graph::KernelRequest& request, double value) {
  const graph::Spec& output = request.outputs[0];
  return core::visit_element_type(output.dtype, [&]<class T>(std::type_identity<T>) -> graph::KernelPtr {
    if constexpr (std::is_same_v<T, std::string>)
      throw DTypeError("Strings can't be filled with a number. Received: " + graph::to_string(output));
    else
      return graph::make_kernel<Fill<T>>(request, output.elements(), core::convert_element<T>(value));
  });
}

}  // namespace keratin::inline v0::kernels
