#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "keratin/core/array.h"
#include "keratin/core/choice.h"
#include "keratin/core/export.h"
#include "keratin/data/dataset.h"

/// What `keras.utils` has for data.
namespace keratin::inline v0::utils {

/// Classes as rows of 0 and 1, float32: shape x.shape + (num_classes,), without a last dimension of 1. num_classes: the
/// greatest class + 1 if it isn't given. Throws ValueError for a class below 0 or not below num_classes, and for none.
/// `keras.utils.to_categorical`.
KERATIN_API Array to_categorical(const Array& x, std::optional<std::int64_t> num_classes = std::nullopt);

struct NormalizeOptions {
  std::int64_t axis = -1;
  double order = 2;  ///< 1, 2, …; infinity: the greatest magnitude; 0: how many aren't 0
};
/// x divided by its norms along an axis; what has norm 0 stays. Floating as x is, else float32. Throws ValueError for
/// an axis that isn't there. `keras.utils.normalize`.
KERATIN_API Array normalize(const Array& x, NormalizeOptions options = {});

struct SideNames {
  enum Value : unsigned char { pre, post };
  static constexpr std::string_view names[] = {"pre", "post"};
};
class Side : public Choice<SideNames> {
 public:
  KERATIN_CHOICE_NAMES(Side, SideNames, "sides")
};

struct PadSequencesOptions {
  std::optional<std::int64_t> maxlen = std::nullopt;  ///< nothing: the longest sequence's
  DType dtype = int32;
  Side padding = SideNames::pre;
  Side truncating = SideNames::pre;
  double value = 0.0;
  std::string text_value = {};  ///< in place of `value` where dtype is string
};
/// Sequences (length, …) side by side: (n, maxlen, …). Throws ShapeError for sequences whose other dimensions differ,
/// ValueError for none and for a negative maxlen. `keras.utils.pad_sequences`.
KERATIN_API Array pad_sequences(const std::vector<Array>& sequences, PadSequencesOptions options = {});
template <Element T>
Array pad_sequences(const std::vector<std::vector<T>>& sequences, PadSequencesOptions options = {}) {
  std::vector<Array> arrays;
  arrays.reserve(sequences.size());
  for (const std::vector<T>& sequence : sequences) arrays.push_back(Array::copy_of(sequence));
  return pad_sequences(arrays, std::move(options));
}

/// A number of elements, or a share of all between 0 and 1: as Python's int and float.
struct SplitSize {
  template <std::integral T>
  constexpr SplitSize(T elements) noexcept : count(static_cast<std::int64_t>(elements)) {}
  constexpr SplitSize(double part) noexcept : share(part) {}
  std::int64_t count = 0;
  std::optional<double> share = std::nullopt;
};
struct SplitDatasetOptions {
  std::optional<SplitSize> left_size = std::nullopt;  ///< nothing: what right_size leaves
  std::optional<SplitSize> right_size = std::nullopt;
  bool shuffle = false;
  std::uint64_t seed = 0;
};
/// The first elements and the last ones; all are gone through once and kept. An element is what iterating gives, so
/// split rows before they are batched. Throws ValueError for sizes that don't fit. `keras.utils.split_dataset`.
KERATIN_API std::pair<Dataset, Dataset> split_dataset(const Dataset& dataset, const SplitDatasetOptions& options);

struct TimeseriesOptions {
  std::int64_t sequence_stride = 1;
  std::int64_t sampling_rate = 1;
  std::optional<std::int64_t> batch_size = 128;  ///< nothing: rows
  bool shuffle = false;
  std::uint64_t seed = 0;
  std::optional<std::int64_t> start_index = std::nullopt;
  std::optional<std::int64_t> end_index = std::nullopt;
};
/// Windows of a series (time, …): x (batch, sequence_length, …), and as y the target of the index that the window
/// begins at. With `shuffle` windows are mixed as `shuffle(8 · batch_size)` does. No window is copied before its turn.
/// Throws ValueError for what Keras refuses, and where no window fits. `keras.utils.timeseries_dataset_from_array`.
KERATIN_API Dataset timeseries_dataset_from_array(const Array& data, const std::optional<Array>& targets,
                                                  std::int64_t sequence_length, TimeseriesOptions options = {});

}  // namespace keratin::inline v0::utils
