#include "cli/prove/samples.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <utility>

#include "keratin/core/error.h"

namespace keratin::inline v0::cli {
namespace {

constexpr std::int64_t too_many = std::int64_t{1} << 30;  // more than any table has, and exact in float32

/// Whole numbers from 0 to below `count`, spread over a shape.
Array integers(const Shape& shape, std::int64_t count, DType dtype, std::uint64_t seed) {
  const Array uniform = Array::random_uniform(shape, {.maxval = static_cast<double>(count), .seed = seed});
  return uniform.astype(int64).astype(dtype);
}

/// Whether the model runs on its inputs' zeros, with this value in one of them.
bool takes(Model& model, std::vector<Array> inputs, std::size_t index, std::int64_t value) {
  inputs[index] = Array::full(inputs[index].shape(), static_cast<double>(value), inputs[index].dtype());
  try {
    static_cast<void>(model.predict(inputs, {.batch_size = inputs[index].shape()[0]}));
    return true;
  } catch (const ValueError&) {
    return false;
  }
}

/// How many values from 0 on an input takes that is read as indices; 0 where it takes any.
std::int64_t count_of_indices(Model& model, const std::vector<Array>& zeros, std::size_t index) {
  if (zeros[index].dtype() == boolean || takes(model, zeros, index, too_many)) return 0;
  std::int64_t good = 0;
  std::int64_t bad = too_many;
  while (bad - good > 1) {
    const std::int64_t middle = good + (bad - good) / 2;
    (takes(model, zeros, index, middle) ? good : bad) = middle;
  }
  return good + 1;
}

/// Zeros of the inputs' shapes, with `sizes`, and then `other`, in place of what the model leaves open.
std::vector<Array> zeros_of(const Model& model, std::int64_t rows, const std::vector<std::int64_t>& sizes,
                            std::int64_t other) {
  std::vector<Array> all;
  std::size_t used = 0;
  for (const Tensor& input : model.inputs()) {
    Shape shape = input.shape();
    shape[0] = rows;
    for (std::int64_t axis = 1; axis < std::int64_t(shape.rank()); ++axis)
      if (shape[axis] < 0) shape[axis] = used < sizes.size() ? sizes[used++] : other;
    all.push_back(Array::zeros(shape, input.dtype()));
  }
  return all;
}

/// Zeros on which the model runs; open sizes that nobody gave are tried.
std::vector<Array> zeros_that_fit(Model& model, std::int64_t rows, const std::vector<std::int64_t>& sizes) {
  for (const std::int64_t size : {16, 32, 64, 128}) {
    std::vector<Array> zeros = zeros_of(model, rows, sizes, size);
    try {
      static_cast<void>(model.predict(zeros, {.batch_size = rows}));
      return zeros;
    } catch (const Error&) {
      if (size == 128) throw;
    }
  }
  throw ValueError("No sizes fit the model's inputs");
}

Shape with_rows(Shape shape, std::int64_t rows) {
  shape[0] = rows;
  return shape;
}

std::string plain(const std::string& name) {
  std::string all;
  for (const char c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      all += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return all;
}

/// 1 at a drawn class of each row's last dimension.
Array one_hot(const Shape& shape, std::uint64_t seed) {
  const std::int64_t classes = shape.back();
  Array hot = Array::zeros(shape);
  const Array drawn = integers({hot.size() / classes}, classes, int64, seed);
  const auto to = hot.mutable_data<float>();
  const auto from = drawn.data<std::int64_t>();
  for (std::size_t row = 0; row < from.size(); ++row)
    to[row * static_cast<std::size_t>(classes) + static_cast<std::size_t>(from[row])] = 1.0f;
  return hot;
}

std::pair<Array, std::string> targets_of(const Array& output, const std::string& loss, std::uint64_t seed) {
  const Shape& shape = output.shape();
  const std::string name = plain(loss);
  const auto says = [&name](const char* part) { return name.find(part) != std::string::npos; };
  if (says("sparse") && shape.rank() > 1) {
    const std::int64_t classes = shape.back();
    Shape without_classes = shape;
    without_classes.erase(shape.rank() - 1);
    return {integers(without_classes, classes, int32, seed), "classes below " + std::to_string(classes)};
  }
  if (says("categorical") || says("kl")) return {one_hot(shape, seed), "one class of " + std::to_string(shape.back())};
  if (says("hinge")) {
    Array signs = integers(shape, 2, float32, seed);
    for (float& sign : signs.mutable_data<float>()) sign = 2.0f * sign - 1.0f;
    return {signs, "-1 or 1"};
  }
  if (says("binary")) return {integers(shape, 2, float32, seed), "0 or 1"};
  return {Array::random_uniform(shape, {.seed = seed}), "numbers between 0 and 1"};
}

/// Whether all numbers are between 0 and 1; and, with classes, whether each row's sum is 1.
bool are_probabilities(const Array& array, bool of_classes) {
  const Array values = array.astype(float32).contiguous();
  const auto data = values.data<float>();
  if (!std::all_of(data.begin(), data.end(), [](float p) { return p >= 0.0f && p <= 1.0f; })) return false;
  if (!of_classes) return true;
  const auto classes = static_cast<std::size_t>(values.shape().back());
  if (values.rank() < 2 || classes < 2) return false;
  for (std::size_t row = 0; row < data.size(); row += classes) {
    double sum = 0.0;
    for (std::size_t i = 0; i < classes; ++i) sum += data[row + i];
    if (std::abs(sum - 1.0) > 1e-2) return false;
  }
  return true;
}

}  // namespace

Samples inputs_for(Model& model, const SampleOptions& options) {
  Samples made;
  made.batch_size = options.batch_size;
  for (const Tensor& input : model.inputs())
    if (input.shape().rank() > 0 && input.shape()[0] > 0) {
      made.batch_size = input.shape()[0];
      made.has_fixed_batch = true;
    }
  const std::vector<Array> zeros = zeros_that_fit(model, made.has_fixed_batch ? made.batch_size : 1, options.sizes);
  const std::int64_t rows = 2 * made.batch_size + (made.has_fixed_batch ? 0 : made.batch_size / 2);
  for (std::size_t i = 0; i < zeros.size(); ++i) {
    const Shape shape = with_rows(zeros[i].shape(), rows);
    const DType dtype = zeros[i].dtype();
    const std::uint64_t seed = i + 1;
    if (const std::int64_t count = count_of_indices(model, zeros, i); count > 0) {
      made.arrays.push_back(integers(shape, count, dtype, seed));
      made.contents.push_back("integers below " + std::to_string(count));
    } else if (is_floating(dtype)) {
      made.arrays.push_back(Array::random_normal(shape, {.seed = seed}).astype(dtype));
      made.contents.emplace_back("normal");
    } else {
      made.arrays.push_back(integers(shape, dtype == boolean ? 2 : 10, dtype, seed));
      made.contents.emplace_back(dtype == boolean ? "drawn" : "integers below 10");
    }
  }
  return made;
}

Samples targets_for(const std::vector<Array>& outputs, const std::vector<std::string>& losses) {
  Samples made;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    auto [array, content] = targets_of(outputs[i], i < losses.size() ? losses[i] : std::string(), 100 + i);
    made.arrays.push_back(std::move(array));
    made.contents.push_back(std::move(content));
  }
  return made;
}

std::vector<std::string> losses_for(const std::vector<Array>& outputs) {
  std::vector<std::string> all;
  for (const Array& output : outputs)
    all.emplace_back(are_probabilities(output, true)    ? "sparse_categorical_crossentropy"
                     : are_probabilities(output, false) ? "binary_crossentropy"
                                                        : "mse");
  return all;
}

}  // namespace keratin::inline v0::cli
