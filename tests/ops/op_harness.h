#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "keratin/core/array.h"
#include "keratin/core/dtype.h"
#include "keratin/core/shape.h"
#include "keratin/graph/tensor.h"

namespace keratin::test {

/// An input of a row. Values are drawn uniformly from [low, high]: whole numbers for integers (low at 0 for unsigned
/// ones), both values for bool. Keep floating ranges away from kinks and poles if the row checks gradients.
struct Input {
  Shape shape;
  double low = -2.0;
  double high = 2.0;
  std::optional<DType> dtype = {};  ///< this one always, whatever dtype is tested: indices, masks
  bool differentiable = true;       ///< false: its gradient isn't checked
  bool batched = true;              ///< its first dimension is the batch: also run with 1, 0 and −1 for it
  std::vector<double> values = {};  ///< these, in row-major order, instead of drawn ones; then it is not batched
};

/// A function of Tensors (or of Arrays) that returns one or a vector of them.
template <class Value>
class Mapping {
 public:
  Mapping() = default;
  template <class F>
    requires std::invocable<F, std::span<const Value>>
  Mapping(F function) {
    if constexpr (std::is_convertible_v<std::invoke_result_t<F, std::span<const Value>>, Value>) {
      function_ = [f = std::move(function)](std::span<const Value> x) { return std::vector<Value>{f(x)}; };
    } else {
      function_ = std::move(function);
    }
  }
  explicit operator bool() const { return static_cast<bool>(function_); }
  std::vector<Value> operator()(std::span<const Value> x) const { return function_(x); }

 private:
  std::function<std::vector<Value>(std::span<const Value>)> function_;
};

// What a row may say of its first result's dtype, given the tested one.
DType same_dtype(DType tested);
DType gives_boolean(DType tested);
DType gives_int32(DType tested);
DType gives_floating(DType tested);  ///< float32 for integers and bool, else the same

/// One row of the harness:
///
///     {.name = "maximum",
///      .ops = {"maximum"},
///      .build = [](auto x) { return ops::maximum(x[0], x[1]); },
///      .inputs = {{{3, 4}}, {.shape = {4}, .batched = false}},
///      .reference = each([](double a, double b) { return std::max(a, b); }),
///      .dtypes = {float32, float64, int32}}
///
/// For every dtype in `dtypes`, the results' values, dtype and shape are compared with the reference's; the same with a
/// batch of 1 and of 0; gradients in float64 with central finite differences; kernels that may run in place with
/// themselves out of place, bit by bit; shapes inferred with an unknown batch with the concrete ones.
struct OpRow {
  std::string name;                   ///< of the test: letters, digits and _; no two rows have the same
  std::vector<std::string> ops = {};  ///< names of the OpDefs that it covers: each is in the graph or in its gradient's
  Mapping<Tensor> build = {};         ///< with the public functions of ops/
  std::vector<Input> inputs = {};
  /// From the inputs as float64 (as they are after rounding to the tested dtype); results are compared as float64.
  /// Empty for what has no reference (random numbers): then only the rest is checked.
  Mapping<Array> reference = {};
  std::vector<DType> dtypes = {float32, float64};
  DType (*result_dtype)(DType tested) = same_dtype;
  bool gradient = true;     ///< set to false where no gradient flows (comparisons, integers): then it must be none
  bool batch = true;        ///< false: no input has a batch (its first dimension is like the others)
  bool empty_batch = true;  ///< false: not defined for 0 rows (the maximum over the batch)
  /// |result − reference| ≤ tolerance · (1 + |reference|), for float32; float64 and bfloat16 have their own.
  double tolerance = 2e-6;
  double tolerance_float64 = 1e-12;
  double tolerance_bfloat16 = 1e-2;  ///< and float16
  double tolerance_gradient = 1e-6;
};

/// A row in GoogleTest's messages.
void PrintTo(const OpRow& row, std::ostream* out);

/// The reference of an elementwise op, from its function of 1 to 3 doubles (or what converts from bool): broadcasts.
template <class F>
Mapping<Array> each(F function);

/// The float64 array of this shape with f(index) at each index; for references.
Array generated(const Shape& shape, const std::function<double(std::span<const std::int64_t> index)>& f);
/// An element of a float64 array, at an index that broadcasts: dimensions of size 1 repeat, missing ones are left out.
double element(const Array& array, std::span<const std::int64_t> index);
/// The shape that all broadcast to.
Shape broadcast_shape(std::span<const Array> arrays);

template <class F>
Mapping<Array> each(F function) {
  return [function](std::span<const Array> x) {
    return generated(broadcast_shape(x), [&](std::span<const std::int64_t> index) {
      if constexpr (std::invocable<F, double, double, double>) {
        return static_cast<double>(function(element(x[0], index), element(x[1], index), element(x[2], index)));
      } else if constexpr (std::invocable<F, double, double>) {
        return static_cast<double>(function(element(x[0], index), element(x[1], index)));
      } else {
        return static_cast<double>(function(element(x[0], index)));
      }
    });
  };
}

}  // namespace keratin::test
