#pragma once

#include <memory_resource>
#include <string>

#include "graph/builder.h"
#include "graph/gradients.h"
#include "graph/graph.h"
#include "graph/op.h"

/// A handful of ops that belong to the tests alone: no kernels, the simplest rules.
namespace keratin::test {

using graph::OpDef;

inline void same_shape(const graph::InferContext& context) {
  for (const graph::Spec& input : context.inputs)
    if (input != context.inputs[0]) context.fail_shape("the inputs must be the same");
  for (graph::Spec& output : context.outputs) output = context.inputs[0];
}
inline void to_integer(const graph::InferContext& context) { context.outputs[0] = {int32, context.inputs[0].shape}; }

inline Tensor call(const OpDef& op, std::initializer_list<Tensor> inputs,
                   std::initializer_list<graph::Attribute> attributes = {}) {
  return graph::builder_of(std::span(inputs.begin(), inputs.size()), op.name)
      .append_one(op, {inputs.begin(), inputs.size()}, {attributes.begin(), attributes.size()});
}

inline void add_rule(graph::GradientContext& context) {
  for (std::size_t i = 0; i < 2; ++i) context.input_gradients[i] = context.output_gradients[0];
}
inline void multiply_rule(graph::GradientContext& context);
inline void square_rule(graph::GradientContext& context);
inline void halves_rule(graph::GradientContext& context);

inline const OpDef add_op{.name = "add", .inputs = 2, .infer = same_shape, .gradient = add_rule};
inline const OpDef multiply_op{.name = "multiply", .inputs = 2, .infer = same_shape, .gradient = multiply_rule};
inline const OpDef square_op{.name = "square", .infer = same_shape, .gradient = square_rule};
inline const OpDef ones_op{.name = "ones_like", .infer = same_shape, .zero_gradient = true, .shape_only = 1};
inline const OpDef round_op{.name = "round", .infer = same_shape, .zero_gradient = true};
inline const OpDef sort_op{.name = "sort", .infer = same_shape};
inline const OpDef count_op{.name = "count", .infer = to_integer};
/// Two outputs; the gradient of its input is the sum of what flows back into them.
inline const OpDef halves_op{.name = "halves", .outputs = 2, .infer = same_shape, .gradient = halves_rule};
/// Input 0 in the shape of input 1.
inline const OpDef like_op{
    .name = "like",
    .inputs = 2,
    .infer = same_shape,
    .gradient = [](graph::GradientContext& context) { context.input_gradients[0] = context.output_gradients[0]; },
    .shape_only = 2};

inline void multiply_rule(graph::GradientContext& context) {
  for (std::size_t i = 0; i < 2; ++i)
    if (context.needed[i])
      context.input_gradients[i] = call(multiply_op, {context.output_gradients[0], context.inputs[1 - i]});
}
inline void square_rule(graph::GradientContext& context) {
  const Tensor twice = call(add_op, {context.inputs[0], context.inputs[0]});
  context.input_gradients[0] = call(multiply_op, {context.output_gradients[0], twice});
}
inline void halves_rule(graph::GradientContext& context) {
  for (const Tensor& gradient : context.output_gradients) {
    if (gradient.is_empty()) continue;
    Tensor& sum = context.input_gradients[0];
    sum = sum.is_empty() ? gradient : call(add_op, {sum, gradient});
  }
}

inline const graph::GradientOps tiny_gradient_ops{.ones_like = [](const Tensor& x) { return call(ones_op, {x}); },
                                                  .add =
                                                      [](const Tensor& a, const Tensor& b) {
                                                        return call(add_op, {a, b});
                                                      }};

/// Counts what is asked of it and given back.
class CountingResource final : public std::pmr::memory_resource {
 public:
  std::size_t outstanding = 0;
  std::size_t peak = 0;

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    void* const memory = std::pmr::new_delete_resource()->allocate(bytes, alignment);
    outstanding += bytes;
    peak = std::max(peak, outstanding);
    return memory;
  }
  void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) override {
    outstanding -= bytes;
    std::pmr::new_delete_resource()->deallocate(memory, bytes, alignment);
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

/// What `call` throws as an E; its message, or "" if it throws nothing.
template <class E, class F>
std::string message_of(F&& function) {
  try {
    function();
  } catch (const E& error) {
    return error.what();
  }
  return {};
}

inline bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

}  // namespace keratin::test
