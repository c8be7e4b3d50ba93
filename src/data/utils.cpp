#include "keratin/data/utils.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

#include "core/element_convert.h"
#include "core/philox.h"
#include "data/stage.h"
#include "keratin/core/error.h"

namespace keratin::inline v0::utils {
namespace {

double norm_of(std::span<const double> values, double order) {
  double sum = 0.0;
  if (std::isinf(order)) {
    double extreme = order > 0 ? 0.0 : INFINITY;
    for (const double value : values)
      extreme = order > 0 ? std::max(extreme, std::abs(value)) : std::min(extreme, std::abs(value));
    return extreme;
  }
  if (order == 0.0) return static_cast<double>(std::ranges::count_if(values, [](double value) { return value != 0; }));
  for (const double value : values) sum += order == 2.0 ? value * value : std::pow(std::abs(value), order);
  return order == 2.0 ? std::sqrt(sum) : std::pow(sum, 1.0 / order);
}

/// Which part of a sequence is kept, and where it goes.
struct Placed {
  std::int64_t first;
  std::int64_t count;
  std::int64_t to;
};

Placed placed(std::int64_t length, std::int64_t maxlen, const PadSequencesOptions& options) {
  const std::int64_t count = std::min(length, maxlen);
  return {.first = options.truncating == SideNames::pre ? length - count : 0,
          .count = count,
          .to = options.padding == SideNames::pre ? maxlen - count : 0};
}

/// The dimensions behind the first, which all sequences that aren't empty share.
Shape sample_shape(const std::vector<Array>& sequences) {
  std::optional<Shape> sample;
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    Shape shape = sequences[i].shape();
    if (shape.empty())
      throw ShapeError("pad_sequences: sequences need a first dimension. Received: shape () at position " +
                       std::to_string(i));
    if (shape.front() == 0) continue;
    shape.erase(0);
    if (sample && *sample != shape)
      throw ShapeError("pad_sequences: all sequences need the same shape but for their length. Received: " +
                       to_string(shape) + " at position " + std::to_string(i) + " after " + to_string(*sample));
    sample = shape;
  }
  return sample.value_or(Shape());
}

Array filled(const Shape& shape, const PadSequencesOptions& options) {
  if (options.dtype != string) return Array::full(shape, options.value, options.dtype);
  Array texts = Array::empty(shape, string);
  std::ranges::fill(texts.mutable_data<std::string>(), options.text_value);
  return texts;
}

std::int64_t elements_of(const SplitSize& size, std::int64_t all, const char* name) {
  const bool fits = size.share ? *size.share > 0.0 && *size.share < 1.0 : size.count > 0 && size.count < all;
  if (!fits)
    throw ValueError(std::string("split_dataset: `") + name + "` must be a number of elements from 1 to below " +
                     std::to_string(all) + ", or a share between 0 and 1. Received: " +
                     (size.share ? std::to_string(*size.share) : std::to_string(size.count)));
  // As Python rounds: halves to even.
  return size.share ? static_cast<std::int64_t>(std::nearbyint(*size.share * static_cast<double>(all))) : size.count;
}

std::pair<std::int64_t, std::int64_t> split_sizes(const SplitDatasetOptions& options, std::int64_t all) {
  if (!options.left_size && !options.right_size)
    throw ValueError("split_dataset: `left_size` or `right_size` must be given. Received: neither");
  std::int64_t left = options.left_size ? elements_of(*options.left_size, all, "left_size") : 0;
  std::int64_t right = options.right_size ? elements_of(*options.right_size, all, "right_size") : 0;
  if (!options.left_size) left = all - right;
  if (!options.right_size) right = all - left;
  if (left == 0 || right == 0 || left + right > all)
    throw ValueError("split_dataset: each part needs an element, and both no more than there are. Received: " +
                     std::to_string(left) + " and " + std::to_string(right) + " of " + std::to_string(all));
  return {left, right};
}

Dataset dataset_of(std::vector<Batch> elements, bool is_mixed) {
  const auto shared = std::make_shared<const std::vector<Batch>>(std::move(elements));
  const Dataset dataset = Dataset::from_function(static_cast<std::int64_t>(shared->size()), [shared](std::int64_t i) {
    return (*shared)[static_cast<std::size_t>(i)];
  });
  return is_mixed ? data::mixed_before(dataset) : dataset;
}

}  // namespace

