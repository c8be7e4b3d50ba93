#include "kernels/crossentropy.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "core/element_convert.h"
#include "kernels/reduce_ops.h"
#include "kernels/softmax_loops.h"

namespace keratin::inline v0::kernels {
namespace {

using reducing::loaded;
using reducing::stored;

constexpr std::int64_t work_grain = 8 * 1024;  ///< elements that are worth a thread
constexpr std::int64_t no_class = -1;

/// The class of row `row`, no_class if there is no such one among n. A floating label counts by its whole part.
template <class Label>
std::int64_t class_at(const std::byte* labels, std::int64_t row, std::int64_t n) noexcept {
  const auto label = core::convert_element<std::int64_t>(reinterpret_cast<const Label*>(labels)[row]);
  return label >= 0 && label < n ? label : no_class;
}
using ClassAt = std::int64_t (*)(const std::byte* labels, std::int64_t row, std::int64_t n) noexcept;

ClassAt class_reader(DType labels) {
  return core::visit_element_type(labels, []<class T>(std::type_identity<T>) -> ClassAt {
    if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::complex<float>>) {
      throw DTypeError("Class indices must be numbers");
    } else {
      return class_at<T>;
    }
  });
}

template <class T>
using Value = reducing::Loaded<T>;

/// The row's maximum and the sum of exp(x − maximum).
template <class T>
void exp_sum(const T* x, std::int64_t n, Value<T>& maximum, Value<T>& sum) {
  if constexpr (std::is_same_v<T, float>) {
    softmax_loops().exp_sum(x, n, maximum, sum);
  } else {
    maximum = reducing::reduce_row<reducing::Max<T>>(x, n);
    sum = 0;
    for (std::int64_t j = 0; j < n; ++j) sum += std::exp(loaded(x[j]) - maximum);
  }
}

/// out = factor · softmax(x)
template <class T>
void scaled_softmax(T* out, const T* x, std::int64_t n, Value<T> factor) {
  if constexpr (std::is_same_v<T, float>) {
    softmax_loops().softmax(out, x, n);
    for (std::int64_t j = 0; j < n; ++j) out[j] *= factor;
  } else {
    Value<T> maximum{};
    Value<T> sum{};
    exp_sum(x, n, maximum, sum);
    for (std::int64_t j = 0; j < n; ++j) out[j] = stored<T>(std::exp(loaded(x[j]) - maximum) * (factor / sum));
  }
}

template <class T>
Value<T> dense_loss(const T* target, const T* x, std::int64_t n) {
  Value<T> maximum{};
  Value<T> sum{};
  exp_sum(x, n, maximum, sum);
  const Value<T> log_sum = std::log(sum);
  Value<T> loss{};
  for (std::int64_t j = 0; j < n; ++j) loss += loaded(target[j]) * (log_sum - (loaded(x[j]) - maximum));
  return loss;
}

template <class T>
Value<T> sparse_loss(std::int64_t label, const T* x, std::int64_t n) {
  if (label == no_class) return std::numeric_limits<Value<T>>::quiet_NaN();
  Value<T> maximum{};
  Value<T> sum{};
  exp_sum(x, n, maximum, sum);
  return std::log(sum) - (loaded(x[label]) - maximum);
}

template <class T>
void dense_gradient(T* out, const T* target, const T* x, std::int64_t n, Value<T> g) {
  Value<T> total{};
  for (std::int64_t j = 0; j < n; ++j) total += loaded(target[j]);
  scaled_softmax(out, x, n, total * g);
  for (std::int64_t j = 0; j < n; ++j) out[j] = stored<T>(loaded(out[j]) - loaded(target[j]) * g);
}

template <class T>
void sparse_gradient(T* out, std::int64_t label, const T* x, std::int64_t n, Value<T> g) {
  if (label == no_class) {
    std::fill(out, out + n, stored<T>(std::numeric_limits<Value<T>>::quiet_NaN()));
    return;
  }
  scaled_softmax(out, x, n, g);
  out[label] = stored<T>(loaded(out[label]) - g);
}

struct Job {
  std::int64_t rows;
  std::int64_t n;
  ClassAt class_of;  ///< nullptr: the target is a distribution

  template <class F>
  void for_rows(core::Parallel& parallel, F&& f) const {
    parallel(rows, std::max<std::int64_t>(1, work_grain / std::max<std::int64_t>(1, n)),
             [&](std::int64_t first, std::int64_t last) {
               for (std::int64_t row = first; row < last; ++row) f(row);
             });
  }
};

template <class T>
class Crossentropy final : public graph::Kernel {
 public:
  explicit Crossentropy(const Job& job) noexcept : job_(job) {}

  void run(const graph::KernelArguments& arguments) const override {
    const T* const x = arguments.input<T>(1);
    T* const out = arguments.output<T>();
    const std::int64_t n = job_.n;
    job_.for_rows(arguments.parallel, [&](std::int64_t row) {
      const T* const logits = x + row * n;
      out[row] = stored<T>(job_.class_of != nullptr ? sparse_loss(job_.class_of(arguments.inputs[0], row, n), logits, n)
                                                    : dense_loss(arguments.input<T>(0) + row * n, logits, n));
    });
  }

 private:
  Job job_;
};

template <class T>
class CrossentropyGradient final : public graph::Kernel {
 public:
  explicit CrossentropyGradient(const Job& job) noexcept : job_(job) {}

  void run(const graph::KernelArguments& arguments) const override {
    const T* const x = arguments.input<T>(1);
    const T* const gradients = arguments.input<T>(2);
    T* const out = arguments.output<T>();
    const std::int64_t n = job_.n;
    job_.for_rows(arguments.parallel, [&](std::int64_t row) {
      const Value<T> g = loaded(gradients[row]);
      if (job_.class_of != nullptr) {
        sparse_gradient(out + row * n, job_.class_of(arguments.inputs[0], row, n), x + row * n, n, g);
      } else {
        dense_gradient(out + row * n, arguments.input<T>(0) + row * n, x + row * n, n, g);
      }
    });
  }

 private:
  Job job_;
};

template <template <class> class K>
graph::KernelPtr kernel_of(const graph::KernelRequest& request, bool sparse) {
  const graph::Spec& logits = request.inputs[1];
  const std::int64_t n = logits.shape.back();
  const Job job{n == 0 ? 0 : logits.elements() / n, n, sparse ? class_reader(request.inputs[0].dtype) : nullptr};
  switch (logits.dtype) {
    case float32:
      return graph::make_kernel<K<float>>(request, job);
    case float64:
      return graph::make_kernel<K<double>>(request, job);
    case bfloat16:
      return graph::make_kernel<K<BFloat16>>(request, job);
    default:
      throw DTypeError("Crossentropy computes in float32, float64 and bfloat16. Received: " + graph::to_string(logits));
  }
}

}  // namespace

graph::KernelPtr crossentropy_kernel(const graph::KernelRequest& request, bool sparse) {
  return kernel_of<Crossentropy>(request, sparse);
}

graph::KernelPtr crossentropy_gradient_kernel(const graph::KernelRequest& request, bool sparse) {
  return kernel_of<CrossentropyGradient>(request, sparse);
}

}  // namespace keratin::inline v0::kernels
