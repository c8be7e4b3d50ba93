#include "keratin/serving/predictor.h"

#include <new>
#include <ostream>
#include <utility>

#include "core/heap.h"
#include "keratin/core/error.h"
#include "keratin/training/model.h"
#include "serving/frozen_model.h"

namespace keratin::inline v0 {

Predictor::Predictor(std::shared_ptr<const serving::FrozenModel> frozen) noexcept : frozen_(std::move(frozen)) {}
Predictor::~Predictor() = default;
Predictor::Predictor(const Predictor&) noexcept = default;
Predictor& Predictor::operator=(const Predictor&) noexcept = default;
Predictor::Predictor(Predictor&&) noexcept = default;
Predictor& Predictor::operator=(Predictor&&) noexcept = default;

const serving::FrozenModel& Predictor::frozen() const {
  if (frozen_ == nullptr) throw ValueError("This Predictor refers to nothing: take one from model.freeze()");
  frozen_->check_process();
  return *frozen_;
}

Outputs Predictor::predict(const Data& x) const try { return frozen().predict(x); } catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("a Predictor's predict");
}

void Predictor::predict_into(const Data& x, std::span<float> out) const try {
  frozen().predict_into(x, out);
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("a Predictor's predict_into");
}

void Predictor::predict_into(std::span<const float> x, std::span<float> out) const try {
  frozen().predict_into(x, out);
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("a Predictor's predict_into");
}

void Predictor::warm_up(const std::vector<std::int64_t>& rows) const try {
  frozen().warm_up(rows);
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("a Predictor's warm_up");
}

MemoryReport Predictor::memory() const { return frozen().memory(); }
PredictorStats Predictor::stats() const { return frozen().stats(); }
const std::string& Predictor::name() const { return frozen().name(); }
const std::vector<std::string>& Predictor::input_names() const { return frozen().input_names(); }
const std::vector<std::string>& Predictor::output_names() const { return frozen().output_names(); }

std::ostream& operator<<(std::ostream& out, const PredictorStats& stats) {
  return out << stats.calls << " calls, of which " << stats.waits << " waited; " << stats.workspaces
             << " workspaces with " << stats.plans << " plans (" << stats.plans_made << " made)";
}

Predictor Model::freeze(const PredictorOptions& options) const try {
  // In a copy of the process made by fork() it stays: somebody who isn't there may hold its locks, or wait for them.
  const auto end = [](const serving::FrozenModel* frozen) {
    if (!frozen->is_other_process()) delete frozen;
  };
  return Predictor(std::shared_ptr<const serving::FrozenModel>(new serving::FrozenModel(live(), options), end));
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("freeze");
}

Predictor Model::freeze() const { return freeze(PredictorOptions()); }

}  // namespace keratin::inline v0
