#include "layers/layer_states.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <unordered_set>

#include "keratin/core/error.h"
#include "keratin/layers/recurrent.h"
#include "layers/checks.h"
#include "session/core.h"
#include "session/variable_store.h"

namespace keratin::inline v0::layers {
namespace {

void add_all(Layer& layer, std::unordered_set<const Layer*>& seen, std::vector<Layer*>& all) {
  if (!seen.insert(&layer).second) return;
  all.push_back(&layer);
  for (Layer* const below : layer.sublayers()) add_all(*below, seen, all);
}

/// Of this layer and those below it. What is shared may be asked twice: to note each of them costs more.
bool keep_states(const Layer& layer) {
  return !layer.states().empty() ||
         std::ranges::any_of(layer.sublayers(), [](const Layer* below) { return keep_states(*below); });
}

}  // namespace

std::vector<Layer*> all_layers(Layer& layer) {
  std::unordered_set<const Layer*> seen;
  std::vector<Layer*> all;
  add_all(layer, seen, all);
  return all;
}

std::vector<Layer*> stateful_layers(Layer& layer) {
  if (!keep_states(layer)) return {};  // mostly so, and each predict asks
  std::vector<Layer*> all = all_layers(layer);
  std::erase_if(all, [](const Layer* each) { return each->states().empty(); });
  return all;
}

void set_state_rows(const Variable& state, const std::vector<bool>& rows, const Array* values) {
  const bool is_untouched = session::Inner::state(state).memory == nullptr;
  if (is_untouched && values == nullptr) return;
  if (rows.empty() && values != nullptr) return session::Inner::write(state, *values);
  const Shape shape = state.shape();
  const auto all = static_cast<std::size_t>(shape.front());
  const std::size_t bytes =
      static_cast<std::size_t>(shape.elements()) * size_of(state.dtype()) / std::max<std::size_t>(all, 1);
  std::byte* const memory = session::Inner::data(state);
  const Array given = values == nullptr ? Array() : values->contiguous();
  for (std::size_t row = 0; row < all; ++row) {
    if (!rows.empty() && !rows[row]) continue;
    std::byte* const to = memory + row * bytes;
    if (values == nullptr) {
      std::memset(to, 0, bytes);
    } else {
      std::memcpy(to, static_cast<const std::byte*>(given.raw()) + row * bytes, bytes);
    }
  }
}

void check_state_rows(const Layer& layer, const std::vector<bool>& rows) {
  for (const Variable& state : layer.states())
    if (!rows.empty() && state.shape().front() != static_cast<std::int64_t>(rows.size()))
      throw ShapeError("reset_states: rows has a mark for each row of the batch, which are " +
                           std::to_string(state.shape().front()) + " in " + title(layer) +
                           ". Received: " + std::to_string(rows.size()) + " marks",
                       layer.path(), layer.where());
}

void reset_states(Layer& layer, const std::vector<bool>& rows) {
  const session::Core::Entry entry(session::Inner::core(layer));
  const std::vector<Layer*> stateful = stateful_layers(layer);
  for (const Layer* const each : stateful) check_state_rows(*each, rows);
  for (const Layer* const each : stateful)
    for (const Variable& state : each->states()) set_state_rows(state, rows, nullptr);
}

void RNN::reset_states(const std::vector<bool>& rows) { layers::reset_states(*this, rows); }

}  // namespace keratin::inline v0::layers
