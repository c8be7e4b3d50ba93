#include <string>
#include <utility>

#include "core/philox.h"
#include "keratin/core/error.h"
#include "keratin/layers/cells.h"
#include "keratin/ops/math.h"
#include "layers/checks.h"
#include "ops/random.h"
#include "session/core.h"

namespace keratin::inline v0::layers {

std::vector<Shape> RNNCell::state_shapes() const {
  std::vector<Shape> shapes;
  for (const std::int64_t size : state_size()) shapes.push_back({size});
  return shapes;
}

std::vector<Tensor> RNNCell::call_all(std::span<const Tensor> inputs, const CallContext& context) {
  const std::size_t states = state_shapes().size();
  if (inputs.size() != states + 1)
    throw ValueError(title(*this) + " takes the input of a step and " + std::to_string(states) +
                     " states. Received: " + std::to_string(inputs.size()) + " tensors");
  CellStep result = step(inputs.front(), inputs.subspan(1), context);
  if (result.states.size() != states)
    throw ValueError(title(*this) + ": a step must give " + std::to_string(states) +
                     " states, as many as it takes. Received: " + std::to_string(result.states.size()));
  std::vector<Tensor> all{std::move(result.output)};
  for (Tensor& state : result.states) all.push_back(std::move(state));
  return all;
}

void DropoutRNNCell::set_dropout(double dropout, double recurrent_dropout, std::size_t gates,
                                 std::optional<std::uint64_t> seed) {
  dropout_ = dropout;
  recurrent_dropout_ = recurrent_dropout;
  gates_ = gates;
  seed_ = seed;
}

void DropoutRNNCell::build_dropout() {
  if (dropout_ > 0.0 || recurrent_dropout_ > 0.0)
    calls_ = add_variable("seed_state", {}, {.dtype = int64, .trainable = false});
}

void DropoutRNNCell::begin_sequence() {
  in_sequence_ = true;
  drawn_at_ = {};
  masks_.assign(2 * gates_, {});
}

void DropoutRNNCell::end_sequence() noexcept {
  in_sequence_ = false;
  drawn_at_ = {};
  masks_.clear();
}

/// Ones, of which a share is 0 and the rest larger; of inputs' streams, and then of states'.
Tensor DropoutRNNCell::mask_for(const Tensor& like, double rate, std::size_t stream) {
  Tensor& mask = masks_[stream];
  if (!mask.is_empty()) return mask;
  if (rate >= 1.0) return mask = ops::zeros_like(like);
  if (drawn_at_.is_empty()) {
    drawn_at_ = calls_;
    calls_.assign_add(1);
  }
  const std::string name = (stream < gates_ ? "dropout/" : "recurrent_dropout/") + std::to_string(stream % gates_);
  const core::PhiloxKey key = seed_ ? core::stream_key(*seed_, name)
                                    : core::stream_key(session::Inner::core(*this).seed(), path() + "/" + name);
  mask = ops::detail::dropout(ops::ones_like(like), rate, key, drawn_at_);
  return mask;
}

}  // namespace keratin::inline v0::layers
