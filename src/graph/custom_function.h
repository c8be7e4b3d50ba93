#pragma once

#include <optional>
#include <string>
#include <utility>

#include "core/custom_scope.h"
#include "keratin/graph/tensor_function.h"

namespace keratin::inline v0::graph {

/// The user's function of this name that is in scope, as the Spec of an object that does what it does.
template <class Spec, class Function>
std::optional<Spec> custom_function(const std::string& name) {
  if (std::optional<Function> function = core::custom_named<Function>(name))
    return Spec(NamedFunction<Function>(name, std::move(*function)));
  return std::nullopt;
}

}  // namespace keratin::inline v0::graph
