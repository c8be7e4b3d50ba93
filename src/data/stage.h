#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

#include "keratin/data/data.h"
#include "keratin/data/dataset.h"

namespace keratin::inline v0::data {

/// A place in an epoch.
class Cursor {
 public:
  virtual ~Cursor() = default;
  Cursor() = default;
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  /// Nothing at the end, and ever after; an error ends the epoch too.
  std::optional<Batch> next() {
    if (ended_) return std::nullopt;
    ended_ = true;
    std::optional<Batch> element = produce();
    ended_ = !element;
    return element;
  }
  /// The next `count` elements, or as many as there are, side by side; nothing at the end.
  virtual std::optional<Batch> next_together(std::int64_t count);
  /// Leaves the next `count` elements out, with as little work as that takes; how many there were.
  std::int64_t skip(std::int64_t count) {
    if (ended_) return 0;
    ended_ = true;
    const std::int64_t passed = pass_over(count);
    ended_ = passed < count;
    return passed;
  }

 protected:
  virtual std::optional<Batch> produce() = 0;
  virtual std::int64_t pass_over(std::int64_t count) {
    for (std::int64_t passed = 0; passed < count; ++passed)
      if (!produce()) return passed;
    return count;
  }

 private:
  bool ended_ = false;
};

/// How many epochs of a dataset were begun, by its copies too.
struct Epochs : std::atomic<std::uint64_t> {
  using atomic::atomic;
};

/// A step of a pipeline, with those before it. Never changed; epochs may be begun on any thread.
class Stage {
 public:
  Stage() = default;
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;
  virtual ~Stage() = default;

  /// The cursor keeps alive what it needs.
  virtual std::unique_ptr<Cursor> begin(std::uint64_t epoch) const = 0;
  /// See Dataset::cardinality.
  virtual std::optional<std::int64_t> cardinality() const = 0;
  /// Whether an epoch's number alone decides its elements: else those before it have to be gone through, too.
  virtual bool is_repeatable() const = 0;
  /// Whether the pipeline says that it mixes the order of elements. What a user's function does isn't known.
  virtual bool is_shuffled() const = 0;

  static const std::shared_ptr<const Stage>& of(const Dataset& dataset) { return dataset.stage_; }
  /// The number that the next epoch of the dataset and its copies takes.
  static std::atomic<std::uint64_t>& epochs_of(const Dataset& dataset) { return *dataset.epochs_; }
};

using StagePointer = std::shared_ptr<const Stage>;

inline bool is_repeatable(const StagePointer& source) { return source->is_repeatable(); }
template <class T>
bool is_repeatable(const T& /*argument*/) {
  return true;
}

inline bool is_shuffled(const StagePointer& source) { return source->is_shuffled(); }
template <class T>
bool is_shuffled(const T& /*argument*/) {
  return false;
}

/// A stage whose cursors are C(arguments…, epoch). Where they carry something from epoch to epoch, C says so with a
/// member type Lasting; where they mix the order of elements, with C::mixes(arguments…).
template <class C, class... Arguments>
class StageOf final : public Stage {
 public:
  using Cardinality = std::optional<std::int64_t>;
  StageOf(Cardinality cardinality, Arguments... arguments)
      : cardinality_(cardinality), arguments_(std::move(arguments)...) {}

  std::unique_ptr<Cursor> begin(std::uint64_t epoch) const override {
    return std::apply([&](const Arguments&... each) { return std::make_unique<C>(each..., epoch); }, arguments_);
  }
  std::optional<std::int64_t> cardinality() const override { return cardinality_; }
  bool is_repeatable() const override {
    if constexpr (requires { typename C::Lasting; }) return false;
    return std::apply([](const Arguments&... each) { return (data::is_repeatable(each) && ...); }, arguments_);
  }
  bool is_shuffled() const override {
    if constexpr (requires(const Arguments&... each) { C::mixes(each...); })
      if (std::apply([](const Arguments&... each) { return C::mixes(each...); }, arguments_)) return true;
    return std::apply([](const Arguments&... each) { return (data::is_shuffled(each) || ...); }, arguments_);
  }

 private:
  Cardinality cardinality_;
  std::tuple<Arguments...> arguments_;
};

template <class C, class... Arguments>
Dataset dataset_of(std::optional<std::int64_t> cardinality, Arguments... arguments) {
  return Dataset(std::make_shared<StageOf<C, Arguments...>>(cardinality, std::move(arguments)...));
}

/// The same elements, with a pipeline that says that they were mixed.
Dataset mixed_before(const Dataset& dataset);

}  // namespace keratin::inline v0::data
