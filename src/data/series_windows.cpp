#include <numeric>
#include <string>

#include "data/windows.h"
#include "keratin/core/error.h"
#include "keratin/data/series.h"

namespace keratin::inline v0 {
namespace {

std::string received(const WindowsOptions& options, std::int64_t size) {
  return ". Received: length=" + std::to_string(options.length) + ", horizon=" + std::to_string(options.horizon) +
         ", stride=" + std::to_string(options.stride) + ", streams=" + std::to_string(options.streams) + " for " +
         std::to_string(size) + " values";
}

/// With the stride that is meant.
WindowsOptions checked(WindowsOptions options, const Series& series) {
  const auto refuse = [&](const char* why) {
    throw ValueError(std::string("Series::windows: ") + why + received(options, series.size()));
  };
  if (options.length < 1) refuse("`length` must be positive");
  if (options.horizon < 1) refuse("`horizon` must be positive");
  if (options.stride < 0) refuse("`stride` must not be negative");
  if (options.streams < 0) refuse("`streams` must not be negative");
  if (options.streams > 0 && options.stride != 0 && options.stride != options.length)
    refuse("windows of streams lie end to end: `stride` must be the length, or be left out");
  for (const std::int64_t feature : options.target_features)
    if (feature < 0 || feature >= series.features())
      throw ValueError("Series::windows: the series has " + std::to_string(series.features()) +
                       " features. Received: target_features with " + std::to_string(feature));
  if (series.missing() > 0)
    throw ValueError("Series::windows: " + std::to_string(series.missing()) +
                     " values are missing (NaN). Fill them first: series.interpolated().windows(…)");
  if (options.stride == 0) options.stride = options.streams > 0 ? options.length : 1;
  return options;
}

/// The first value of each window.
std::vector<std::int64_t> starts_of(const WindowsOptions& options, std::int64_t size) {
  std::vector<std::int64_t> starts;
  const std::int64_t last = size - options.length - options.horizon;
  if (options.streams == 0) {
    for (std::int64_t start = 0; start <= last; start += options.stride) starts.push_back(start);
  } else {
    const std::int64_t of_each = (size - options.horizon) / options.length / options.streams;
    for (std::int64_t step = 0; step < of_each; ++step)
      for (std::int64_t stream = 0; stream < options.streams; ++stream)
        starts.push_back((stream * of_each + step) * options.length);
  }
  if (starts.empty())
    throw ValueError(std::string("Series::windows: the series is too short for one window") +
                     (options.streams > 0 ? " of each stream" : "") + received(options, size));
  return starts;
}

}  // namespace

Examples Series::windows(WindowsOptions options) const {
  options = checked(std::move(options), *this);
  std::vector<std::int64_t> starts = starts_of(options, size());
  Examples examples;
  examples.x = data::windows_of(table(), starts, options.length, 1);

  for (std::int64_t& start : starts) start += options.length;
  std::vector<std::int64_t> targets = options.target_features;
  if (targets.empty()) {
    targets.resize(static_cast<std::size_t>(features()));
    std::iota(targets.begin(), targets.end(), 0);
  }
  const Array foretold = table().transposed().take(targets).transposed();
  const Array y = data::windows_of(foretold, starts, options.horizon, 1);
  const auto windows = static_cast<std::int64_t>(starts.size());
  const bool is_table = targets.size() == 1 || options.horizon == 1;
  examples.y = is_table ? y.reshaped({windows, -1}) : y;
  return examples;
}

Dataset Series::streams(std::int64_t batch_size, WindowsOptions options) const {
  if (batch_size < 1)
    throw ValueError("Series::streams: `batch_size` must be positive. Received: " + std::to_string(batch_size));
  if (options.streams != 0 && options.streams != batch_size)
    throw ValueError("Series::streams: there are as many streams as rows in a batch. Received: batch_size=" +
                     std::to_string(batch_size) + ", streams=" + std::to_string(options.streams));
  options.streams = batch_size;
  const Examples examples = windows(std::move(options));
  return Dataset::from_arrays(examples.x, examples.y).batch(batch_size);
}

}  // namespace keratin::inline v0
