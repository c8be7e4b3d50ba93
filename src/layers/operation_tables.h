#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include "keratin/graph/tensor.h"
#include "layers/operation_call.h"

namespace keratin::inline v0::layers {

using General = std::vector<Tensor> (*)(const OperationCall&);

/// An operation's class name, and the op that it is.
template <class F>
struct Named {
  std::string_view name;
  F function;
};

template <class Table>
const auto* found(const Table& table, std::string_view name) {
  const auto at = std::find_if(table.begin(), table.end(), [&](const auto& each) { return each.name == name; });
  return at == table.end() ? nullptr : &at->function;
}

/// Of keras.ops.nn; nullptr if there is none of this name.
const General* nn_operation(std::string_view name);

}  // namespace keratin::inline v0::layers
