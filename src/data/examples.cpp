#include "keratin/data/examples.h"

#include <algorithm>
#include <string>
#include <utility>

#include "keratin/core/error.h"

namespace keratin::inline v0 {

Examples::Batches Examples::batches(std::int64_t batch_size) const { return {*this, batch_size}; }

Examples::Batches::Batches(Examples examples, std::int64_t batch_size)
    : examples_(std::move(examples)),
      batch_size_(batch_size),
      rows_(examples_.x.shape().empty() ? 0 : examples_.x.shape().front()) {
  if (batch_size_ < 1)
    throw ValueError("A batch has at least one row. Received: batch_size=" + std::to_string(batch_size_));
  const std::int64_t targets = examples_.y.shape().empty() ? 0 : examples_.y.shape().front();
  if (targets != rows_)
    throw ShapeError("x and y need the same number of rows. Received: " + to_string(examples_.x.shape()) + " and " +
                     to_string(examples_.y.shape()));
}

std::int64_t Examples::Batches::size() const noexcept { return (rows_ + batch_size_ - 1) / batch_size_; }

Examples Examples::Batches::batch(std::int64_t first) const {
  return {examples_.x.rows(first, next(first)), examples_.y.rows(first, next(first))};
}

std::int64_t Examples::Batches::next(std::int64_t first) const noexcept { return std::min(rows_, first + batch_size_); }

}  // namespace keratin::inline v0
