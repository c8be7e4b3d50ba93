#include "compile/compiler.h"

#include <algorithm>
#include <memory_resource>
#include <string>

#include <gtest/gtest.h>

#include "compile/allocations.h"
#include "compile/random_graph.h"
#include "core/parallel.h"
#include "graph/builder.h"
#include "graph/gradients.h"
#include "keratin/ops/linalg.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "ops/registry.h"
#include "support/run_plan.h"

namespace {

using namespace keratin;
using graph::Builder;

TEST(Compiler, ARunAllocatesNothing) {
  const test::RandomGraph random(11, 60);
  const auto inputs = random.inputs(8);
  const auto values = random.variables();
  const auto plan = test::plan_of(random.graph(), inputs);
  const auto workspace = std::make_unique<std::byte[]>(plan->workspace_bytes() + 64);
  auto* const base = workspace.get() + (64 - reinterpret_cast<std::uintptr_t>(workspace.get()) % 64);
  std::vector<std::byte*> variables;
  std::vector<const std::byte*> sources;
  std::vector<std::byte*> outputs(plan->outputs().size(), nullptr);
  for (const graph::VariableId id : plan->variables())
    variables.push_back(static_cast<std::byte*>(const_cast<void*>(values.at(id).raw())));
  for (const Array& input : inputs) sources.push_back(static_cast<const std::byte*>(input.raw()));
  core::Parallel parallel(1);
  plan->run({base, variables, sources, outputs}, parallel);
  const std::size_t before = test::allocations();
  for (int i = 0; i < 3; ++i) plan->run({base, variables, sources, outputs}, parallel);
  EXPECT_EQ(test::allocations(), before);
}

TEST(Compiler, APlanOutlivesItsGraph) {
  std::unique_ptr<runtime::Plan> plan;
  std::vector<Array> inputs;
  std::map<graph::VariableId, Array> variables;
  test::Evaluated wanted;
  {
    const test::RandomGraph random(12, 40);
    inputs = random.inputs(4);
    variables = random.variables();
    wanted = test::evaluate(random.graph(), inputs, {.variables = variables});
    plan = test::plan_of(random.graph(), inputs);
  }
  const auto got = test::run_plan(*plan, inputs, variables);
  EXPECT_TRUE(all_close(got.outputs[0], wanted.outputs[0], 1e-4, 1e-5));
  EXPECT_FALSE(plan->to_text().empty());
}

TEST(Compiler, AnInputThatDoesNotFitIsRefused) {
  Builder builder(std::pmr::new_delete_resource());
  builder.finish(std::vector{builder.input({float32, Shape{-1, 3}}, "x")});
  EXPECT_THROW(test::plan_of(builder.graph(), std::vector{Array::zeros({2, 4})}), ShapeError);
  EXPECT_THROW(test::plan_of(builder.graph(), std::vector{Array::zeros({2, 3}, int32)}), ShapeError);
  EXPECT_NO_THROW(test::plan_of(builder.graph(), std::vector{Array::zeros({0, 3})}));
}

TEST(Compiler, ShapesThatFitNoBatchNameTheLayer) {
  Builder builder(std::pmr::new_delete_resource());
  const Builder::Current current(builder);
  const Tensor x = builder.input({float32, Shape{-1, 3}}, "x");
  const Tensor y = builder.input({float32, Shape{-1, 3}}, "y");
  const Builder::Scope scope(builder, "model/add");
  builder.finish(std::vector{x + y});
  try {
    test::plan_of(builder.graph(), std::vector{Array::zeros({2, 3}), Array::zeros({5, 3})});
    FAIL() << "no exception";
  } catch (const ShapeError& error) {
    EXPECT_EQ(error.layer_path(), "model/add");
  }
}

TEST(Compiler, ReductionsOfSingleElementsVanish) {
  Builder builder(std::pmr::new_delete_resource());
  const Builder::Current current(builder);
  const Tensor x = builder.input({float32, Shape{-1, 1}}, "x");
  const Tensor mean = ops::mean(x);  // of a scalar, and along an axis of size 1
  builder.finish(std::vector{ops::sum(mean), ops::max(x, 1, true), ops::sum(x, 1)});
  const std::vector<Array> inputs{Array::copy_of({3.0f, 5.0f}).reshaped({2, 1})};
  const auto plan = test::plan_of(builder.graph(), inputs);
  for (const runtime::Step& step : plan->steps())
    EXPECT_TRUE(step.op == "mean" || step.op == "sum" || step.op == "copy");
  EXPECT_EQ(std::count_if(plan->steps().begin(), plan->steps().end(), [](const auto& s) { return s.op == "sum"; }), 1);
  const auto got = test::run_plan(*plan, inputs, {});
  EXPECT_EQ(got.outputs[0].item<float>(), 4.0f);
  EXPECT_TRUE(all_close(got.outputs[1], inputs[0], 0, 0));
  EXPECT_TRUE(all_close(got.outputs[2], Array::copy_of({3.0f, 5.0f}), 0, 0));
}

TEST(Compiler, BatchesWithoutRowsRun) {
  Builder builder(std::pmr::new_delete_resource());
  const Builder::Current current(builder);
  const Tensor x = builder.input({float32, Shape{-1, 3}}, "x");
  builder.finish(std::vector{ops::exp(x) * 2.0, ops::sum(ops::tanh(x), 0)});
  const std::vector<Array> inputs{Array::zeros({0, 3})};
  const auto result = test::run_plan(*test::plan_of(builder.graph(), inputs), inputs);
  EXPECT_EQ(result.outputs[0].shape(), (Shape{0, 3}));
  EXPECT_EQ(max_abs_difference(result.outputs[1], Array::zeros({3})), 0.0);
}

TEST(Compiler, BuffersOfGradientsAreTold) {
  Builder builder(std::pmr::new_delete_resource());
  const Builder::Current current(builder);
  const Tensor x = builder.input({float32, Shape{-1, 8}}, "x");
  const Tensor w = builder.read(0, {float32, Shape{8, 8}}, "w");
  const Tensor loss = ops::sum(ops::square(ops::matmul(ops::tanh(ops::matmul(x, w)), w)));
  const Tensor gradient = graph::gradients(loss, std::vector{w}, ops::gradient_ops())[0];
  builder.assign(0, {float32, Shape{8, 8}}, "w", w - 0.1 * gradient);
  builder.finish(std::vector{loss});
  const auto plan = test::plan_of(builder.graph(), std::vector{Array::zeros({32, 8})});
  std::size_t activations = 0;
  std::size_t gradients = 0;
  for (const runtime::Buffer& buffer : plan->buffers()) {
    activations += buffer.category == MemoryCategory::activations ? buffer.bytes : 0;
    gradients += buffer.category == MemoryCategory::gradients ? buffer.bytes : 0;
  }
  EXPECT_GE(activations, 2u * 32 * 8 * 4) << plan->to_text();
  EXPECT_GE(gradients, 32u * 8 * 4) << plan->to_text();
}

TEST(Compiler, PrintsTheGraphAsItRuns) {
  Builder builder(std::pmr::new_delete_resource());
  const Builder::Current current(builder);
  const Tensor x = builder.input({float32, Shape{-1, 8}}, "x");
  builder.finish(std::vector{ops::exp(x) * 2.0});
  std::string text;
  std::string dot;
  test::plan_of(builder.graph(), std::vector{Array::zeros({4, 8})}, {.compiled_text = &text, .compiled_dot = &dot});
  EXPECT_NE(text.find("fused{exp, 2, multiply}(x) f32[4,8]"), std::string::npos) << text;
  EXPECT_NE(dot.find("digraph"), std::string::npos) << dot;
}

}  // namespace
