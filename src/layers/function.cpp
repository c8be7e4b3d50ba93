#include "keratin/layers/function.h"

#include "keratin/core/error.h"
#include "layers/checks.h"

namespace keratin::inline v0::layers {

std::vector<Tensor> Function::call_all(std::span<const Tensor> inputs, const CallContext& /*context*/) {
  return body_(inputs);
}

Config Function::config() const {
  throw ValueError(title(*this) +
                   " is C++ code, which has no description, so that it can't be saved. Make a class of " +
                   "it, derived from Layer, with a config() and a from_config() of its own");
}

}  // namespace keratin::inline v0::layers
