#include <gtest/gtest.h>

#include "graph/tiny_ops.h"

namespace {

using namespace keratin;
using namespace keratin::graph;
using keratin::graph::Spec;  // and not the public template of that name
using test::call;

const OpDef matmul_op{.name = "matmul", .inputs = 2, .infer = [](const InferContext& context) {
                        context.outputs[0] = {float32, {context.inputs[0].shape[0], context.inputs[1].shape[1]}};
                      }};
const OpDef sum_op{.name = "sum", .infer = [](const InferContext& context) {
                     context.outputs[0] = {float32, {context.inputs[0].shape[1]}};
                   }};
const OpDef fused_op{.name = "fused", .inputs = -1, .infer = [](const InferContext& context) {
                       context.outputs[0] = context.inputs[0];
                     }};

TEST(Text, HasALineForEachNode) {
  Builder builder(std::pmr::get_default_resource());
  const Tensor x = builder.input({float32, {32, 64}}, "x");
  const Spec kernel{float32, {64, 128}};
  const Tensor w = builder.read(1, kernel, "dense/kernel");
  const Tensor product = call(matmul_op, {x, w});
  const Tensor sum = call(sum_op, {product}, {{"axes", Ints{0}}, {"keepdims", false}});
  const Tensor c = builder.constant(Array::zeros({128}));
  const Instruction code[] = {{.op = ScalarOp::add}, {.op = ScalarOp::relu}};
  const Tensor fused = call(fused_op, {sum, c, builder.scalar(0.5, float32)}, {{"program", Program{code}}});
  const std::vector<Tensor> halves = builder.append(test::halves_op, {&fused, 1}, {});
  builder.assign(1, kernel, "dense/kernel", call(test::square_op, {w}));
  builder.finish(halves);
  EXPECT_EQ(to_text(builder.graph()),
            "input x f32[32,64]\n"
            "constant %4 f32[128]\n"
            "%2 = matmul(x, dense/kernel) f32[32,128]\n"
            "%3 = sum(%2){axes=(0), keepdims=false} f32[128]\n"
            "%6 = fused{add, relu}(%3, %4, 0.5) f32[128]\n"
            "%7, %8 = halves(%6) f32[128], f32[128]\n"
            "%9 = square(dense/kernel) f32[64,128]\n"
            "return %7, %8\n"
            "dense/kernel <- %9\n");
}

TEST(Text, OfAnEmptyGraphIsEmpty) { EXPECT_EQ(to_text(Graph(std::pmr::get_default_resource())), ""); }

TEST(Text, NumbersInputsWithoutAName) {
  Builder builder(std::pmr::get_default_resource());
  const Tensor x = builder.input({int32, {-1}}, "");
  builder.finish({&x, 1});
  EXPECT_EQ(to_text(builder.graph()), "input %0 i32[?]\nreturn %0\n");
}

TEST(Dot, NestsLayersAndQuotesNames) {
  Builder builder(std::pmr::get_default_resource());
  const Tensor x = builder.input({float32, {2}}, "the \"x\"");
  Tensor y;
  {
    const Builder::Scope scope(builder, "model/dense");
    y = call(test::square_op, {x});
  }
  {
    const Builder::Scope scope(builder, "model");
    y = call(test::add_op, {y, x});
  }
  builder.assign(1, {float32, {2}}, "state", y);
  builder.finish({&y, 1});
  EXPECT_EQ(to_dot(builder.graph()),
            "digraph {\n"
            "  n0 [label=\"the \\\"x\\\"\\nf32[2]\", shape=box];\n"
            "  subgraph cluster_0 {\n"
            "    label=\"model\";\n"
            "    n2 [label=\"add\\nf32[2]\"];\n"
            "    subgraph cluster_1 {\n"
            "      label=\"dense\";\n"
            "      n1 [label=\"square\\nf32[2]\"];\n"
            "    }\n"
            "  }\n"
            "  n0 -> n1;\n"
            "  n1 -> n2;\n"
            "  n0 -> n2;\n"
            "  end0 [label=\"return\", shape=box];\n"
            "  n2 -> end0;\n"
            "  end1 [label=\"state <-\", shape=box];\n"
            "  n2 -> end1;\n"
            "}\n");
}

}  // namespace
