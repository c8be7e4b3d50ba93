#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "keratin/core/array.h"
#include "keratin/core/export.h"
#include "keratin/core/named_arrays.h"

namespace keratin::inline v0 {

/// When fit, evaluate and predict set the states of stateful layers to 0 by themselves. Where it isn't said, they never
/// do, and warn once where states go over an epoch's end, or from training into predicting, without a reset.
enum class ResetStates : std::uint8_t {
  manual,      ///< never: the caller does with Model::reset_states, or wants states to go on
  each_epoch,  ///< before each epoch (evaluate, predict: before the first batch)
  /// All rows before the data's first batch; then a row where its id in `sequence_ids` differs from the one of the
  /// batch before.
  each_sequence,
};

/// What Model::reset_states sets, and to what.
struct ResetStatesOptions {
  std::vector<std::string> layers = {};  ///< by name or path; none given: all stateful layers
  std::vector<bool> rows = {};           ///< one for each row of the batch, true: set; none given: all
  /// By path, as Model::states() gives them; not given: 0.
  NamedArrays values = {};
};

/// The states of a model's recurrent layers as a value that the caller holds: copied, saved, given back. Each stream of
/// data has one of its own, and one model serves them all. Made by Model::initial_state.
///
///     kt::StreamState state = model.initial_state();
///     auto y = model.predict(x, state);  // goes on where the last call with this state ended
class KERATIN_API StreamState {
 public:
  StreamState() = default;
  /// From what arrays() gave: kt::save_npz and kt::load_npz store it.
  explicit StreamState(NamedArrays arrays) : arrays_(std::move(arrays)) {}

  bool empty() const noexcept { return arrays_.empty(); }
  /// By path ("lstm/state_0"): (batch, …). Copies share memory until one is written.
  const NamedArrays& arrays() const noexcept { return arrays_; }
  /// How many rows x must have; 0 of an empty one.
  std::int64_t rows() const noexcept { return empty() ? 0 : arrays_.begin()->second.shape().front(); }

 private:
  NamedArrays arrays_;
};

}  // namespace keratin::inline v0
