#include "layers/call_stack.h"

#include <utility>

namespace keratin::inline v0::layers {
namespace {

thread_local std::optional<bool> trains;
thread_local LossScope* losses = nullptr;

}  // namespace

CallFrame::CallFrame(std::optional<bool> training) noexcept : before_(trains) {
  if (training) trains = training;
}

CallFrame::~CallFrame() { trains = before_; }

std::optional<bool> CallFrame::training() noexcept { return trains; }

LossScope::LossScope() noexcept : before_(std::exchange(losses, this)) {}

LossScope::~LossScope() { losses = before_; }

void LossScope::add(const Tensor& loss) {
  if (losses != nullptr) losses->losses_.push_back(loss);
}

}  // namespace keratin::inline v0::layers
