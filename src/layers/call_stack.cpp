#include "layers/call_stack.h"

#include <utility>

namespace keratin::inline v0::layers {
namespace {

thread_local bool trains = false;

}  // namespace

CallFrame::CallFrame(bool training) noexcept : before_(std::exchange(trains, training)) {}

CallFrame::~CallFrame() { trains = before_; }

bool CallFrame::training() noexcept { return trains; }

}  // namespace keratin::inline v0::layers
