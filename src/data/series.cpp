#include "keratin/data/series.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "keratin/core/error.h"

namespace keratin::inline v0 {
namespace {

/// One feature's values, without those that are missing.
struct Known {
  double least = std::numeric_limits<double>::infinity();
  double greatest = -std::numeric_limits<double>::infinity();
  double mean = 0.0;
  double deviation = 0.0;
  std::int64_t count = 0;
};

/// `table`: (n, features) of double.
Known known(std::span<const double> table, std::size_t features, std::size_t feature) {
  Known found;
  double sum = 0.0;
  for (std::size_t i = feature; i < table.size(); i += features) {
    if (std::isnan(table[i])) continue;
    found.least = std::min(found.least, table[i]);
    found.greatest = std::max(found.greatest, table[i]);
    sum += table[i];
    ++found.count;
  }
  if (found.count == 0) return found;
  found.mean = sum / static_cast<double>(found.count);
  double squares = 0.0;
  for (std::size_t i = feature; i < table.size(); i += features)
    if (!std::isnan(table[i])) squares += (table[i] - found.mean) * (table[i] - found.mean);
  found.deviation = std::sqrt(squares / static_cast<double>(found.count));
  return found;
}

/// Fills the gaps of one feature.
void fill_gaps(std::span<double> table, std::size_t features, std::size_t feature) {
  const std::size_t rows = table.size() / features;
  const auto value = [&](std::size_t row) -> double& { return table[row * features + feature]; };
  std::size_t before = rows;  // the last known row; rows: none yet
  for (std::size_t row = 0; row < rows; ++row) {
    if (std::isnan(value(row))) continue;
    for (std::size_t gap = before == rows ? 0 : before + 1; gap < row; ++gap) {
      const double share = before == rows ? 1.0 : static_cast<double>(gap - before) / static_cast<double>(row - before);
      value(gap) = before == rows ? value(row) : value(before) + share * (value(row) - value(before));
    }
    before = row;
  }
  if (before == rows)
    throw ValueError("Series::interpolated: every value of feature " + std::to_string(feature) + " is missing");
  for (std::size_t row = before + 1; row < rows; ++row) value(row) = value(before);
}

Series::Scaling unchanged(std::int64_t features) {
  const auto count = static_cast<std::size_t>(features);
  return {std::vector<double>(count, 0.0), std::vector<double>(count, 1.0)};
}

}  // namespace

Series::Series(Array values, std::optional<Array> index) : values_(std::move(values)), index_(std::move(index)) {
  if (values_.rank() != 1 && values_.rank() != 2)
    throw ShapeError("A Series needs values of shape (n,) or (n, features). Received: " + to_string(values_.shape()));
  if (values_.size() == 0)
    throw ValueError("A Series needs at least one value. Received: shape " + to_string(values_.shape()));
  if (!is_floating(values_.dtype())) values_ = values_.astype(float32);
  values_ = values_.contiguous();
  if (index_ && (index_->rank() != 1 || index_->size() != size()))
    throw ShapeError("A Series' index needs one entry for each value. Received: index " + to_string(index_->shape()) +
                     " for values " + to_string(values_.shape()));
  scaling_ = unchanged(features());
}

std::int64_t Series::features() const noexcept { return values_.rank() == 1 ? 1 : values_.shape().dims()[1]; }

std::int64_t Series::missing() const {
  const Array numbers = values_.astype(float64);
  return std::ranges::count_if(numbers.data<double>(), [](double value) { return std::isnan(value); });
}

Series Series::rows(std::int64_t first, std::int64_t last) const {
  Series part = *this;
  part.values_ = values_.rows(first, last);
  if (part.values_.size() == 0)
    throw ValueError("Series::rows: a series has at least one value. Received: rows(" + std::to_string(first) + ", " +
                     std::to_string(last) + ")");
  if (index_) part.index_ = index_->rows(first, last);
  return part;
}

SeriesSplit Series::split(double test_share) const {
  const bool is_share = test_share > 0.0 && test_share < 1.0;  // NaN is none
  if (!is_share)
    throw ValueError("Series::split: test_share must lie strictly between 0 and 1. Received: " +
                     std::to_string(test_share));
  const std::int64_t test_rows = std::llround(static_cast<double>(size()) * test_share);
  if (test_rows == 0 || test_rows == size())
    throw ValueError("Series::split: each part needs a value. Received: test_share=" + std::to_string(test_share) +
                     " of " + std::to_string(size()) + " values");
  return {.train = rows(0, size() - test_rows), .test = rows(size() - test_rows, size())};
}

Series Series::interpolated() const {
  Array numbers = table().astype(float64).copy();
  const std::span<double> all = numbers.mutable_data<double>();
  const auto count = static_cast<std::size_t>(features());
  for (std::size_t feature = 0; feature < count; ++feature) fill_gaps(all, count, feature);
  Series filled = *this;
  filled.values_ = numbers.reshaped(values_.shape()).astype(values_.dtype());
  return filled;
}

Series Series::scaled() const {
  const Array numbers = table().astype(float64);
  Scaling step = unchanged(features());
  for (std::size_t feature = 0; feature < step.shift.size(); ++feature) {
    const Known found = known(numbers.data<double>(), step.shift.size(), feature);
    step.shift[feature] = found.mean;
    if (found.deviation > 0.0) step.scale[feature] = found.deviation;
  }
  return mapped(step);
}

Series Series::scaled(double low, double high) const {
  if (!(low < high) || !std::isfinite(high - low))
    throw ValueError("Series::scaled: low must be less than high. Received: low=" + std::to_string(low) +
                     ", high=" + std::to_string(high));
  const Array numbers = table().astype(float64);
  Scaling step = unchanged(features());
  for (std::size_t feature = 0; feature < step.shift.size(); ++feature) {
    const Known found = known(numbers.data<double>(), step.shift.size(), feature);
    if (found.count == 0) continue;
    if (found.greatest > found.least) step.scale[feature] = (found.greatest - found.least) / (high - low);
    step.shift[feature] = found.least - low * step.scale[feature];
  }
  return mapped(step);
}

Series Series::scaled(const Scaling& scaling) const {
  const auto count = static_cast<std::size_t>(features());
  if (scaling.shift.size() != count || scaling.scale.size() != count)
    throw ValueError("Series::scaled: a scaling needs a shift and a scale for each of " + std::to_string(count) +
                     " features. Received: " + std::to_string(scaling.shift.size()) + " and " +
                     std::to_string(scaling.scale.size()));
  for (const double scale : scaling.scale)
    if (scale == 0.0 || !std::isfinite(scale))
      throw ValueError("Series::scaled: a scale can't be 0 or infinite. Received: " + std::to_string(scale));
  return mapped(scaling);
}

Series Series::mapped(const Scaling& step) const {
  Array numbers = table().astype(float64).copy();
  const std::span<double> all = numbers.mutable_data<double>();
  const std::size_t count = step.shift.size();
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = (all[i] - step.shift[i % count]) / step.scale[i % count];
  Series result = *this;
  result.values_ = numbers.reshaped(values_.shape()).astype(values_.dtype());
  for (std::size_t i = 0; i < count; ++i) {
    result.scaling_.shift[i] += step.shift[i] * scaling_.scale[i];
    result.scaling_.scale[i] *= step.scale[i];
  }
  return result;
}

Array Series::unscaled(const Array& values, std::optional<std::int64_t> feature) const {
  if (feature && (*feature < 0 || *feature >= features()))
    throw ValueError("Series::unscaled: there is no such feature of " + std::to_string(features()) +
                     ". Received: feature=" + std::to_string(*feature));
  const bool by_last_dimension = !feature && features() > 1;
  if (by_last_dimension && (values.rank() == 0 || values.shape().back() != features()))
    throw ShapeError("Series::unscaled: the last dimension must count the " + std::to_string(features()) +
                     " features, or the feature be given. Received: shape " + to_string(values.shape()));
  Array numbers = values.astype(float64).copy();
  const std::span<double> all = numbers.mutable_data<double>();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::size_t at =
        by_last_dimension ? i % scaling_.shift.size() : static_cast<std::size_t>(feature.value_or(0));
    all[i] = all[i] * scaling_.scale[at] + scaling_.shift[at];
  }
  return numbers.astype(is_floating(values.dtype()) ? values.dtype() : float32);
}

}  // namespace keratin::inline v0
