#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "graph/attributes.h"
#include "graph/kernel.h"
#include "graph/program.h"
#include "graph/spec.h"
#include "keratin/graph/tensor.h"

namespace keratin::inline v0::graph {

struct OpDef;

/// What a shape rule sees: it checks the inputs and fills the outputs. Sizes may be −1; the rule runs again, with
/// concrete ones, when a plan is made.
struct InferContext {
  const OpDef& op;
  Attributes attributes;
  std::span<const Spec> inputs;
  std::span<Spec> outputs;

  /// Throws ShapeError: "matmul: …. Received: f32[2,3], f32[4,5]". `problem` says what is wrong and what to do.
  [[noreturn]] void fail_shape(const std::string& problem) const;
  [[noreturn]] void fail_dtype(const std::string& problem) const;
};

/// What a gradient rule sees: it adds nodes and fills input_gradients (with ops on the tensors given).
struct GradientContext {
  Attributes attributes;
  std::span<const Tensor> inputs;
  std::span<const Tensor> outputs;
  std::span<const Tensor> output_gradients;  ///< an empty Tensor where nothing flows back
  std::span<const bool> needed;              ///< by input: whether its gradient is asked for
  std::span<Tensor> input_gradients;         ///< left empty: no gradient flows there
};

/// The contract of an op: a plain struct, listed once in ops/registry.cpp. What a gradient needs of inputs and outputs
/// is not declared: it is what its nodes read, so that lifetimes follow from the graph alone and can't be misstated.
struct OpDef {
  std::string_view name;
  std::int16_t inputs = 1;  ///< −1: any number
  std::int16_t outputs = 1;
  /// The shape rule.
  void (*infer)(const InferContext& context) = nullptr;
  /// The gradient rule, graph to graph; nullptr: not differentiable (no gradient flows; see `differentiable`).
  void (*gradient)(GradientContext& context) = nullptr;
  /// nullptr for leaves, views and ops that a pass replaces.
  KernelPtr (*kernel)(const KernelRequest& request) = nullptr;

  /// Elementwise ops: their instruction; the kernel is then the one of elementwise programs.
  ScalarOp scalar = ScalarOp::none;
  /// Where gradient == nullptr: true means that the true gradient is 0 almost everywhere or of no meaning (comparisons,
  /// floor, argmax, integers), so nothing flows and nobody complains; false means that asking throws
  /// NotDifferentiableError.
  bool zero_gradient = false;
  bool random = false;  ///< never merged with an equal node, never folded
  bool commutative = false;
  bool view = false;             ///< the output is input 0's memory under another shape
  std::uint32_t shape_only = 0;  ///< bit i: of input i only the shape is read, never the data
  std::uint32_t in_place = 0;    ///< bit i: output 0 may lie on input i's memory, if sizes are the same
};

}  // namespace keratin::inline v0::graph
