#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/interrupts.h"
#include "cli/prove/curve.h"
#include "cli/prove/subject.h"

namespace keratin::inline v0::cli {

/// What was looked at, and whether it is so; nothing where it couldn't be looked at.
struct Claim {
  std::string text;
  std::optional<bool> holds;
};

/// How far `outputs`, what somebody else's program gave for the subject's inputs, are from the model's predictions.
Claim compare_predictions(const Subject& subject, const std::vector<Array>& outputs, const std::string& whose);

/// So many training steps in two sessions of one seed: equal bits of all that the model and its optimizer hold.
Claim train_twice(const Subject& subject, std::int64_t steps, const Interrupts& interrupts);

/// What a process reported that ran the rounds, and how its memory was seen from outside.
struct Rounds {
  Curve curve = {};
  std::int64_t base_bytes = 0;      ///< private memory of the process before the first round, touched or not
  std::int64_t planned_bytes = 0;   ///< what a round's session takes at its peak, known before it runs
  bool is_planned = true;           ///< or measured in a round, where it can't be planned
  std::int64_t unbooked_bytes = 0;  ///< what a first round took beside both: generated code, objects on the heap
  std::int64_t limit_bytes = 0;     ///< RLIMIT_DATA
  std::int64_t left_bytes = 0;      ///< the most that was left on the session's books after a clear()
  std::string failure = {};         ///< why it ended early; empty where it didn't
};
/// Rebuilds, fits and clears in a process of its own, under a limit that the kernel holds. `folder`: the subject's.
Rounds run_rounds(const std::string& folder, std::int64_t rounds, std::int64_t margin_bytes,
                  const Interrupts& interrupts);
/// The other side of that: the process itself.
void rounds_process(const std::string& folder, std::int64_t margin_bytes);

/// Keras on the same model, in a process of its own: predicts, and runs the same loop.
class KerasLoop {
 public:
  /// A Python that has Keras: the one given, or else python3 of the path if Keras is there; empty otherwise.
  static std::string python_of(const std::string& given);

  KerasLoop(std::string python, std::string folder) : python_(std::move(python)), folder_(std::move(folder)) {}
  /// Predicts, and then runs the rounds. Throws std::runtime_error with what Python printed where it fails.
  void run(std::int64_t rounds, const Interrupts& interrupts);

  const std::string& version() const noexcept { return version_; }
  const std::vector<Array>& outputs() const noexcept { return outputs_; }
  const Curve& curve() const noexcept { return curve_; }

 private:
  std::string python_;
  std::string folder_;
  std::string version_;
  std::vector<Array> outputs_;
  Curve curve_;
};

}  // namespace keratin::inline v0::cli
