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

/// By row: the maximum and the sum of exp(x − maximum).
template <class T>
void exp_sums(const T* x, std::int64_t rows, std::int64_t n, Value<T>* maxima, Value<T>* sums) {
  if constexpr (std::is_same_v<T, float>) {
    softmax_loops().exp_sum(x, rows, n, maxima, sums);
  } else {
    for (std::int64_t row = 0; row < rows; ++row, x += n) {
      maxima[row] = reducing::reduce_row<reducing::Max<Value<T>>>(x, n);
      sums[row] = 0;
      for (std::int64_t j = 0; j < n; ++j) sums[row] += std::exp(loaded(x[j]) - maxima[row]);
    }
  }
}

template <class T>
void softmaxes(T* out, const T* x, std::int64_t rows, std::int64_t n) {
  if constexpr (std::is_same_v<T, float>) {
    softmax_loops().softmax(out, x, rows, n);
  } else {
    for (std::int64_t row = 0; row < rows; ++row, x += n, out += n) {
      Value<T> maximum{};
      Value<T> sum{};
      exp_sums(x, 1, n, &maximum, &sum);
      for (std::int64_t j = 0; j < n; ++j) out[j] = stored<T>(std::exp(loaded(x[j]) - maximum) / sum);
    }
  }
}

struct Job {
  std::int64_t rows;
  std::int64_t n;
  ClassAt class_of;  ///< nullptr: the target is a distribution

  /// f(row, rows): so many rows from `row` on, few enough for what is kept of each.
  static constexpr std::int64_t most_rows = 64;
  template <class F>
  void for_rows(core::Parallel& parallel, F&& f) const {
    parallel(rows, std::max<std::int64_t>(1, work_grain / std::max<std::int64_t>(1, n)),
             [&](std::int64_t first, std::int64_t last) {
               for (; first < last; first += most_rows) f(first, std::min(most_rows, last - first));
             });
  }
};

template <class T>
class Crossentropy final : public graph::Kernel {
 public:
  explicit Crossentropy(const Job& job) noexcept : job_(job) {}

  void run(const graph::KernelArguments& arguments) const override {
    job_.for_rows(arguments.parallel, [&](std::int64_t first, std::int64_t rows) {
      const T* const x = arguments.input<T>(1) + first * job_.n;
      Value<T> maxima[Job::most_rows];
      Value<T> sums[Job::most_rows];
      exp_sums(x, rows, job_.n, maxima, sums);
      for (std::int64_t i = 0; i < rows; ++i) {
        const T* const logits = x + i * job_.n;
        const Value<T> log_sum = std::log(sums[i]);
        arguments.output<T>()[first + i] =
            stored<T>(job_.class_of != nullptr
                          ? sparse(job_.class_of(arguments.inputs[0], first + i, job_.n), logits, maxima[i], log_sum)
                          : dense(arguments.input<T>(0) + (first + i) * job_.n, logits, maxima[i], log_sum));
      }
    });
  }

 private:
  static Value<T> sparse(std::int64_t label, const T* x, Value<T> maximum, Value<T> log_sum) noexcept {
    if (label == no_class) return std::numeric_limits<Value<T>>::quiet_NaN();
    return log_sum - (loaded(x[label]) - maximum);
  }
  Value<T> dense(const T* target, const T* x, Value<T> maximum, Value<T> log_sum) const noexcept {
    Value<T> loss{};
    for (std::int64_t j = 0; j < job_.n; ++j) loss += loaded(target[j]) * (log_sum - (loaded(x[j]) - maximum));
    return loss;
  }

  Job job_;
};

template <class T>
class CrossentropyGradient final : public graph::Kernel {
 public:
  explicit CrossentropyGradient(const Job& job) noexcept : job_(job) {}

  void run(const graph::KernelArguments& arguments) const override {
    const T* const gradients = arguments.input<T>(2);
    job_.for_rows(arguments.parallel, [&](std::int64_t first, std::int64_t rows) {
      T* const out = arguments.output<T>() + first * job_.n;
      softmaxes(out, arguments.input<T>(1) + first * job_.n, rows, job_.n);
      for (std::int64_t i = 0; i < rows; ++i) {
        const Value<T> g = loaded(gradients[first + i]);
        if (job_.class_of != nullptr) {
          sparse(out + i * job_.n, job_.class_of(arguments.inputs[0], first + i, job_.n), g);
        } else {
          dense(out + i * job_.n, arguments.input<T>(0) + (first + i) * job_.n, g);
        }
      }
    });
  }

 private:
  // From the softmax in `out`.
  void sparse(T* out, std::int64_t label, Value<T> g) const noexcept {
    if (label == no_class) {
      std::fill(out, out + job_.n, stored<T>(std::numeric_limits<Value<T>>::quiet_NaN()));
      return;
    }
    const Value<T> of_label = (loaded(out[label]) - 1) * g;
    for (std::int64_t j = 0; j < job_.n; ++j) out[j] = stored<T>(loaded(out[j]) * g);
    out[label] = stored<T>(of_label);
  }
  void dense(T* out, const T* target, Value<T> g) const noexcept {
    Value<T> total{};
    for (std::int64_t j = 0; j < job_.n; ++j) total += loaded(target[j]);
    const Value<T> factor = total * g;
    for (std::int64_t j = 0; j < job_.n; ++j) out[j] = stored<T>(loaded(out[j]) * factor - loaded(target[j]) * g);
  }

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
