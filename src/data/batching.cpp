// Rows to batches and back, and their order.
#include <algorithm>
#include <string>
#include <utility>

#include "core/philox.h"
#include "data/stacking.h"
#include "data/stage.h"
#include "keratin/core/error.h"

namespace keratin::inline v0 {

std::optional<Batch> data::Cursor::next_together(std::int64_t count) {
  std::vector<Batch> elements;
  for (std::int64_t i = 0; i < count; ++i) {
    std::optional<Batch> element = next();
    if (!element) break;
    elements.push_back(std::move(*element));
  }
  if (elements.empty()) return std::nullopt;
  return stacked(elements);
}

namespace {

using data::Cursor;
using data::StagePointer;

class BatchCursor final : public Cursor {
 public:
  BatchCursor(const StagePointer& source, std::int64_t size, BatchingOptions options, std::uint64_t epoch)
      : source_(source->begin(epoch)), size_(size), options_(options) {}

 protected:
  std::optional<Batch> produce() override {
    std::optional<Batch> batch = source_->next_together(size_);
    if (batch && options_.drop_remainder && data::common_rows(*batch, "Dataset::batch") < size_) return std::nullopt;
    return batch;
  }
  std::int64_t pass_over(std::int64_t count) override {
    const std::int64_t rows = source_->skip(count * size_);
    return rows / size_ + (!options_.drop_remainder && rows % size_ > 0 ? 1 : 0);
  }

 private:
  std::unique_ptr<Cursor> source_;
  std::int64_t size_;
  BatchingOptions options_;
};

class UnbatchCursor final : public Cursor {
 public:
  UnbatchCursor(const StagePointer& source, std::uint64_t epoch) : source_(source->begin(epoch)) {}

 protected:
  std::optional<Batch> produce() override {
    while (at_ == rows_) {
      std::optional<Batch> batch = source_->next();
      if (!batch) return std::nullopt;
      rows_ = data::common_rows(*batch, "Dataset::unbatch");
      batch_ = std::move(*batch);
      at_ = 0;
    }
    return data::row_of(batch_, at_++);
  }

 private:
  std::unique_ptr<Cursor> source_;
  Batch batch_;
  std::int64_t rows_ = 0;
  std::int64_t at_ = 0;
};

class ShuffleCursor final : public Cursor {
 public:
  ShuffleCursor(const StagePointer& source, std::int64_t size, ShuffleOptions options, std::uint64_t epoch)
      : source_(source->begin(epoch)),
        size_(static_cast<std::size_t>(size)),
        key_(core::stream_key(options.seed, "dataset/shuffle")),
        round_(options.reshuffle_each_iteration ? epoch : 0) {}
  static bool mixes(const StagePointer& /*source*/, std::int64_t size, ShuffleOptions /*options*/) { return size > 1; }

 protected:
  std::optional<Batch> produce() override {
    while (buffer_.size() < size_) {
      std::optional<Batch> element = source_->next();
      if (!element) break;
      buffer_.push_back(std::move(*element));
    }
    if (buffer_.empty()) return std::nullopt;
    std::swap(buffer_[drawn()], buffer_.back());
    Batch element = std::move(buffer_.back());
    buffer_.pop_back();
    return element;
  }

 private:
  /// A place in the buffer.
  std::size_t drawn() noexcept {
    const auto low = [](std::uint64_t number) { return static_cast<std::uint32_t>(number); };
    const auto high = [](std::uint64_t number) { return static_cast<std::uint32_t>(number >> 32U); };
    const core::PhiloxBlock words = core::philox({low(draws_), high(draws_), low(round_), high(round_)}, key_);
    ++draws_;
    return ((std::uint64_t{words[0]} << 32U) | words[1]) % buffer_.size();
  }

  std::unique_ptr<Cursor> source_;
  std::size_t size_;
  core::PhiloxKey key_;
  std::uint64_t round_;
  std::uint64_t draws_ = 0;
  std::vector<Batch> buffer_;
};

/// Elements whose order was mixed when the source was made.
class MixedBeforeCursor final : public Cursor {
 public:
  MixedBeforeCursor(const StagePointer& source, std::uint64_t epoch) : source_(source->begin(epoch)) {}
  static bool mixes(const StagePointer& /*source*/) { return true; }

 protected:
  std::optional<Batch> produce() override { return source_->next(); }
  std::int64_t pass_over(std::int64_t count) override { return source_->skip(count); }

 private:
  std::unique_ptr<Cursor> source_;
};

std::int64_t checked_size(std::int64_t size, const char* what) {
  if (size < 1)
    throw ValueError(std::string("Dataset::") + what + " must be positive. Received: " + std::to_string(size));
  return size;
}

}  // namespace

Dataset data::mixed_before(const Dataset& dataset) {
  return data::dataset_of<MixedBeforeCursor>(dataset.cardinality(), data::Stage::of(dataset));
}

Dataset Dataset::batch(std::int64_t batch_size, BatchingOptions options) const {
  checked_size(batch_size, "batch: `batch_size`");
  std::optional<std::int64_t> batches = cardinality();
  if (batches && *batches != infinite)
    batches = *batches / batch_size + (!options.drop_remainder && *batches % batch_size > 0 ? 1 : 0);
  return data::dataset_of<BatchCursor>(batches, stage_, batch_size, options);
}

Dataset Dataset::unbatch() const { return data::dataset_of<UnbatchCursor>(std::nullopt, stage_); }

Dataset Dataset::shuffle(std::int64_t buffer_size, ShuffleOptions options) const {
  checked_size(buffer_size, "shuffle: `buffer_size`");
  return data::dataset_of<ShuffleCursor>(cardinality(), stage_, buffer_size, options);
}

}  // namespace keratin::inline v0
