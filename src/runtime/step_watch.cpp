#include "runtime/step_watch.h"

namespace keratin::inline v0::runtime {
namespace {

thread_local StepWatch* watch = nullptr;

}  // namespace

StepWatch::StepWatch() noexcept : before_(watch) { watch = this; }
StepWatch::~StepWatch() { watch = before_; }
StepWatch* StepWatch::current() noexcept { return watch; }

}  // namespace keratin::inline v0::runtime
