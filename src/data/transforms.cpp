// What is done to elements one by one.
#include <algorithm>
#include <mutex>
#include <string>
#include <utility>

#include "data/stacking.h"
#include "data/stage.h"
#include "keratin/core/error.h"

namespace keratin::inline v0 {
namespace {

using data::Cursor;
using data::StagePointer;

using Map = Callable<Batch(Batch)>;
using Predicate = Callable<bool(const Batch&)>;

class MapCursor final : public Cursor {
 public:
  MapCursor(const StagePointer& source, std::shared_ptr<const Map> f, std::uint64_t epoch)
      : source_(source->begin(epoch)), f_(std::move(f)) {}

 protected:
  std::optional<Batch> produce() override {
    std::optional<Batch> element = source_->next();
    if (element) element = (*f_)(std::move(*element));
    return element;
  }
  std::int64_t pass_over(std::int64_t count) override { return source_->skip(count); }

 private:
  std::unique_ptr<Cursor> source_;
  std::shared_ptr<const Map> f_;
};

class FilterCursor final : public Cursor {
 public:
  FilterCursor(const StagePointer& source, std::shared_ptr<const Predicate> f, std::uint64_t epoch)
      : source_(source->begin(epoch)), f_(std::move(f)) {}

 protected:
  std::optional<Batch> produce() override {
    std::optional<Batch> element = source_->next();
    while (element && !(*f_)(*element)) element = source_->next();
    return element;
  }

 private:
  std::unique_ptr<Cursor> source_;
  std::shared_ptr<const Predicate> f_;
};

class TakeCursor final : public Cursor {
 public:
  TakeCursor(const StagePointer& source, std::int64_t count, std::uint64_t epoch)
      : source_(source->begin(epoch)), left_(count) {}

 protected:
  std::optional<Batch> produce() override {
    if (left_ == 0) return std::nullopt;
    --left_;
    return source_->next();
  }
  std::int64_t pass_over(std::int64_t count) override {
    const std::int64_t passed = source_->skip(std::min(count, left_));
    left_ -= passed;
    return passed;
  }

 private:
  std::unique_ptr<Cursor> source_;
  std::int64_t left_;
};

class SkipCursor final : public Cursor {
 public:
  SkipCursor(const StagePointer& source, std::int64_t count, std::uint64_t epoch)
      : source_(source->begin(epoch)), left_(count) {}

 protected:
  std::optional<Batch> produce() override { return leave_out() ? source_->next() : std::nullopt; }
  std::int64_t pass_over(std::int64_t count) override { return leave_out() ? source_->skip(count) : 0; }

 private:
  /// False where the source ends before.
  bool leave_out() {
    const std::int64_t count = std::exchange(left_, 0);
    return source_->skip(count) == count;
  }

  std::unique_ptr<Cursor> source_;
  std::int64_t left_;
};

class RepeatCursor final : public Cursor {
 public:
  RepeatCursor(StagePointer source, std::int64_t count, std::uint64_t epoch)
      : source_(std::move(source)), count_(count), epoch_(epoch) {}

 protected:
  std::optional<Batch> produce() override {
    while (count_ < 0 || done_ < static_cast<std::uint64_t>(count_)) {
      if (!pass_) pass_ = source_->begin(number());
      if (std::optional<Batch> element = pass_->next()) {
        is_empty_ = false;
        return element;
      }
      pass_.reset();
      ++done_;
      if (is_empty_) break;  // nothing, however often
      is_empty_ = true;
    }
    return std::nullopt;
  }
  /// Whole passes of a known length aren't gone through.
  std::int64_t pass_over(std::int64_t count) override {
    const std::int64_t length = source_->cardinality().value_or(0);
    std::int64_t passed = 0;
    while (passed < count && (count_ < 0 || done_ < static_cast<std::uint64_t>(count_))) {
      if (!pass_ && length > 0 && count - passed >= length && source_->is_repeatable()) {
        passed += length;
        ++done_;
        continue;
      }
      if (!pass_) pass_ = source_->begin(number());
      const std::int64_t of_this = pass_->skip(count - passed);
      passed += of_this;
      if (of_this > 0) is_empty_ = false;
      if (passed == count) break;
      pass_.reset();
      ++done_;
      if (is_empty_) break;
      is_empty_ = true;
    }
    return passed;
  }

 private:
  /// Of the source's epoch: no two passes of any epochs share one.
  std::uint64_t number() const noexcept {
    return count_ < 0 ? (epoch_ << 32U) + done_ : epoch_ * static_cast<std::uint64_t>(count_) + done_;
  }

  StagePointer source_;
  std::int64_t count_;
  std::uint64_t epoch_;
  std::uint64_t done_ = 0;
  bool is_empty_ = true;  ///< the pass at work, so far
  std::unique_ptr<Cursor> pass_;
};

class ConcatenateCursor final : public Cursor {
 public:
  ConcatenateCursor(const StagePointer& first, StagePointer second, std::uint64_t epoch)
      : at_(first->begin(epoch)), second_(std::move(second)), epoch_(epoch) {}

