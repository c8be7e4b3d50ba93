#include "keratin/data/dataset.h"

#include <utility>

#include "data/stage.h"

namespace keratin::inline v0 {

Dataset::Dataset(std::shared_ptr<const data::Stage> stage)
    : stage_(std::move(stage)), epochs_(std::make_shared<data::Epochs>(0)) {}

Dataset::Dataset(const Dataset& other) : stage_(other.stage_), epochs_(other.epochs_) {}
Dataset::Dataset(Dataset&&) noexcept = default;
Dataset& Dataset::operator=(Dataset other) noexcept {
  stage_ = std::move(other.stage_);
  epochs_ = std::move(other.epochs_);
  pass_ = std::move(other.pass_);
  return *this;
}
Dataset::~Dataset() = default;

std::optional<std::int64_t> Dataset::cardinality() const { return stage_->cardinality(); }

std::uint64_t Dataset::next_epoch() const noexcept { return epochs_->fetch_add(1, std::memory_order_relaxed); }

Dataset::Pass Dataset::epoch(std::uint64_t number) const { return Pass(stage_->begin(number)); }

Dataset::Iterator Dataset::begin() const { return Iterator(epoch(next_epoch())); }

std::optional<Batch> Dataset::next() const {
  std::shared_ptr<Pass> pass = std::move(pass_);
  if (!pass) pass = std::make_shared<Pass>(epoch(next_epoch()));
  std::optional<Batch> element = pass->next();
  if (element) pass_ = std::move(pass);
  return element;
}

Dataset::Pass::Pass(std::unique_ptr<data::Cursor> cursor) : cursor_(std::move(cursor)) {}
Dataset::Pass::Pass(Pass&&) noexcept = default;
Dataset::Pass& Dataset::Pass::operator=(Pass&&) noexcept = default;
Dataset::Pass::~Pass() = default;

std::optional<Batch> Dataset::Pass::next() { return cursor_->next(); }

}  // namespace keratin::inline v0
