#include <algorithm>
#include <array>
#include <memory_resource>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "graph/builder.h"
#include "graph/gradients.h"
#include "keratin/ops/conv.h"
#include "keratin/ops/linalg.h"
#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "ops/batch_normalization.h"
#include "ops/recurrent.h"
#include "ops/registry.h"
#include "support/run_plan.h"

namespace {

using namespace keratin;
using graph::Builder;
using graph::Spec;

class Fusion : public testing::Test {
 protected:
  Fusion() : builder_(std::pmr::new_delete_resource()), current_(builder_) {}

  Tensor input(const Shape& shape) {
    inputs_.push_back(Array::random_normal(shape, {.seed = inputs_.size() + 1}));
    return builder_.input({float32, shape}, "x" + std::to_string(inputs_.size()));
  }
  Tensor variable(const Shape& shape) {
    const auto id = static_cast<graph::VariableId>(variables_.size());
    variables_[id] = Array::random_uniform(shape, {.seed = 100 + id});
    return builder_.read(id, {float32, shape}, "v" + std::to_string(id));
  }
  void set(graph::VariableId id, const Tensor& value) { builder_.assign(id, {float32, value.shape()}, "v", value); }

  /// The names of the plan's steps, after its numbers were compared to those of a run node by node.
  std::vector<std::string> steps(const std::vector<Tensor>& outputs) {
    builder_.finish(outputs);
    const auto wanted = test::evaluate(builder_.graph(), inputs_, {.variables = variables_});
    compile::CompileOptions options;
    options.compiled_text = &text_;
    plan_ = test::plan_of(builder_.graph(), inputs_, options);
    const auto got = test::run_plan(*plan_, inputs_, variables_);
    for (std::size_t i = 0; i < outputs.size(); ++i)
      EXPECT_TRUE(all_close(got.outputs[i], wanted.outputs[i], 1e-5, 1e-6)) << i << "\n" << text_;
    for (const auto& [id, value] : wanted.updates)
      EXPECT_TRUE(all_close(got.updates.at(id), value, 1e-5, 1e-6)) << id << "\n" << text_;
    return test::step_names(*plan_);
  }

  using Names = std::vector<std::string>;

