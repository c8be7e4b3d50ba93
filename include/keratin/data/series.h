#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "keratin/core/array.h"
#include "keratin/core/export.h"
#include "keratin/data/dataset.h"
#include "keratin/data/examples.h"

namespace keratin::inline v0 {

/// How a series is cut into windows.
struct WindowsOptions {
  std::int64_t length = 0;                         ///< values that a window sees; must be given
  std::int64_t horizon = 1;                        ///< values after the window that are its target
  std::int64_t stride = 0;                         ///< from window to window; 0: 1, and with streams the length
  std::int64_t streams = 0;                        ///< so many parts of the series side by side; 0: none
  std::vector<std::int64_t> target_features = {};  ///< that are foretold; empty: all
};

struct SeriesSplit;

/// Values over time: (n,) or (n, features), oldest first, with an index (years, dates, …) if there is one. A missing
/// value is NaN. Copies are cheap; every function gives a new series.
class KERATIN_API Series {
 public:
  /// scaled = (value − shift) / scale, feature by feature.
  struct Scaling {
    std::vector<double> shift;
    std::vector<double> scale;
  };

  /// Values that aren't floating become float32. Throws ShapeError for another rank or an index of another length, and
  /// ValueError for a series without a value.
  explicit Series(Array values, std::optional<Array> index = std::nullopt);

  std::int64_t size() const noexcept { return values_.shape().dims()[0]; }  ///< points in time
  std::int64_t features() const noexcept;
  /// (n,) or (n, features), as the series was made.
  const Array& values() const noexcept { return values_; }
  /// (n,); empty where the series has none.
  const std::optional<Array>& index() const noexcept { return index_; }
  std::int64_t missing() const;  ///< number of NaN

  /// Points first … last−1; negative bounds count from the end. Throws ValueError for bounds out of range and for none.
  Series rows(std::int64_t first, std::int64_t last) const;
  /// By time: the last round(n · test_share) points are the test part. Throws ValueError unless each part gets a point.
  SeriesSplit split(double test_share = 0.2) const;
  /// Missing values on the line between their neighbours; at the ends, the nearest value. Throws ValueError for a
  /// feature without any.
  Series interpolated() const;

  /// Mean 0 and (population) deviation 1 of each feature; a constant one is only shifted. NaN are left out and stay.
  Series scaled() const;
  /// Least value `low`, greatest `high`; a constant feature becomes `low`. Throws ValueError unless low < high.
  Series scaled(double low, double high) const;
  /// As another part of the series was: `test.scaled(train.scaling())`. Throws ValueError unless it fits.
  Series scaled(const Scaling& scaling) const;
  /// What turned the original values into these; one step where a series was scaled twice.
  const Scaling& scaling() const noexcept { return scaling_; }
  /// Values on this series' scale, such as predictions, on the original one. The last dimension counts the features; of
  /// a series of one feature, and with `feature` given, the shape is free. Throws ShapeError or ValueError otherwise.
  Array unscaled(const Array& values, std::optional<std::int64_t> feature = std::nullopt) const;

  /// x (windows, length, features); y (windows, horizon), and with several target features (windows, features) for a
  /// horizon of 1, (windows, horizon, features) for more. Window i begins at i · stride.
  /// With streams = s, window i of a batch of s rows goes on where window i of the batch before ended, for stateful
  /// layers: the series is cut into s parts of equal length, each into windows that lie end to end; what does not fill
  /// a window in every part is left out at the end.
  /// Throws ValueError for options that don't fit, too short a series, or a missing value (see interpolated()).
  Examples windows(WindowsOptions options) const;
  /// windows() with streams = batch_size as a Dataset of batches; an epoch goes once through all streams.
  Dataset streams(std::int64_t batch_size, WindowsOptions options) const;

 private:
  Array table() const { return values_.reshaped({size(), -1}); }
  Series mapped(const Scaling& step) const;

  Array values_;
  std::optional<Array> index_;
  Scaling scaling_;
};

/// A series in two parts, the earlier one first.
struct KERATIN_API SeriesSplit {
  Series train;
  Series test;
};

}  // namespace keratin::inline v0
