#include "keratin/core/array.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <utility>

#include "core/array_impl.h"
#include "core/element_convert.h"
#include "core/philox.h"
#include "keratin/core/error.h"

namespace keratin::inline v0 {
namespace {

/// True if nobody else holds it. The copy's counting makes all that the last other holder did visible here.
template <class T>
bool is_only_holder(const std::shared_ptr<T>& pointer) {
  if (pointer.use_count() != 1) return false;
  const std::shared_ptr<T> synchronized = pointer;  // NOLINT(performance-unnecessary-copy-initialization)
  return true;
}

template <class T>
void fill_values(std::byte* memory, std::int64_t count, double value) {
  std::fill_n(reinterpret_cast<T*>(memory), count, core::convert_element<T>(value));
}

void refuse_strings(DType dtype, const char* what) {
  if (dtype == string) throw DTypeError(std::string(what) + " makes numbers. Received: dtype=string");
}

}  // namespace

Array::Array() = default;
Array::~Array() = default;
Array::Array(const Array&) = default;
Array& Array::operator=(const Array&) = default;
Array::Array(Array&&) noexcept = default;
Array& Array::operator=(Array&&) noexcept = default;
Array::Array(std::shared_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}

const Array::Impl& Array::self() const noexcept {
  // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new): without memory for one number nothing goes on
  static const std::shared_ptr<Impl>* const scalar = new std::shared_ptr<Impl>(Impl::make({}, float32, true));
  return impl_ ? *impl_ : **scalar;
}

Array Array::zeros(const Shape& shape, DType dtype) { return Array(Impl::make(shape, dtype, true)); }

Array Array::empty(const Shape& shape, DType dtype) {
  // bool's bytes must be 0 or 1 from the start.
  return Array(Impl::make(shape, dtype, dtype == boolean));
}

Array Array::ones(const Shape& shape, DType dtype) { return full(shape, 1.0, dtype); }

Array Array::full(const Shape& shape, double value, DType dtype) {
  refuse_strings(dtype, "Array::full");
  Array result = empty(shape, dtype);
  core::visit_element_type(dtype, [&]<class T>(std::type_identity<T>) {
    if constexpr (!std::is_same_v<T, std::string>) fill_values<T>(result.impl_->first, result.size(), value);
  });
  return result;
}

Array Array::arange(std::int64_t stop, DType dtype) {
  refuse_strings(dtype, "Array::arange");
  Array result = empty({std::max<std::int64_t>(0, stop)}, dtype);
  core::visit_element_type(dtype, [&]<class T>(std::type_identity<T>) {
    if constexpr (!std::is_same_v<T, std::string>) {
      T* const values = reinterpret_cast<T*>(result.impl_->first);
      for (std::int64_t i = 0; i < result.size(); ++i) values[i] = core::convert_element<T>(i);
    }
  });
  return result;
}

Array Array::copy_bytes(const void* data, const Shape& shape, DType dtype) {
  Array result = empty(shape, dtype);
  core::copy_elements(result.impl_->first, static_cast<const std::byte*>(data), shape, core::contiguous_strides(shape),
                      dtype);
  return result;
}

Array Array::borrow_bytes(const void* data, std::size_t elements, const Shape& shape, DType dtype,
                          BorrowOptions options) {
  const std::int64_t size = shape.elements();
  core::Strides strides = core::contiguous_strides(shape);
  if (!options.strides.empty()) {
    if (options.strides.size() != shape.rank())
      throw ShapeError("borrow takes a stride per dimension. Received: shape=" + to_string(shape) + " and " +
                       std::to_string(options.strides.size()) + " strides");
    std::copy(options.strides.begin(), options.strides.end(), strides.begin());
  }
  // From the lowest element, which is the memory's first, up to the highest: a 0-size array reaches nothing.
  std::int64_t reach = 0;
  std::int64_t down = 0;
  bool fits = true;
  for (std::size_t i = 0; i < shape.rank() && size > 0; ++i) {
    std::int64_t extent = 0;
    fits = !__builtin_mul_overflow(strides[i], shape.dims()[i] - 1, &extent) &&
           extent != std::numeric_limits<std::int64_t>::min() &&
           !__builtin_add_overflow(reach, std::abs(extent), &reach);
    if (!fits) break;
    if (extent < 0) down -= extent;
  }
  if (!fits || (size > 0 && static_cast<std::uint64_t>(reach) >= elements))
    throw ShapeError("borrow's shape and strides reach outside of the memory. Received: shape=" + to_string(shape) +
                     (options.strides.empty() ? "" : " with strides") + " over " + std::to_string(elements) +
                     " elements");
  auto impl = std::make_shared<Impl>();
  impl->memory = std::move(options.owner);
  impl->first = static_cast<std::byte*>(const_cast<void*>(data)) +
                (size > 0 ? down : 0) * static_cast<std::int64_t>(size_of(dtype));
  impl->shape = shape;
  impl->strides = strides;
  impl->size = size;
  impl->dtype = dtype;
  impl->contiguous = core::is_contiguous(shape, strides);
  impl->borrowed = true;
  return Array(std::move(impl));
}

Array Array::random_normal(const Shape& shape, RandomNormalOptions options) {
  Array result = empty(shape, float32);
  const std::span<float> values = result.mutable_data<float>();
  core::fill_normal(values, core::stream_key(options.seed, "array/normal"), 0, 0);
  for (float& value : values) value = static_cast<float>(options.mean + options.stddev * static_cast<double>(value));
  return result;
}

Array Array::random_uniform(const Shape& shape, RandomUniformOptions options) {
  if (!(options.minval < options.maxval))
    throw ValueError("random_uniform's minval must be below its maxval. Received: minval=" +
                     std::to_string(options.minval) + ", maxval=" + std::to_string(options.maxval));
  Array result = empty(shape, float32);
  const std::span<float> values = result.mutable_data<float>();
  core::fill_uniform(values, core::stream_key(options.seed, "array/uniform"), 0, 0);
  const double range = options.maxval - options.minval;
  // Rounding to float may reach maxval, which is not in the interval.
  const float last = std::nextafter(static_cast<float>(options.maxval), static_cast<float>(options.minval));
  for (float& value : values)
    value = std::min(last, static_cast<float>(options.minval + range * static_cast<double>(value)));
  return result;
}

DType Array::dtype() const noexcept { return self().dtype; }
const Shape& Array::shape() const noexcept { return self().shape; }
std::int64_t Array::size() const noexcept { return self().size; }
std::int64_t Array::nbytes() const noexcept { return size() * static_cast<std::int64_t>(size_of(dtype())); }
bool Array::is_contiguous() const noexcept { return self().contiguous; }
bool Array::is_borrowed() const noexcept { return self().borrowed; }
const void* Array::raw() const noexcept { return self().first; }

std::span<const std::int64_t> Array::strides() const noexcept { return {self().strides.data(), self().shape.rank()}; }

const void* Array::contiguous_data(DType expected) const {
  if (dtype() != expected)
    throw DTypeError("The array's elements are " + std::string(name_of(dtype())) +
                     ": convert them with astype. Received: data<" + std::string(name_of(expected)) + ">()");
  if (!is_contiguous())
    throw ValueError("data() needs contiguous memory: take contiguous() first. Received: a strided array of shape " +
                     to_string(shape()));
  return raw();
}

void* Array::writable_data(DType expected) {
  if (dtype() != expected) contiguous_data(expected);
  const bool own =
      impl_ && !impl_->borrowed && impl_->contiguous && is_only_holder(impl_) && is_only_holder(impl_->memory);
  if (!own) *this = copy();
  return impl_->first;
}

Array::Number Array::element(std::span<const Dim> indices) const {
  const Impl& impl = self();
  std::int64_t offset = 0;
  bool fits = indices.size() == impl.shape.rank();
  for (std::size_t i = 0; i < indices.size() && fits; ++i) {
    const std::int64_t size = impl.shape.dims()[i];
    const std::int64_t index = indices[i].size < 0 ? indices[i].size + size : indices[i].size;
    fits = index >= 0 && index < size;
    offset += index * impl.strides[i];
  }
  if (!fits) {
    std::string text;
    for (const Dim index : indices) text += (text.empty() ? "" : ", ") + std::to_string(index.size);
    throw ValueError("An element is named by one index per dimension, each in range. Received: {" + text +
                     "} for an array of shape " + to_string(impl.shape));
  }
  return core::visit_element_type(impl.dtype, [&]<class T>(std::type_identity<T>) -> Number {
    if constexpr (std::is_same_v<T, std::string>) {
      throw DTypeError("A string is not a number: take data<std::string>(). Received: an array of dtype string");
    } else {
      const T& value = reinterpret_cast<const T*>(impl.first)[offset];
      const auto integer = is_integer(impl.dtype) ? core::convert_element<std::int64_t>(value) : std::int64_t{0};
      return {core::convert_element<double>(value), integer, impl.dtype};
    }
  });
}

Array::Number Array::only_element() const {
  if (size() != 1) throw ValueError("item() needs an array of one element. Received: shape=" + to_string(shape()));
  const std::array<Dim, Shape::max_rank> zeros{0, 0, 0, 0, 0, 0, 0, 0};
  return element({zeros.data(), shape().rank()});
}

}  // namespace keratin::inline v0
