#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "keratin/core/callable.h"
#include "keratin/core/export.h"
#include "keratin/data/data.h"

namespace keratin::inline v0 {

namespace data {
class Stage;
class Cursor;
struct Epochs;
}  // namespace data

struct ShuffleOptions {
  std::uint64_t seed = 0;
  bool reshuffle_each_iteration = true;  ///< another order in each epoch
};

struct BatchingOptions {
  bool drop_remainder = false;  ///< leaves a last batch out that is shorter
};

struct InterleaveOptions {
  std::int64_t cycle_length = 4;  ///< files that are open at the same time
  std::int64_t block_length = 1;  ///< elements that are taken from one before the next one's turn
};

/// Where elements come from and what is done to them, as `tf.data.Dataset`: a cheap description that copies share.
/// An element is a Batch: rows become batches by batch(); fit, evaluate and predict take batches.
///
/// `for (const Batch& batch : dataset)` and next() go through an epoch; the next one starts anew. Each epoch that is
/// begun on a Dataset or its copies has a number, 0, 1, …, that decides with the seed how it is shuffled.
///
/// Nothing of it is a session's: what an epoch holds (a shuffle's buffer, what was prefetched, open files) ends with
/// the epoch or with the object that goes through it, and is bounded by the sizes given here.
class KERATIN_API Dataset {
 public:
  /// Called for one batch after the other; an empty result ends the epoch, and the next call begins another.
  using Generator = Callable<std::optional<Batch>()>;
  /// Makes the dataset of a file.
  using Open = Callable<Dataset(const std::string& path)>;
  static constexpr std::int64_t infinite = -1;  ///< a cardinality

  class Pass;
  class Iterator;

  // ---- Sources

  /// One element for each row, without copies. Throws ShapeError unless all arrays have the same number of rows.
  /// `tf.data.Dataset.from_tensor_slices`.
  static Dataset from_arrays(Data x, Data y = {}, Data sample_weight = {});
  /// The function is shared by all epochs; an epoch that is left early goes on where it was left.
  static Dataset from_generator(Generator generator);
  /// Elements f(0) … f(count − 1), as `keras.utils.PyDataset` has them. Throws ValueError for a negative count.
  static Dataset from_function(std::int64_t count, Callable<Batch(std::int64_t index)> f);
  /// All elements of each file, one file after the other, each opened when its turn comes.
  static Dataset from_files(std::vector<std::string> files, Open open);
  /// Elements of several files in turns. `tf.data.Dataset.interleave`.
  static Dataset interleave(std::vector<std::string> files, Open open, InterleaveOptions options = {});
  /// x of one dataset with x of the other as y, until one of them ends. `tf.data.Dataset.zip`.
  static Dataset zip(const Dataset& x, const Dataset& y);

  // ---- What is done to elements. Each throws ValueError for sizes that make no sense and functions that are empty.

  /// Fills a buffer and takes elements at random from it. To shuffle well the buffer has to hold all elements.
  Dataset shuffle(std::int64_t buffer_size, ShuffleOptions options = {}) const;
  /// Elements side by side in a new first dimension. Iterating throws ShapeError or DTypeError where they don't fit.
  Dataset batch(std::int64_t batch_size, BatchingOptions options = {}) const;
  /// The rows of each element.
  Dataset unbatch() const;
  Dataset map(Callable<Batch(Batch element)> f) const;
  /// Elements for which f says true.
  Dataset filter(Callable<bool(const Batch& element)> f) const;
  /// A thread of its own makes elements ahead, at most `buffer_size`, and ends with the epoch. What makes elements
  /// (generators, f of map) runs on that thread then. An error reaches the caller after the elements made before it.
  Dataset prefetch(std::int64_t buffer_size) const;
  /// `count` epochs as one; −1: without end.
  Dataset repeat(std::int64_t count = -1) const;
  Dataset take(std::int64_t count) const;
  Dataset skip(std::int64_t count) const;
  Dataset concatenate(const Dataset& dataset) const;
  /// The first epoch that is gone through whole is kept in memory, as long as a Dataset made from this one is there.
  Dataset cache() const;

  // ---- Going through it

  /// Elements of an epoch; `infinite`; empty where it isn't known before it has been tried.
  std::optional<std::int64_t> cardinality() const;
  /// The next element, or nothing at the epoch's end, after which another epoch begins. Copies don't share the place.
  /// An error ends the epoch.
  std::optional<Batch> next() const;
  /// Epoch `number`: the same elements in the same order whenever it is asked for (but for a generator's).
  Pass epoch(std::uint64_t number) const;
  Iterator begin() const;
  std::default_sentinel_t end() const noexcept { return {}; }

  Dataset(const Dataset& other);
  Dataset(Dataset&&) noexcept;
  Dataset& operator=(Dataset other) noexcept;
  ~Dataset();

  /// For the library's own sources.
  explicit Dataset(std::shared_ptr<const data::Stage> stage);

 private:
  friend class data::Stage;
  std::uint64_t next_epoch() const noexcept;

  std::shared_ptr<const data::Stage> stage_;
  std::shared_ptr<data::Epochs> epochs_;  ///< that were begun, by copies too
  mutable std::shared_ptr<Pass> pass_;    ///< of next()
};

/// One epoch of a dataset. It needs nothing of the Dataset, which may end before it.
class KERATIN_API Dataset::Pass {
 public:
  Pass(Pass&&) noexcept;
  Pass& operator=(Pass&&) noexcept;
  ~Pass();
  /// Nothing at the end, and ever after. An error ends the epoch.
  std::optional<Batch> next();

 private:
  friend class Dataset;
  explicit Pass(std::unique_ptr<data::Cursor> cursor);
  std::shared_ptr<data::Cursor> cursor_;
};

/// Of a range-for: reads each element once.
class KERATIN_API Dataset::Iterator {
 public:
  using value_type = Batch;
  using difference_type = std::ptrdiff_t;

  explicit Iterator(Pass pass) : pass_(std::move(pass)), element_(pass_.next()) {}
  const Batch& operator*() const { return *element_; }
  const Batch* operator->() const { return &*element_; }
  Iterator& operator++() {
    element_ = pass_.next();
    return *this;
  }
  void operator++(int) { ++*this; }
  friend bool operator==(const Iterator& at, std::default_sentinel_t) noexcept { return !at.element_; }

 private:
  Pass pass_;
  std::optional<Batch> element_;
};

}  // namespace keratin::inline v0
