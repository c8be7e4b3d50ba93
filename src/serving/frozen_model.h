#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "core/arena.h"
#include "core/fork.h"
#include "keratin/data/data.h"
#include "keratin/serving/predictor.h"
#include "serving/pool.h"
#include "serving/workspace.h"
#include "training/live_model.h"
#include "training/model_inputs.h"

namespace keratin::inline v0::serving {

/// What a Predictor refers to: a model's graph and weights in memory of its own, and the workspaces to compute in.
class FrozenModel {
 public:
  /// Copies what predicting takes of the model. Throws before anything is allocated where the model can't be frozen.
  FrozenModel(training::LiveModel& model, const PredictorOptions& options);
  FrozenModel(const FrozenModel&) = delete;
  FrozenModel& operator=(const FrozenModel&) = delete;

  Outputs predict(const Data& x) const;
  void predict_into(const Data& x, std::span<float> out) const;
  void predict_into(std::span<const float> x, std::span<float> out) const;
  void warm_up(std::span<const std::int64_t> rows) const;

  /// Throws ForkedError in a child process of the one that made it.
  void check_process() const;
  bool is_other_process() const noexcept { return made_.is_other_process(); }

  MemoryReport memory() const { return arena_.report(); }
  PredictorStats stats() const;
  const std::string& name() const noexcept { return frozen_.name; }
  const std::vector<std::string>& input_names() const noexcept { return input_names_; }
  const std::vector<std::string>& output_names() const noexcept { return output_names_; }

 private:
  void copy_weights(training::LiveModel& model);
  /// Whether arrays can be read where they lie, as they are.
  bool is_plain(const Data& x) const;
  /// Arrays in the inputs' order, which can be.
  Data plain(const Data& x) const;
  const Array& input(const Data& x, std::size_t index) const;

  struct Rows;
  class Into;
  Rows rows_of(const Data& plain) const;
  Outputs predict_plain(const Data& x) const;
  void run(Workspace& workspace, const Rows& rows, Into& results) const;
  void predict_into(const Rows& rows, std::span<float> out) const;

  core::MadeIn made_;
  mutable core::Arena arena_;
  core::ArenaResource graph_memory_;
  Frozen frozen_;
  std::vector<training::InputShape> inputs_;
  std::vector<std::string> input_names_;
  std::vector<std::string> output_names_;
  std::int64_t batch_size_;
  mutable PlanCounts plans_;
  mutable Pool pool_;
  mutable std::mutex warming_;  ///< held by who takes all workspaces, one after another
};

}  // namespace keratin::inline v0::serving
