#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/attributes.h"
#include "graph/op.h"
#include "graph/spec.h"
#include "keratin/core/array.h"
#include "keratin/core/error.h"

namespace keratin::inline v0::graph {

using ValueId = std::uint32_t;
using NodeId = std::uint32_t;
using VariableId = std::uint32_t;
inline constexpr ValueId no_value = ~ValueId{0};

/// One application of an op. What it points to lies in its graph's memory.
struct Node {
  const OpDef* op = nullptr;
  std::span<const ValueId> inputs;
  std::span<const Attribute> attributes;
  ValueId first_output = 0;
  std::uint32_t outputs = 1;
  std::string_view owner;    ///< path of the layer that added it ("sequential/dense"), or empty
  SourceLine where;          ///< the user's line
  bool is_gradient = false;  ///< made while gradients were built: its buffers count as gradients
};

struct ValueInfo {
  Spec spec;
  NodeId node = 0;
};

/// A variable's new value, written when the graph has run.
struct Update {
  VariableId variable = 0;
  ValueId value = no_value;
  std::string_view name;  ///< the variable's path
  Shape shape = {};       ///< the variable's
};

// Leaves. Their specs are given, not inferred.
extern const OpDef input_op;     ///< attributes: index (int64), name (text)
extern const OpDef variable_op;  ///< attributes: variable (int64), name (text): its value before the graph runs
extern const OpDef constant_op;  ///< attributes: index (int64) into constants()
extern const OpDef scalar_op;    ///< attributes: value (double): a constant of shape ()

/// Nodes in an order in which they can run. Append-only; every byte comes from the memory resource.
class Graph {
 public:
  explicit Graph(std::pmr::memory_resource* memory);
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  /// Appends a node whose output specs are known already; copies inputs, attributes (with the text and programs they
  /// point to) and owner into the graph's memory. Its outputs are first_output, first_output + 1, ….
  NodeId append(const OpDef& op, std::span<const ValueId> inputs, std::span<const Attribute> attributes,
                std::span<const Spec> outputs, std::string_view owner = {}, SourceLine where = {},
                bool is_gradient = false);
  ValueId add_input(const Spec& spec, std::string_view name, SourceLine where = {});
  ValueId add_variable(VariableId variable, const Spec& spec, std::string_view name);
  ValueId add_constant(const Array& array, SourceLine where = {});  ///< keeps it (row-major) as long as the graph lives
  ValueId add_scalar(double value, DType dtype);

  std::span<const Node> nodes() const noexcept { return nodes_; }
  const Node& node(NodeId id) const noexcept { return nodes_[id]; }
  std::size_t value_count() const noexcept { return values_.size(); }
  const Spec& spec(ValueId value) const noexcept { return values_[value].spec; }
  const Node& producer(ValueId value) const noexcept { return nodes_[values_[value].node]; }
  NodeId producer_id(ValueId value) const noexcept { return values_[value].node; }
  /// The scalar that a value is, if its producer is a scalar (or a constant of one element); else false.
  bool as_scalar(ValueId value, double& number) const;

  std::span<const ValueId> inputs() const noexcept { return inputs_; }
  std::span<const Array> constants() const noexcept { return constants_; }
  std::span<const ValueId> outputs() const noexcept { return outputs_; }
  std::span<const Update> updates() const noexcept { return updates_; }
  void set_outputs(std::span<const ValueId> outputs);
  void set_updates(std::span<const Update> updates);
  /// A copy of the text in the graph's memory.
  std::string_view stored(std::string_view text);

  std::pmr::memory_resource* memory() const noexcept { return memory_; }

 private:
  std::span<const Attribute> stored(std::span<const Attribute> attributes);

  std::pmr::memory_resource* memory_;
  std::pmr::monotonic_buffer_resource storage_;  ///< what nodes point to
  std::pmr::vector<Node> nodes_;
  std::pmr::vector<ValueInfo> values_;
  std::pmr::vector<ValueId> inputs_;
  std::pmr::vector<ValueId> outputs_;
  std::pmr::vector<Update> updates_;
  std::pmr::vector<Array> constants_;
};

/// Output specs of `op` for these inputs; throws ShapeError or DTypeError as the op's shape rule does.
void infer(const OpDef& op, std::span<const Attribute> attributes, std::span<const Spec> inputs,
           std::span<Spec> outputs);

/// A node a line: "%3 = matmul(%1, dense/kernel) f32[32,128]"; then outputs and updates.
std::string to_text(const Graph& graph);
/// Graphviz's language.
std::string to_dot(const Graph& graph);

}  // namespace keratin::inline v0::graph
