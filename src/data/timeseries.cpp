// utils::timeseries_dataset_from_array.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "data/random_state.h"
#include "keratin/core/error.h"
#include "keratin/data/utils.h"

namespace keratin::inline v0::utils {
namespace {

void require(bool holds, const std::string& what, std::int64_t received, const char* name) {
  if (!holds)
    throw ValueError("timeseries_dataset_from_array: `" + std::string(name) + "` must be " + what +
                     ". Received: " + name + "=" + std::to_string(received));
}

void check(const TimeseriesOptions& options, std::int64_t sequence_length, std::int64_t size) {
  const std::string below = "below the data's length " + std::to_string(size);
  require(sequence_length > 0, "positive", sequence_length, "sequence_length");
  require(options.sampling_rate > 0, "positive", options.sampling_rate, "sampling_rate");
  require(options.sampling_rate < size, below, options.sampling_rate, "sampling_rate");
  require(options.sequence_stride > 0, "positive", options.sequence_stride, "sequence_stride");
  require(options.sequence_stride < size, below, options.sequence_stride, "sequence_stride");
  if (options.batch_size) require(*options.batch_size > 0, "positive", *options.batch_size, "batch_size");
  const std::int64_t start = options.start_index.value_or(0);
  require(start >= 0, "0 or greater", start, "start_index");
  require(start < size, below, start, "start_index");
  if (!options.end_index) return;
  require(*options.end_index > start, "above `start_index`", *options.end_index, "end_index");
  require(*options.end_index < size, below, *options.end_index, "end_index");
}

}  // namespace

Dataset timeseries_dataset_from_array(const Array& data, const std::optional<Array>& targets,
                                      std::int64_t sequence_length, TimeseriesOptions options) {
  if (data.rank() == 0 || (targets && targets->rank() == 0))
    throw ShapeError(
        "timeseries_dataset_from_array: `data` and `targets` need time as first dimension. Received: (), "
        "a number");
  const std::int64_t size = data.shape().front();
  check(options, sequence_length, size);
  const std::int64_t start = options.start_index.value_or(0);
  const std::int64_t end = options.end_index.value_or(size);
  const std::int64_t reach = (sequence_length - 1) * options.sampling_rate + 1;
  std::int64_t windows = end - start - reach + 1;
  if (targets) windows = std::min(windows, std::min(targets->shape().front(), end) - start);
  std::vector<std::int64_t> starts;
  for (std::int64_t at = 0; at < windows; at += options.sequence_stride) starts.push_back(start + at);
  if (starts.empty())
    throw ValueError(
        "timeseries_dataset_from_array: no window fits. Received: sequence_length=" + std::to_string(sequence_length) +
        ", sampling_rate=" + std::to_string(options.sampling_rate) + ", start_index=" + std::to_string(start) +
        ", end_index=" + std::to_string(end) + " for data of " + std::to_string(size) +
        (targets ? " and targets of " + std::to_string(targets->shape().front()) : ""));
  if (options.shuffle) data::RandomState(static_cast<std::uint32_t>(options.seed)).shuffle(std::span(starts));

  const auto shared = std::make_shared<const std::vector<std::int64_t>>(std::move(starts));
  const auto window = [=, rate = options.sampling_rate](std::int64_t i) {
    const std::int64_t at = (*shared)[static_cast<std::size_t>(i)];
    Batch row{data.sliced(0, at, at + reach, rate)};
    if (targets) {
      Shape shape = targets->shape();
      shape.erase(0);
      row.y = targets->rows(at, at + 1).reshaped(shape);
    }
    return row;
  };
  Dataset dataset = Dataset::from_function(static_cast<std::int64_t>(shared->size()), window);
  if (options.shuffle)
    dataset = dataset.shuffle(options.batch_size ? *options.batch_size * 8 : 1024, {.seed = options.seed});
  return options.batch_size ? dataset.batch(*options.batch_size) : dataset;
}

}  // namespace keratin::inline v0::utils
