#pragma once

#include <cstddef>
#include <vector>

#include "keratin/training/logs.h"
#include "session/traced_function.h"
#include "training/batches.h"
#include "training/compiled.h"

namespace keratin::inline v0::training {

/// Runs a step function on one batch after the other and keeps its numbers as logs: no allocation after the first.
class StepRunner {
 public:
  StepRunner(session::TracedFunction& function, Compiled& compiled);

  const Logs& run(const Batches& batches);
  const Logs& logs() const noexcept { return logs_; }

 private:
  session::TracedFunction& function_;
  Compiled& compiled_;
  bool is_eager_;
  Logs logs_;
  std::vector<float> numbers_;
  std::vector<std::byte*> addresses_;
};

}  // namespace keratin::inline v0::training
