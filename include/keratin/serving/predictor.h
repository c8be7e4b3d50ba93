#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "keratin/core/array.h"
#include "keratin/core/export.h"
#include "keratin/core/memory.h"
#include "keratin/data/data.h"

namespace keratin::inline v0 {

namespace serving {
class FrozenModel;
}

struct PredictorOptions {
  /// Rows that are computed at a time, as Model::predict's batch_size: the same size gives the same bits.
  std::int64_t batch_size = 32;
  /// Calls that compute at the same time, each in a workspace of its own. Further callers wait, in no particular order,
  /// until one is free. 0: as many as the process has cores.
  std::int64_t max_workspaces = 0;
  /// Threads that a call computes with, its own included. The results don't depend on it.
  int threads = 1;
  /// Plans that each workspace keeps, one for each number of rows; the one used longest ago goes first.
  std::int64_t max_plans = 8;
  /// For weights, plans and workspaces together; above it, OutOfMemoryError. 0 bytes: none.
  Bytes memory_budget = {};
  /// For messages and reports; not given: the model's.
  std::string name = {};
};

/// What a predictor has done and has, now.
struct PredictorStats {
  std::int64_t calls = 0;
  std::int64_t waits = 0;       ///< calls that found no workspace free
  std::int64_t workspaces = 0;  ///< made so far
  std::int64_t plans = 0;       ///< kept, in all workspaces
  std::int64_t plans_made = 0;
};
KERATIN_API std::ostream& operator<<(std::ostream& out, const PredictorStats& stats);

/// A model's weights and what it computes when it predicts, frozen by Model::freeze: unchangeable, with memory and
/// books of its own. Training, clearing or ending the session no longer touches it. Copies share all of it, and it ends
/// with the last one. Every member may be called from any thread at any time.
///
///     const kt::Predictor predictor = model.freeze();
///     kt::Array y = predictor.predict(x);  // on any thread
class KERATIN_API Predictor {
 public:
  /// Refers to nothing; using it throws ValueError.
  Predictor() noexcept = default;
  explicit Predictor(std::shared_ptr<const serving::FrozenModel> frozen) noexcept;
  ~Predictor();
  Predictor(const Predictor&) noexcept;
  Predictor& operator=(const Predictor&) noexcept;
  Predictor(Predictor&&) noexcept;
  Predictor& operator=(Predictor&&) noexcept;

  /// What Model::predict gave, bit for bit. Throws ShapeError, DTypeError and ValueError for inputs that don't fit (the
  /// text names them), OutOfMemoryError over a budget; the predictor is as good after it as before.
  Outputs predict(const Data& x) const;
  /// Into memory of the caller's, which must hold exactly the result's elements (of the only output, float32).
  /// Allocates nothing once a workspace has a plan for so many rows, where arrays are contiguous and of their input's
  /// dtype.
  void predict_into(const Data& x, std::span<float> out) const;
  /// The same for a model of one float32 input: its rows one after the other.
  void predict_into(std::span<const float> x, std::span<float> out) const;
  /// Makes all workspaces, each with plans for these numbers of rows (at most max_plans of them), so that no later call
  /// of such sizes plans or allocates. Throws OutOfMemoryError over a budget.
  void warm_up(const std::vector<std::int64_t>& rows) const;

  MemoryReport memory() const;
  PredictorStats stats() const;
  const std::string& name() const;
  const std::vector<std::string>& input_names() const;
  const std::vector<std::string>& output_names() const;

 private:
  const serving::FrozenModel& frozen() const;

  std::shared_ptr<const serving::FrozenModel> frozen_;
};

namespace serving {
using keratin::Predictor;
using keratin::PredictorOptions;
using keratin::PredictorStats;
}  // namespace serving

}  // namespace keratin::inline v0
