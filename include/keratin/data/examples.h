#pragma once

#include <cstddef>
#include <cstdint>

#include "keratin/core/array.h"
#include "keratin/core/export.h"

namespace keratin::inline v0 {

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

}  // namespace keratin::inline v0
