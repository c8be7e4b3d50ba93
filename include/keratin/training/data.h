#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/core/array.h"
#include "keratin/core/callable.h"
#include "keratin/core/export.h"

namespace keratin::inline v0 {

/// The inputs or targets of a model: an array, a list of them, or arrays by name.
class KERATIN_API Data {
 public:
  Data() = default;
  Data(Array array) { arrays_.push_back(std::move(array)); }
  Data(std::vector<Array> arrays) : arrays_(std::move(arrays)) {}
  Data(std::initializer_list<Array> arrays) : arrays_(arrays) {}
  Data(std::initializer_list<std::pair<std::string, Array>> named);
  Data(const std::vector<std::pair<std::string, Array>>& named);

  bool empty() const noexcept { return arrays_.empty(); }
  std::size_t size() const noexcept { return arrays_.size(); }
  const Array& operator[](std::size_t index) const { return arrays_[index]; }
  /// Empty for an array or a list.
  const std::vector<std::string>& names() const noexcept { return names_; }
  /// In the order of `names`, which a dictionary must hold all of; a list must be as long. Throws ValueError with what
  /// is missing or too much. `what`: "x", "y".
  std::vector<Array> ordered(const std::vector<std::string>& names, std::string_view what) const;
  /// Rows first … last−1 of each array.
  Data rows(std::int64_t first, std::int64_t last) const;

 private:
  std::vector<Array> arrays_;
  std::vector<std::string> names_;
};

/// What predict returns: an array for each output. One alone converts to it.
class KERATIN_API Outputs {
 public:
  Outputs() = default;
  Outputs(std::vector<std::string> names, std::vector<Array> arrays)
      : names_(std::move(names)), arrays_(std::move(arrays)) {}

  std::size_t size() const noexcept { return arrays_.size(); }
  /// Throws ValueError if there is not exactly one output.
  operator Array() const;
  /// Throws KeyError naming the outputs that exist.
  const Array& operator[](std::string_view name) const;
  const Array& operator[](const char* name) const { return (*this)[std::string_view(name)]; }
  template <std::integral T>  // one that a literal 0, which might be a text's address, prefers
  const Array& operator[](T index) const {
    return arrays_[static_cast<std::size_t>(index)];
  }
  const std::vector<std::string>& names() const noexcept { return names_; }
  const std::vector<Array>& arrays() const noexcept { return arrays_; }

 private:
  std::vector<std::string> names_;
  std::vector<Array> arrays_;
};

/// Inputs and targets, row by row. `for (const auto& [x, y] : examples.batches(64))`.
struct KERATIN_API Examples {
  Array x = {};
  Array y = {};

  class Batches;
  /// Consecutive rows; the last batch may be shorter.
  Batches batches(std::int64_t batch_size) const;
};

/// The range that Examples::batches gives.
class KERATIN_API Examples::Batches {
 public:
  class Iterator {
   public:
    using value_type = Examples;
    using difference_type = std::ptrdiff_t;
    Iterator(const Batches* batches, std::int64_t first) noexcept : batches_(batches), first_(first) {}
    Examples operator*() const { return batches_->batch(first_); }
    Iterator& operator++() noexcept {
      first_ = batches_->next(first_);
      return *this;
    }
    bool operator==(const Iterator& other) const noexcept { return first_ == other.first_; }

   private:
    const Batches* batches_;
    std::int64_t first_;
  };

  Batches(Examples examples, std::int64_t batch_size);
  Iterator begin() const noexcept { return {this, 0}; }
  Iterator end() const noexcept { return {this, rows_}; }
  std::int64_t size() const noexcept;  ///< number of batches

 private:
  Examples batch(std::int64_t first) const;
  std::int64_t next(std::int64_t first) const noexcept;

  Examples examples_;
  std::int64_t batch_size_;
  std::int64_t rows_;
};

/// A data set, split into two parts.
struct KERATIN_API Split {
  Examples train = {};
  Examples test = {};
};

/// One batch of a stream.
struct KERATIN_API Batch {
  Data x = {};
  Data y = {};
  std::optional<Array> sample_weight = std::nullopt;
};

/// A source of batches, epoch by epoch.
class KERATIN_API Dataset {
 public:
  /// Called for one batch after the other; an empty result ends the epoch, and the next call begins another.
  using Generator = Callable<std::optional<Batch>()>;
  static Dataset from_generator(Generator generator);

  /// The next batch, or nothing at the epoch's end.
  std::optional<Batch> next() const;

 private:
  explicit Dataset(Generator generator);
  std::shared_ptr<Generator> generator_;
};

namespace datasets {

struct DigitsOptions {
  std::uint64_t seed = 0;
  double test_share = 0.2;
};
/// 1797 handwritten digits of 8×8 grey levels 0–16: x (n, 64) float32, y (n,) int32. Shuffled with a fixed seed and
/// split 80/20 (the file is ordered by writer). E. Alpaydin and C. Kaynak, 1998, UCI Machine Learning Repository,
/// doi:10.24432/C50P49, CC BY 4.0.
KERATIN_API Split digits(DigitsOptions options = {});

}  // namespace datasets
}  // namespace keratin::inline v0
