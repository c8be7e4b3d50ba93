// Ops of a functional graph as Keras writes the operations that it has for them.
#include "layers/operation_config.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>

#include "core/array_config.h"
#include "graph/flag.h"
#include "graph/op.h"
#include "keratin/core/error.h"
#include "layers/operation_tables.h"
#include "ops/elementwise.h"
#include "ops/movement.h"

namespace keratin::inline v0::layers {
namespace {

using graph::Attributes;
using graph::Graph;
using graph::Ints;
using graph::Node;

constexpr std::string_view numpy = "keras.src.ops.numpy";
constexpr std::string_view nn = "keras.src.ops.nn";
constexpr std::string_view math = "keras.src.ops.math";
constexpr std::string_view core_ops = "keras.src.ops.core";

/// A node whose operation is being written.
struct Source {
  const Graph& graph;
  const Node& node;
  const ValueConfig& config_of;

  template <class T>
  const T& attribute(std::string_view name) const {
    return Attributes(node.attributes).get<T>(name);
  }
  ConfigValue input(std::size_t index) const { return config_of(node.inputs[index]); }
  ConfigValue::List inputs() const {
    ConfigValue::List all;
    for (const graph::ValueId value : node.inputs) all.push_back(config_of(value));
    return all;
  }
  const Shape& shape() const { return graph.spec(node.first_output).shape; }
  std::string dtype() const { return std::string(name_of(graph.spec(node.first_output).dtype)); }
};

[[noreturn]] void refuse(const Node& node, const std::string& why) {
  throw ValueError("The op `" + std::string(node.op->name) + "` stands in the model's graph outside of a layer, and " +
                       why + ", so that the model can't be saved. Make a class of it, derived from Layer, with a " +
                       "config() and a from_config() of its own",
                   std::string(node.owner), node.where);
}

ConfigValue list_of(const auto& values) {
  ConfigValue::List list;
  for (const std::int64_t value : values) list.emplace_back(value);
  return list;
}
/// One axis by itself, as Keras's classes that take no list of them want it.
ConfigValue axis_of(const Ints& axes) { return axes.size() == 1 ? ConfigValue(axes[0]) : list_of(axes); }

OperationConfig plain(const Source& source, std::string_view module, Config config = {}) {
  return {std::string(module), operation_class(source.node.op->name), std::move(config), source.inputs()};
}

using Write = OperationConfig (*)(const Source& source);

OperationConfig reduction(const Source& source) {
  return plain(source, numpy,
               {{"axis", list_of(source.attribute<Ints>("axes"))}, {"keepdims", source.attribute<bool>("keepdims")}});
}

OperationConfig arg_reduction(const Source& source) {
  const Ints& axes = source.attribute<Ints>("axes");
  if (axes.size() != 1) refuse(source.node, "Keras has it for one axis alone");
  return plain(source, numpy, {{"axis", axes[0]}, {"keepdims", source.attribute<bool>("keepdims")}});
}

/// To the shape of the result, of which one size may be unknown.
OperationConfig reshaped(const Source& source) {
  const Shape& shape = source.shape();
  if (std::count(shape.begin(), shape.end(), -1) > 1)
    refuse(source.node, "several sizes of its result are unknown: Keras's Reshape takes one");
  return {std::string(numpy), "Reshape", {{"newshape", list_of(shape)}}, {source.input(0)}};
}

ConfigValue bound(std::int64_t value) {
  return value == ops::slice_end || value == ops::slice_before_first ? ConfigValue() : ConfigValue(value);
}

OperationConfig sliced(const Source& source) {
  const Ints& start = source.attribute<Ints>("start");
  const Ints& stop = source.attribute<Ints>("stop");
  const Ints& step = source.attribute<Ints>("step");
  ConfigValue::List key;
  for (std::size_t i = 0; i < start.size(); ++i)
    key.push_back(
        Config{{"class_name", "__slice__"},
               {"config", Config{{"start", bound(start[i])}, {"stop", bound(stop[i])}, {"step", bound(step[i])}}}});
  return {std::string(numpy), "GetItem", {}, {source.input(0), std::move(key)}};
}

OperationConfig padded(const Source& source) {
  const Ints& before = source.attribute<Ints>("before");
  const Ints& after = source.attribute<Ints>("after");
  ConfigValue::List widths;
  for (std::size_t i = 0; i < before.size(); ++i) widths.push_back(ConfigValue::List{before[i], after[i]});
  OperationConfig pad = plain(source, numpy, {{"pad_width", std::move(widths)}, {"mode", "constant"}});
  pad.args.emplace_back(source.attribute<double>("value"));
  return pad;
}

OperationConfig product(const Source& source) {
  const Attributes attributes(source.node.attributes);
  if (graph::flag(attributes, "transpose_a") || graph::flag(attributes, "transpose_b"))
    refuse(source.node, "it transposes what it multiplies, which Keras's Matmul doesn't");
  return plain(source, numpy);
}

OperationConfig argsort(const Source& source) {
  const Shape& shape = source.shape();
  if (source.attribute<bool>("descending") || source.attribute<std::int64_t>("k") != shape.back())
    refuse(source.node, "Keras's Argsort sorts all elements, and ascending");
  return plain(source, numpy, {{"axis", -1}});
}

OperationConfig cumsum(const Source& source) {
  if (source.attribute<bool>("reverse")) refuse(source.node, "Keras's Cumsum goes forwards");
  return plain(source, numpy, {{"axis", source.attribute<std::int64_t>("axis")}});
}

/// The operation of the same name, with an option `axis`.
template <const std::string_view& module>
OperationConfig along_axis(const Source& source) {
  return plain(source, module, {{"axis", source.attribute<std::int64_t>("axis")}});
}

OperationConfig renamed(const Source& source, std::string_view module, const char* class_name, Config config = {}) {
  OperationConfig operation = plain(source, module, std::move(config));
  operation.class_name = class_name;
  return operation;
}

constexpr auto special = std::to_array<Named<Write>>({
    {"cast",
     [](const Source& s) {
       return plain(s, core_ops, {{"dtype", s.dtype()}});
     }},
    {"stop_gradient", [](const Source& s) { return plain(s, core_ops); }},
    {"select", [](const Source& s) { return renamed(s, numpy, "Where"); }},
    {"rsqrt", [](const Source& s) { return plain(s, math); }},
    {"erf", [](const Source& s) { return plain(s, math); }},
    {"sigmoid", [](const Source& s) { return plain(s, nn); }},
    {"softplus", [](const Source& s) { return plain(s, nn); }},
    {"relu", [](const Source& s) { return plain(s, nn); }},
    {"softmax", along_axis<nn>},
    {"log_softmax", along_axis<nn>},
    {"sum", reduction},
    {"mean", reduction},
    {"prod", reduction},
    {"max", reduction},
    {"min", reduction},
    {"any", reduction},
    {"all", reduction},
    {"argmax", arg_reduction},
    {"argmin", arg_reduction},
    {"reshape", reshaped},
    {"reshape_axes", reshaped},
    {"reshape_like", reshaped},
    {"insert_ones",
     [](const Source& s) {
       return renamed(s, numpy, "ExpandDims", {{"axis", axis_of(s.attribute<Ints>("axes"))}});
     }},
    {"remove_ones",
     [](const Source& s) {
       return renamed(s, numpy, "Squeeze", {{"axis", axis_of(s.attribute<Ints>("axes"))}});
     }},
    {"transpose",
     [](const Source& s) {
       return plain(s, numpy, {{"axes", list_of(s.attribute<Ints>("axes"))}});
     }},
    {"concatenate",
     [](const Source& s) {
       OperationConfig operation = along_axis<numpy>(s);
       operation.args = {std::move(operation.args)};
       return operation;
     }},
    {"slice", sliced},
    {"pad", padded},
    {"broadcast_to",
     [](const Source& s) {
       if (!s.shape().is_static()) refuse(s.node, "a size of its result is unknown");
       return plain(s, numpy, {{"shape", list_of(s.shape())}});
     }},
    {"full_like",
     [](const Source& s) {
       OperationConfig operation = plain(s, numpy, {{"dtype", s.dtype()}});
       operation.args = {s.input(0), s.attribute<double>("value")};
       return operation;
     }},
    {"take", along_axis<numpy>},
    {"take_along_axis", along_axis<numpy>},
    {"argsort", argsort},
    {"cumsum", cumsum},
    {"matmul", product},
});

/// Elementwise, and with what Keras has under the same name.
bool is_elementwise(const Node& node) {
  const auto all = ops::elementwise_ops();
  return node.op->name != "identity" &&
         std::any_of(all.begin(), all.end(), [&](const graph::OpDef& op) { return &op == node.op; });
}

}  // namespace

std::string operation_class(std::string_view op) {
  std::string name;
  bool starts_word = true;
  for (const char letter : op) {
    if (letter == '_') {
      starts_word = true;
      continue;
    }
    name += starts_word ? static_cast<char>(std::toupper(static_cast<unsigned char>(letter))) : letter;
    starts_word = false;
  }
  return name;
}

ConfigValue constant_config(const Graph& graph, const Node& node) {
  const Attributes attributes(node.attributes);
  if (node.op == &graph::constant_op)
    return core::object_of(graph.constants()[static_cast<std::size_t>(attributes.get<std::int64_t>("index"))]);
  if (node.op != &graph::scalar_op) return {};
  const double number = attributes.get<double>("value");
  const DType dtype = graph.spec(node.first_output).dtype;
  if (dtype == boolean) return number != 0;
  if (is_integer(dtype)) return static_cast<std::int64_t>(number);
  return number;
}

OperationConfig operation_config(const Graph& graph, const Node& node, const ValueConfig& config_of) {
  const Source source{graph, node, config_of};
  if (const auto* const write = found(special, node.op->name)) return (*write)(source);
  if (is_elementwise(node)) return plain(source, numpy);
  if (node.op == &graph::variable_op) refuse(node, "reads a variable that belongs to no layer");
  refuse(node, "Keras has no operation that is the same");
}

}  // namespace keratin::inline v0::layers
