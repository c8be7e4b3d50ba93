#include "layers/stream_scope.h"

#include <algorithm>
#include <utility>

#include "keratin/core/error.h"

namespace keratin::inline v0::layers {
namespace {

thread_local StreamScope* at_work = nullptr;
thread_local int steps = 0;

}  // namespace

StreamScope::StreamScope() noexcept : StreamScope(std::vector<Tensor>()) {}

StreamScope::StreamScope(std::vector<Tensor> states) noexcept
    : before_(std::exchange(at_work, this)), steps_before_(std::exchange(steps, 0)), given_(std::move(states)) {}

StreamScope::~StreamScope() {
  at_work = before_;
  steps = steps_before_;
}

StreamScope::Step::Step() noexcept { ++steps; }

StreamScope::Step::~Step() { --steps; }

StreamScope* StreamScope::of_call(bool stateful) noexcept { return stateful || steps == 0 ? at_work : nullptr; }

std::vector<Tensor> StreamScope::begin(const Layer& layer, std::vector<Slot> slots, bool shared) {
  const auto number = static_cast<std::size_t>(std::ranges::count(calls_, &layer, &Call::layer));
  if (shared && number > 0) return std::ranges::find(calls_, &layer, &Call::layer)->states;
  Call& call = calls_.emplace_back(Call{.layer = &layer, .number = number, .slots = std::move(slots), .states = {}});
  if (given_.empty()) return {};
  if (given_.size() - taken_ < call.slots.size())
    throw InternalError("A model's call has more states than were found in it before");
  const auto first = given_.begin() + static_cast<std::ptrdiff_t>(taken_);
  taken_ += call.slots.size();
  call.states.assign(first, given_.begin() + static_cast<std::ptrdiff_t>(taken_));
  return call.states;
}

void StreamScope::end(const Layer& layer, std::vector<Tensor> states) {
  const auto last =
      std::find_if(calls_.rbegin(), calls_.rend(), [&](const Call& call) { return call.layer == &layer; });
  if (last == calls_.rend()) throw InternalError("The states of a call were left that had taken none");
  last->states = std::move(states);
}

}  // namespace keratin::inline v0::layers