Array to_categorical(const Array& x, std::optional<std::int64_t> num_classes) {
  Shape shape = x.shape();
  if (shape.rank() > 1 && shape.back() == 1) shape.erase(shape.rank() - 1);
  const Array classes = x.astype(int64).contiguous();
  const std::span<const std::int64_t> all = classes.data<std::int64_t>();
  if (!num_classes && all.empty())
    throw ValueError("to_categorical: without a class `num_classes` must be given. Received: shape " +
                     to_string(x.shape()));
  const std::int64_t count = num_classes ? *num_classes : *std::ranges::max_element(all) + 1;
  for (const std::int64_t label : all)
    if (label < 0 || label >= count)
      throw ValueError("to_categorical: classes go from 0 to below num_classes. Received: class " +
                       std::to_string(label) + " with num_classes=" + std::to_string(count));
  shape.push_back(std::max<std::int64_t>(count, 0));
  Array result = Array::zeros(shape);
  const std::span<float> rows = result.mutable_data<float>();
  for (std::size_t i = 0; i < all.size(); ++i)
    rows[i * static_cast<std::size_t>(count) + static_cast<std::size_t>(all[i])] = 1.0f;
  return result;
}

Array normalize(const Array& x, NormalizeOptions options) {
  const std::int64_t axis = options.axis < 0 ? options.axis + x.rank() : options.axis;
  if (axis < 0 || axis >= x.rank())
    throw ValueError("normalize: an array of shape " + to_string(x.shape()) +
                     " has no such axis. Received: axis=" + std::to_string(options.axis));
  // The axis goes last and comes back: each norm is then of elements side by side.
  std::vector<std::int64_t> to_last;
  for (std::int64_t i = 0; i < x.rank(); ++i)
    if (i != axis) to_last.push_back(i);
  to_last.push_back(axis);
  std::vector<std::int64_t> back(to_last.size());
  for (std::size_t i = 0; i < to_last.size(); ++i)
    back[static_cast<std::size_t>(to_last[i])] = static_cast<std::int64_t>(i);

  Array numbers = x.astype(float64).transposed(to_last).copy();
  const std::span<double> all = numbers.mutable_data<double>();
  const auto length = static_cast<std::size_t>(x.shape()[axis]);
  for (std::size_t at = 0; at + length <= all.size() && length > 0; at += length) {
    const std::span<double> line = all.subspan(at, length);
    if (const double norm = norm_of(line, options.order); norm != 0.0)
      for (double& value : line) value /= norm;
  }
  return numbers.transposed(back).astype(is_floating(x.dtype()) ? x.dtype() : float32).contiguous();
}

Array pad_sequences(const std::vector<Array>& sequences, PadSequencesOptions options) {
  if (sequences.empty()) throw ValueError("pad_sequences needs at least one sequence. Received: none");
  if (options.maxlen && *options.maxlen < 0)
    throw ValueError("pad_sequences: `maxlen` must not be negative. Received: maxlen=" +
                     std::to_string(*options.maxlen));
  const Shape sample = sample_shape(sequences);
  std::int64_t maxlen = options.maxlen.value_or(0);
  if (!options.maxlen)
    for (const Array& sequence : sequences) maxlen = std::max(maxlen, sequence.shape().front());
  Shape shape = sample;
  shape.insert(0, maxlen);
  shape.insert(0, static_cast<std::int64_t>(sequences.size()));
  Array result = filled(shape, options);
  const std::int64_t step = sample.elements();
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    const Placed place = placed(sequences[i].shape().front(), maxlen, options);
    if (place.count == 0) continue;
    const Array kept = sequences[i].rows(place.first, place.first + place.count).astype(options.dtype).contiguous();
    core::visit_element_type(options.dtype, [&]<class T>(std::type_identity<T>) {
      const std::int64_t at = (static_cast<std::int64_t>(i) * maxlen + place.to) * step;
      std::ranges::copy(kept.data<T>(), result.mutable_data<T>().begin() + at);
    });
  }
  return result;
}

std::pair<Dataset, Dataset> split_dataset(const Dataset& dataset, const SplitDatasetOptions& options) {
  if (dataset.cardinality() == Dataset::infinite)
    throw ValueError("split_dataset goes through a dataset once. Received: one that repeats without end");
  std::vector<Batch> elements;
  for (const Batch& element : dataset) elements.push_back(element);
  if (options.shuffle) {
    const core::Permutation order(elements.size(), core::stream_key(options.seed, "utils/split_dataset"), 0);
    std::vector<Batch> mixed;
    for (std::size_t i = 0; i < elements.size(); ++i) mixed.push_back(elements[order(i)]);
    elements = std::move(mixed);
  }
  const auto [left, right] = split_sizes(options, static_cast<std::int64_t>(elements.size()));
  const bool is_mixed = options.shuffle || data::Stage::of(dataset)->is_shuffled();
  return {dataset_of({elements.begin(), elements.begin() + left}, is_mixed),
          dataset_of({elements.end() - right, elements.end()}, is_mixed)};
}

}  // namespace keratin::inline v0::utils