 protected:
  std::optional<Batch> produce() override {
    std::optional<Batch> element = at_->next();
    if (!element && second_) {
      at_ = std::exchange(second_, nullptr)->begin(epoch_);
      element = at_->next();
    }
    return element;
  }
  std::int64_t pass_over(std::int64_t count) override {
    std::int64_t passed = at_->skip(count);
    if (passed < count && second_) {
      at_ = std::exchange(second_, nullptr)->begin(epoch_);
      passed += at_->skip(count - passed);
    }
    return passed;
  }

 private:
  std::unique_ptr<Cursor> at_;
  StagePointer second_;
  std::uint64_t epoch_;
};

/// Elements that were kept, shared by all epochs.
struct Kept {
  using Elements = std::shared_ptr<const std::vector<Batch>>;

  Elements get() {
    const std::lock_guard lock(mutex);
    return elements;
  }
  void set(std::vector<Batch> all) {
    const std::lock_guard lock(mutex);
    if (!elements) elements = std::make_shared<const std::vector<Batch>>(std::move(all));
  }

  std::mutex mutex;
  Elements elements;
};

class CacheCursor final : public Cursor {
 public:
  using Lasting = Kept;
  CacheCursor(const StagePointer& source, std::shared_ptr<Kept> kept, std::uint64_t epoch)
      : kept_(std::move(kept)), elements_(kept_->get()) {
    if (!elements_) source_ = source->begin(epoch);
  }

 protected:
  std::optional<Batch> produce() override {
    if (elements_) {
      if (at_ == elements_->size()) return std::nullopt;
      return (*elements_)[at_++];
    }
    std::optional<Batch> element = source_->next();
    if (element) {
      seen_.push_back(*element);
    } else {
      kept_->set(std::exchange(seen_, {}));
    }
    return element;
  }

 private:
  std::shared_ptr<Kept> kept_;
  Kept::Elements elements_;
  std::unique_ptr<Cursor> source_;
  std::vector<Batch> seen_;
  std::size_t at_ = 0;
};

std::int64_t checked_count(std::int64_t count, const char* what) {
  if (count < 0)
    throw ValueError(std::string("Dataset::") + what +
                     ": `count` must not be negative. Received: " + std::to_string(count));
  return count;
}

/// f of a cardinality that is known and finite.
template <class F>
std::optional<std::int64_t> counted(std::optional<std::int64_t> cardinality, F f) {
  if (!cardinality || *cardinality == Dataset::infinite) return cardinality;
  return f(*cardinality);
}

template <class F>
std::shared_ptr<const F> shared_function(F f, const char* what) {
  if (!f) throw ValueError(std::string("Dataset::") + what + " needs a function. Received: an empty one");
  return std::make_shared<const F>(std::move(f));
}

}  // namespace

Dataset Dataset::map(Map f) const {
  return data::dataset_of<MapCursor>(cardinality(), stage_, shared_function(std::move(f), "map"));
}

Dataset Dataset::filter(Predicate f) const {
  return data::dataset_of<FilterCursor>(std::nullopt, stage_, shared_function(std::move(f), "filter"));
}

Dataset Dataset::take(std::int64_t count) const {
  checked_count(count, "take");
  std::optional<std::int64_t> taken = counted(cardinality(), [&](std::int64_t all) { return std::min(all, count); });
  if (count == 0 || taken == infinite) taken = count;
  return data::dataset_of<TakeCursor>(taken, stage_, count);
}

Dataset Dataset::skip(std::int64_t count) const {
  checked_count(count, "skip");
  const auto left = [&](std::int64_t all) { return std::max<std::int64_t>(all - count, 0); };
  return data::dataset_of<SkipCursor>(counted(cardinality(), left), stage_, count);
}

Dataset Dataset::repeat(std::int64_t count) const {
  if (count < -1)
    throw ValueError(
        "Dataset::repeat: `count` must not be negative, but for −1, which repeats without end. Received: " +
        std::to_string(count));
  const auto repeated = [&](std::int64_t all) { return all == 0 ? 0 : count < 0 ? infinite : all * count; };
  std::optional<std::int64_t> cardinality = counted(this->cardinality(), repeated);
  if (count == 0) cardinality = 0;
  return data::dataset_of<RepeatCursor>(cardinality, stage_, count);
}

Dataset Dataset::concatenate(const Dataset& dataset) const {
  const std::optional<std::int64_t> second = dataset.cardinality();
  std::optional<std::int64_t> sum = cardinality();
  if (sum != infinite)
    sum = sum                  ? counted(second, [&](std::int64_t count) { return *sum + count; })
          : second == infinite ? second
                               : std::nullopt;
  return data::dataset_of<ConcatenateCursor>(sum, stage_, dataset.stage_);
}

Dataset Dataset::cache() const {
  return data::dataset_of<CacheCursor>(cardinality(), stage_, std::make_shared<Kept>());
}

}  // namespace keratin::inline v0
