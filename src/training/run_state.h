#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "keratin/core/array.h"
#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/session/variable.h"
#include "keratin/training/logs.h"
#include "training/batches.h"

namespace keratin::inline v0::training {

class LiveModel;

/// Where a fit stands between two batches or two epochs: all that another process needs to go on from there.
struct RunState {
  using Values = std::vector<std::pair<std::string, Array>>;  ///< paths of variables, and what they hold
  struct OfCallback {
    std::string class_name;
    Config state;
    std::vector<Array> weights;  ///< kept for it
  };

  std::int64_t epoch = 0;  ///< the one that is at work, or begins
  std::int64_t batch = 0;  ///< batches of it that are done; 0: it begins
  BatchPosition position;
  Logs logs;  ///< of the last batch, or of the last epoch
  Values variables = {};
  Values metrics = {};  ///< empty where an epoch begins
  std::vector<OfCallback> callbacks = {};
};

/// All state of a model that lasts from epoch to epoch: weights, random streams, recurrent states, the optimizer's.
/// In an order that the same program repeats.
std::vector<Variable> lasting_variables(LiveModel& model);
/// What is reset when an epoch begins.
std::vector<Variable> metric_variables(LiveModel& model);

/// The variables' values where they lie: until the next step.
RunState::Values values_of(std::span<const Variable> variables);
/// Throws FileError before anything is written if the values are those of other variables. `what` names them.
void restore_values(std::span<const Variable> variables, const RunState::Values& values, const char* what);

}  // namespace keratin::inline v0::training
