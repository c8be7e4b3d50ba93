#pragma once

#include <optional>
#include <span>
#include <vector>

#include "graph/graph.h"
#include "keratin/core/array.h"

namespace keratin::inline v0::compile {

/// The number of a constant or scalar; nothing for other values.
std::optional<Array> constant_value(const graph::Graph& graph, graph::ValueId value);

/// The outputs of one op by its kernel, on this thread; the bits are those of a plan for so many threads. Inputs of
/// which only the shape counts may be anything.
std::vector<Array> evaluate(const graph::OpDef& op, std::span<const graph::Attribute> attributes,
                            std::span<const Array> inputs, std::span<const graph::Spec> input_specs,
                            std::span<const graph::Spec> output_specs, int threads = 1);

}  // namespace keratin::inline v0::compile
