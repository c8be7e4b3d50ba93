#include "layers/call_observer.h"

#include <utility>

namespace keratin::inline v0::layers {
namespace {

thread_local CallObserver* observer = nullptr;

}  // namespace

CallObserver::CallObserver() noexcept : before_(std::exchange(observer, this)) {}

CallObserver::~CallObserver() { observer = before_; }

CallObserver* CallObserver::current() noexcept { return observer; }

}  // namespace keratin::inline v0::layers
