#pragma once

#include <cstddef>

#include "graph/graph.h"
#include "keratin/core/array.h"

namespace keratin::inline v0::compile {

/// Variables that never change again, as a compilation sees them.
class FrozenVariables {
 public:
  FrozenVariables() = default;
  FrozenVariables(const FrozenVariables&) = delete;
  FrozenVariables& operator=(const FrozenVariables&) = delete;

  virtual const std::byte* memory(graph::VariableId variable) const = 0;
  /// Keeps what a node computes of such variables alone, and gives the variable that it is from now on: one of the same
  /// content, if there is one. Throws OutOfMemoryError.
  virtual graph::VariableId keep(const Array& value, const graph::Node& node) = 0;

 protected:
  ~FrozenVariables() = default;
};

}  // namespace keratin::inline v0::compile