  Builder builder_;
  Builder::Current current_;
  std::vector<Array> inputs_;
  std::map<graph::VariableId, Array> variables_;
  std::unique_ptr<runtime::Plan> plan_;
  std::string text_;
};

TEST_F(Fusion, ADenseLayerIsOneStep) {
  const Tensor x = input({5, 3});
  const Tensor w = variable({3, 4});
  const Tensor b = variable({4});
  EXPECT_EQ(steps({ops::relu(ops::matmul(x, w) + b)}), Names{"fused_matmul"}) << text_;
}

TEST_F(Fusion, LargeProductsTakeTheBfloat16ThatWasCast) {
  const Tensor x = input({4, 32, 80});
  const Tensor w = variable({80, 136});
  const auto narrow = [](const Tensor& value) { return ops::cast(value, bfloat16); };
  const Tensor y = ops::matmul(ops::reshape(narrow(x), {128, 80}), narrow(w));
  const auto back =
      graph::gradients(ops::sum(ops::square(ops::cast(y, float32))), std::array{x, w}, ops::gradient_ops());
  builder_.finish(std::array{ops::cast(y, float32), back[0], back[1]});
  const auto wanted = test::evaluate(builder_.graph(), inputs_, {.variables = variables_});
  compile::CompileOptions options;
  options.narrow_products = true;
  options.compiled_text = &text_;
  plan_ = test::plan_of(builder_.graph(), inputs_, options);
  const auto got = test::run_plan(*plan_, inputs_, variables_);
  // Sums in another order may be rounded to the next bfloat16, and gradients add up hundreds of those.
  EXPECT_TRUE(all_close(got.outputs[0], wanted.outputs[0], 8e-3, 1e-2));
  EXPECT_TRUE(all_close(got.outputs[1], wanted.outputs[1], 8e-3, 1.0));
  EXPECT_TRUE(all_close(got.outputs[2], wanted.outputs[2], 8e-3, 1.0));
  int products = 0;
  std::istringstream lines(text_);
  for (std::string line; std::getline(lines, line);) {
    if (line.find(" = matmul(") == std::string::npos) continue;
    ++products;
    EXPECT_NE(line.find("dtype=bfloat16"), std::string::npos) << line;
  }
  EXPECT_EQ(products, 3) << text_;
}

TEST_F(Fusion, AConvolutionWithBiasAndActivationIsOneStep) {
  const Tensor x = input({2, 6, 5, 3});
  const Tensor w = variable({3, 2, 3, 4});
  const Tensor b = variable({4});
  EXPECT_EQ(steps({ops::relu(ops::conv(x, w) + b)}), Names{"fused_conv"}) << text_;
}

TEST_F(Fusion, AConvolutionThatOneDnnHasNotIsOneStepToo) {
  const Tensor x = input({2, 4, 5, 3, 3});
  EXPECT_EQ(steps({ops::tanh(ops::conv(x, variable({2, 1, 2, 3, 5}), {2, 1, 3}, "same") + variable({5}))}),
            Names{"fused_conv"})
      << text_;
}

Tensor normalized(const Tensor& x, const std::array<Tensor, 4>& by) {
  const auto& [mean, variance, scale, offset] = by;
  return (x - mean) * (ops::rsqrt(variance + 1e-3) * scale) + offset;
}

TEST_F(Fusion, ANormalizationByStatisticsThatAreKnownIsPartOfTheConvolution) {
  const Tensor x = input({2, 6, 5, 4});
  const std::array by{variable({8}), variable({8}), variable({8}), variable({8})};
  const Tensor bare = ops::relu(normalized(ops::conv(x, variable({3, 2, 4, 8})), by));
  const Tensor biased = ops::tanh(normalized(ops::conv(x, variable({3, 2, 4, 8})) + variable({8}), by));
  const Tensor depthwise = normalized(ops::depthwise_conv(x, variable({3, 2, 4, 2}), 1, "same"), by);
  const Names names = steps({bare, biased, depthwise});
  EXPECT_EQ(std::ranges::count(names, "fused_conv"), 3) << text_;
  // What else there is are numbers of the channels.
  for (const runtime::Step& step : plan_->steps())
    for (const runtime::Address& output : plan_->outputs_of(step))
      EXPECT_TRUE(step.op == "fused_conv" || output.bytes == 8 * sizeof(float)) << step.op << "\n" << text_;
}

TEST_F(Fusion, AConvolutionThatSomebodyElseReadsIsNormalizedByItself) {
  const Tensor x = input({2, 6, 5, 4});
  const std::array by{variable({8}), variable({8}), variable({8}), variable({8})};
  const Tensor y = ops::conv(x, variable({3, 2, 4, 8})) + variable({8});
  const Names names = steps({ops::relu(normalized(y, by)), ops::sum(y)});
  EXPECT_EQ(std::ranges::count(names, "fused_conv"), 1) << text_;
  const Tensor z = ops::conv(x, variable({3, 2, 4, 8}));
  const Names squares = steps({(z - by[0]) * (z * by[1])});
  EXPECT_EQ(std::ranges::count(squares, "conv"), 1) << text_;
}

TEST_F(Fusion, NumbersOfOtherAxesAndNumbersBehindAnActivationStayOutside) {
  const Tensor x = input({2, 8, 7, 4});
  const auto with_bias = [&] { return ops::conv(x, variable({1, 1, 4, 8})) + variable({8}); };
  const Tensor rows = with_bias() * variable({8, 1, 8});
  const Tensor behind = ops::relu(with_bias()) * variable({8});
  const Tensor one = ops::conv(x, variable({1, 1, 4, 1})) + variable({1});
  const Names names = steps({rows, behind, one * variable({7, 1}), one - variable({7, 8})});
  EXPECT_EQ(std::ranges::count(names, "fused_conv"), 3) << text_;
}

TEST_F(Fusion, ATransposedConvolutionIsNormalizedByItself) {
  const Tensor x = input({2, 6, 5, 4});
  const std::array by{variable({8}), variable({8}), variable({8}), variable({8})};
  const Names names = steps({ops::relu(normalized(ops::conv_transpose(x, variable({3, 2, 8, 4}), 2), by))});
  EXPECT_EQ(std::ranges::count(names, "conv_transpose"), 1) << text_;
}

TEST_F(Fusion, GradientsGoThroughANormalizationThatDoesNotLearn) {
  const Tensor x = input({2, 6, 5, 4});
  const Tensor w = variable({3, 2, 4, 8});
  const std::array by{variable({8}), variable({8}), variable({8}), variable({8})};
  const Tensor y = ops::relu(normalized(ops::conv(x, w), by));
  const auto back = graph::gradients(ops::sum(y * y), std::array{x, w, by[2], by[3]}, ops::gradient_ops());
  steps({back[0], back[1], back[2], back[3]});
}

TEST_F(Fusion, ReluBeforeMaxPoolingIsPartOfItsGradient) {
  const Tensor x = input({2, 5, 7, 9});
  const Tensor y = ops::max_pool(ops::relu(x), 2);
  const auto back = graph::gradients(ops::sum(y * y), std::array{x}, ops::gradient_ops());
  const Names names = steps({back[0]});
  EXPECT_EQ(names.back(), "max_pool_gradient") << text_;
}

TEST_F(Fusion, ReluBehindABatchNormalizationIsPartOfItsGradient) {
  const Tensor x = input({7, 2, 5});
  const Tensor scale = variable({5});
  const ops::detail::BatchNorm norm{ops::detail::batch_moments(x), scale, variable({5}), 1e-3};
  const Tensor y = ops::relu(ops::detail::batch_normalized(x, norm));
  const auto back = graph::gradients(ops::sum(y * y), std::array{x, scale}, ops::gradient_ops());
  const Names names = steps({back[0], back[1]});
  EXPECT_EQ(std::ranges::count(names, "batch_normalization_gradient"), 1) << text_;
  EXPECT_EQ(text_.find("select"), std::string::npos) << text_;
}

TEST_F(Fusion, GradientsOfResidualBlocksAreThoseOfTheirNodes) {
  const Tensor x = input({3, 4, 5, 4});
  std::vector<Tensor> weights;
  const auto weight = [&](const Shape& shape) { return weights.emplace_back(variable(shape)); };
  const auto normalized = [&](const Tensor& h) {
    return ops::detail::batch_normalized(h, {ops::detail::batch_moments(h), weight({4}), weight({4}), 1e-3});
  };
  const auto conv = [&](const Tensor& h) { return ops::conv(h, weight({3, 3, 4, 4}), 1, "same"); };
  Tensor h = conv(x) + weight({4});
  for (int i = 0; i < 2; ++i) h = ops::relu(h + normalized(conv(ops::relu(normalized(conv(h))))));
  const auto back = graph::gradients(ops::mean(h * h), weights, ops::gradient_ops());
  const Names names = steps(back);
  EXPECT_EQ(std::ranges::count(names, "batch_normalization_gradient"), 4) << text_;
}

TEST_F(Fusion, ABiasOfHeadsIsOneOfColumns) {
  const Tensor x = input({5, 3});
  const Tensor heads = ops::reshape(ops::matmul(x, variable({3, 8})), {5, 2, 4});
  EXPECT_EQ(steps({heads + variable({2, 4})}), Names{"fused_matmul"}) << text_;
}

TEST_F(Fusion, ABiasThatRepeatsWithinARowStaysASum) {
  const Tensor x = input({5, 3});
  const Tensor heads = ops::reshape(ops::matmul(x, variable({3, 8})), {5, 2, 4});
  EXPECT_EQ(steps({heads + variable({4})}), (Names{"matmul", "add"})) << text_;
}

TEST_F(Fusion, AMatmulThatIsReadTwiceKeepsItsResult) {
  const Tensor x = input({5, 3});
  const Tensor product = ops::matmul(x, variable({3, 4}));
  const Tensor sum = product + variable({4});
  EXPECT_EQ(steps({ops::relu(sum), sum * sum, product}), (Names{"matmul", "fused"})) << text_;
}

TEST_F(Fusion, TransposesBecomeFlagsOfTheProduct) {
  const Tensor x = input({3, 5});
  const Tensor w = variable({4, 3});
  EXPECT_EQ(steps({ops::matmul(ops::transpose(x), ops::transpose(w))}), Names{"matmul"}) << text_;
}

TEST_F(Fusion, AnAdamUpdateIsOneStepThatWritesItsVariables) {
  const Tensor g = input({3, 4});
  const Tensor rate = variable({});
  const Tensor p = variable({3, 4});
  const Tensor m = variable({3, 4});
  const Tensor v = variable({3, 4});
  const Tensor next_m = m + (g - m) * 0.1;
  const Tensor next_v = v + (ops::square(g) - v) * 0.001;
  set(1, p - rate * next_m / (ops::sqrt(next_v) + 1e-7));
  set(2, next_m);
  set(3, next_v);
  EXPECT_EQ(steps({}), Names{"fused"}) << text_;
  EXPECT_EQ(plan_->workspace_bytes(), 0u);
}

TEST_F(Fusion, NodesOfOneShapeThatReadTheSameShareALoop) {
  const Tensor x = input({7, 9});
  EXPECT_EQ(steps({ops::exp(x) + 1.0, ops::tanh(x), ops::square(x) * x}), Names{"fused"}) << text_;
}

TEST_F(Fusion, NoProgramReachesAroundAnotherStep) {
  const Tensor x = input({6, 6});
  const Tensor a = ops::exp(x);
  const Tensor b = ops::tanh(ops::sum(a, 0));
  EXPECT_EQ(steps({a * b + x}), (Names{"exp", "sum", "tanh", "fused"})) << text_;
}

TEST_F(Fusion, LongChainsAndManyOutputsAreSplit) {
  const Tensor x = input({8});
  std::vector<Tensor> outputs;
  Tensor y = x;
  for (int i = 0; i < 150; ++i) y = ops::sin(y) + 0.25;
  for (int i = 0; i < 20; ++i) outputs.push_back(x * (i + 2.0));
  outputs.push_back(y);
  EXPECT_LE(steps(outputs).size(), 12u) << text_;
}

TEST_F(Fusion, WhatIsKnownIsComputedOnce) {
  const Tensor x = input({4, 3});
  const Tensor known = ops::sqrt(builder_.constant(Array::full({3}, 16.0)));
  const Tensor same = x + 0.0;
  EXPECT_EQ(steps({-(-same) * known + ops::cast(ops::size(x), float32)}), Names{"fused"}) << text_;
  EXPECT_NE(text_.find("fused{4, multiply, 12, add}(x1)"), std::string::npos) << text_;
}

TEST_F(Fusion, GradientsDieAtTheirUpdates) {
  Tensor h = input({16, 32});
  std::vector<Tensor> weights;
  for (int i = 0; i < 6; ++i) {
    weights.push_back(variable({32, 32}));
    h = ops::tanh(ops::matmul(h, weights.back()));
  }
  const auto gradients = graph::gradients(ops::sum(h * h), weights, ops::gradient_ops());
  for (graph::VariableId i = 0; i < weights.size(); ++i) set(i, weights[i] - 0.01 * gradients[i]);
  steps({});
  std::size_t live = 0;
  for (const auto& share : plan_->shares_at_peak()) live += share.bytes;
  EXPECT_EQ(live, plan_->live_bytes());
  // Six activations of 2 KiB, one gradient of a weight (4 KiB), two of activations: not six gradients.
  EXPECT_LE(plan_->workspace_bytes(), 22u << 10) << plan_->to_text();
  for (const runtime::Step& step : plan_->steps()) EXPECT_NE(step.op, "copy") << plan_->to_text();
}

TEST_F(Fusion, TheGradientsOfARecurrencesWeightsAreOneStep) {
  const Tensor x = input({2, 5, 3});
  const std::vector<Tensor> weights{variable({3, 16}), variable({16}), variable({4, 16})};
  const Tensor zero = builder_.constant(Array::full({2, 4}, 0.0));
  const auto all =
      ops::detail::lstm({.x = ops::matmul(x, weights[0]) + weights[1], .kernel = weights[2], .states = {zero, zero}});
  EXPECT_EQ(steps(graph::gradients(ops::sum(all.states[0]), weights, ops::gradient_ops())),
            (Names{"fused_matmul", "lstm", "lstm_gradient", "recurrent_kernel_gradient"}))
      << text_;
}

TEST_F(Fusion, SoAreThoseOfAGateThatResetsAfterTheProduct) {
  const Tensor x = input({2, 5, 3});
  const std::vector<Tensor> weights{variable({3, 12}), variable({12}), variable({4, 12}), variable({12})};
  const Tensor zero = builder_.constant(Array::full({2, 4}, 0.0));
  const auto all = ops::detail::gru(
      {.x = ops::matmul(x, weights[0]) + weights[1], .kernel = weights[2], .states = {zero}}, weights[3]);
  EXPECT_EQ(steps(graph::gradients(ops::sum(all.outputs), weights, ops::gradient_ops())),
            (Names{"fused_matmul", "gru", "gru_gradient", "recurrent_kernel_gradient"}))
      << text_;
}

TEST_F(Fusion, ASumOfARecurrencesGradientsStandsWhereTheProductIsAnother) {
  const Tensor x = input({2, 5, 12});
  const std::vector<Tensor> weights{variable({12}), variable({4, 12}), variable({12})};
  const Tensor zero = builder_.constant(Array::full({2, 4}, 0.0));
  const auto all = ops::detail::gru({.x = x + weights[0], .kernel = weights[1], .states = {zero}}, weights[2]);
  const auto names = steps(graph::gradients(ops::sum(all.outputs), weights, ops::gradient_ops()));
  EXPECT_EQ(std::ranges::count(names, "recurrent_kernel_gradient"), 1) << text_;
  EXPECT_EQ(std::ranges::count(names, "sum_like"), 1) << text_;
}

}  // namespace
