#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "graph/spec.h"
#include "keratin/core/array.h"
#include "keratin/training/logs.h"
#include "session/traced_function.h"
#include "training/batches.h"
#include "training/live_model.h"

namespace keratin::inline v0::training {

/// Of what a function that runs eagerly gave.
std::vector<graph::Spec> specs_of(std::span<const Array> results);

/// By name, as Keras gives all logs.
Logs sorted_by_name(const Logs& logs);

/// Runs the train or test step on one batch after the other and keeps its numbers as logs: no allocation after the
/// first.
class StepRunner {
 public:
  StepRunner(LiveModel& model, bool training);

  const Logs& run(const Batches& batches);
  /// The batch at hand and those after it, as many as compile's steps_per_execution says.
  const Logs& run_execution(Batches& batches);
  const Logs& logs() const noexcept { return logs_; }

 private:
  /// Where a result of the step goes, and how many numbers it has.
  struct Place {
    DType dtype = float32;
    std::size_t count = 1;
    std::byte* memory = nullptr;
    std::size_t first = 0;  ///< of its numbers, among all
  };
  /// `columns`: that the step was given.
  void lay_out(std::span<const graph::Spec> results, std::size_t columns);
  void run_eagerly(const Batches& batches);

  LiveModel& model_;
  bool training_;
  session::TracedFunction& function_;
  Compiled& compiled_;
  Logs logs_;
  Logs::Names names_;               ///< of the results
  std::vector<std::size_t> order_;  ///< where each number is in the logs
  std::vector<std::uint64_t> memory_;
  std::vector<Place> places_;
  std::vector<std::byte*> addresses_;
};

}  // namespace keratin::inline v0::training
