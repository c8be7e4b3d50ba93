#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "keratin/core/array.h"
#include "keratin/core/export.h"
#include "keratin/data/data.h"
#include "keratin/data/dataset.h"
#include "keratin/session/variable.h"
#include "keratin/training/stream_state.h"
#include "training/batches.h"
#include "training/kept_weights.h"

namespace keratin::inline v0 {
class Layer;
}

namespace keratin::inline v0::training {

class LiveModel;

/// A layer of a model that keeps states from batch to batch.
struct StatefulLayer {
  Layer* layer = nullptr;
  std::string name;  ///< its path, without the model's
  std::vector<Variable> states;
};
KERATIN_API std::vector<StatefulLayer> stateful_layers(LiveModel& model);
/// A layer's path without the model's: what states are named by.
std::string name_within(const LiveModel& model, const Layer& layer);
/// "lstm/state_0"
std::string state_name(const std::string& layer, std::size_t index);
/// Whether a state is other than 0.
KERATIN_API bool is_set(const Variable& state);

/// What left the states that a model's layers have now.
enum class Work : std::uint8_t { none, train, evaluate, predict };

/// What a model knows of its states' way from run to run.
struct StateWatch {
  Work left_by = Work::none;  ///< none: they were reset, or never set
  int fits = 0;               ///< at work
  bool warned_of_epochs = false;
  bool warned_of_predicting = false;
};

/// The batches that a model with stateful layers takes: all of one size, the rows in order. Of other models it asks
/// nothing. Its errors are StatefulErrors that name the layer, the numbers and the ways out.
class FixedBatch {
 public:
  /// `what`: "fit".
  FixedBatch(LiveModel& model, std::string what);

  bool applies() const noexcept { return rows_ > 0; }
  /// The batch size to use for this one, given as `option`.
  std::optional<std::int64_t> size(std::optional<std::int64_t> given, const std::string& option = "batch_size") const;
  void check_shuffle(bool shuffle) const;
  /// That a Dataset's pipeline doesn't mix its elements, as far as it says so.
  void check_order(const Dataset& dataset, const std::string& data) const;
  /// That `data` ("x") is whole batches, as far as they are reached: `batches` of them, 0: all.
  void check_data(const Data& x, const std::string& data, std::int64_t batches, bool drop_remainder) const;
  /// That x, one batch, has the rows. `which`: "x", "a batch of the Dataset".
  void check_batch(const Data& x, const std::string& which) const;

 private:
  [[noreturn]] void fail(const std::string& problem) const;

  const LiveModel& model_;
  std::string what_;
  const Layer* layer_ = nullptr;
  std::size_t layers_ = 0;
  std::int64_t rows_ = 0;  ///< 0: no layer is stateful
};

/// What fit, evaluate and predict do to states, and say of them: resets by epoch and by sequence, warnings of states
/// that go on without a decision. A run inside of a fit leaves the states as they were.
class StateRun final : public BatchObserver {
 public:
  struct Options {
    std::optional<ResetStates> reset;
    Array sequence_ids;
    std::int64_t rows = -1;  ///< that the ids are for; −1: not known
  };
  /// Throws ValueError for ids that don't fit, or that are missing or not wanted.
  StateRun(LiveModel& model, Work work, const Options& options);
  ~StateRun() override;
  StateRun(const StateRun&) = delete;
  StateRun& operator=(const StateRun&) = delete;

  /// Before an epoch's first batch. `begins`: with the first row of the data.
  void begin_epoch(bool begins);
  void loaded(const Batches& batches) override;

  /// Between its beginning and its end a run inside of a fit has the states.
  class Pass {
   public:
    explicit Pass(StateRun& run);
    ~Pass();
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;

   private:
    StateRun& run_;
    Work left_by_;
  };

 private:
  void reset(const std::vector<bool>& rows) const;
  void reset_sequences(std::int64_t first, std::int64_t rows);
  void warn_of_carried();

  bool is_in_a_fit() const;

  LiveModel& model_;
  Work work_;
  std::optional<ResetStates> reset_;
  Array ids_;
  std::vector<StatefulLayer> layers_;
  std::vector<bool> ended_;            ///< rows of a batch whose sequence did
  std::unique_ptr<KeptWeights> kept_;  ///< of a run inside of a fit
};

}  // namespace keratin::inline v0::training
