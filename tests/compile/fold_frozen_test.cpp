// What a plan of frozen variables computes of them alone: once, and not at each run.
#include <functional>
#include <map>
#include <memory_resource>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "compile/frozen.h"
#include "core/cpu.h"
#include "graph/builder.h"
#include "keratin/ops/indexing.h"
#include "keratin/ops/linalg.h"
#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "ops/recurrent.h"
#include "support/run_plan.h"

namespace {

using namespace keratin;
using graph::Builder;

/// Keeps values beside the variables.
class Kept final : public compile::FrozenVariables {
 public:
  explicit Kept(std::map<graph::VariableId, Array>& variables) : variables_(variables) {}

  const std::byte* memory(graph::VariableId variable) const override {
    return static_cast<const std::byte*>(variables_.at(variable).raw());
  }
  graph::VariableId keep(const Array& value, const graph::Node& node) override {
    if (refuses) throw OutOfMemoryError("no room");
    const graph::VariableId id = 1000 + static_cast<graph::VariableId>(ops.size());
    ops.emplace_back(node.op->name);
    variables_[id] = value.copy();
    bytes += value.nbytes();
    return id;
  }

  bool refuses = false;
  std::vector<std::string> ops;
  std::int64_t bytes = 0;

 private:
  std::map<graph::VariableId, Array>& variables_;
};

class FoldFrozen : public testing::Test {
 protected:
  FoldFrozen() : builder_(std::pmr::new_delete_resource()), current_(builder_) {}

  Tensor input(const Shape& shape) {
    inputs_.push_back(Array::random_normal(shape, {.seed = inputs_.size() + 1}));
    return builder_.input({float32, shape}, "x");
  }
  Tensor variable(const Shape& shape) {
    const auto id = static_cast<graph::VariableId>(variables_.size());
    variables_[id] = Array::random_uniform(shape, {.seed = 100 + id});
    return builder_.read(id, {float32, shape}, "v" + std::to_string(id));
  }

  /// The names of the plan's steps, after its numbers were found to be, bit for bit, those of a plan that folds
  /// nothing.
  std::vector<std::string> steps(const std::vector<Tensor>& outputs) {
    builder_.finish(outputs);
    const auto plain = test::plan_of(builder_.graph(), inputs_);
    const auto wanted = test::run_plan(*plain, inputs_, variables_);
    plain_steps_ = test::step_names(*plain);
    compile::CompileOptions options;
    options.frozen = &kept_;
    options.compiled_text = &text_;
    const auto plan = test::plan_of(builder_.graph(), inputs_, options);
    const auto got = test::run_plan(*plan, inputs_, variables_);
    variables_read_ = plan->variables().size();
    for (std::size_t i = 0; i < outputs.size(); ++i)
      EXPECT_EQ(max_abs_difference(got.outputs[i], wanted.outputs[i]), 0.0) << i << "\n" << text_;
    return test::step_names(*plan);
  }

  using Names = std::vector<std::string>;

  Builder builder_;
  Builder::Current current_;
  std::vector<Array> inputs_;
  std::map<graph::VariableId, Array> variables_;
  Kept kept_{variables_};
  Names plain_steps_;
  std::size_t variables_read_ = 0;
  std::string text_;
};

TEST_F(FoldFrozen, ACastOfAWeightIsKept) {
  const Tensor x = input({4, 30});
  const Tensor w = variable({30, 1200});
  EXPECT_EQ(steps({ops::cast(ops::matmul(x, ops::cast(w, float64)), float32)}), (Names{"cast", "matmul", "cast"}))
      << text_;
  EXPECT_EQ(plain_steps_.size(), 4u) << "it was a step";
  EXPECT_EQ(kept_.ops, Names{"cast"});
  EXPECT_EQ(kept_.bytes, 30 * 1200 * 8);
}

TEST_F(FoldFrozen, ChainsAreKeptOnlyWhereTheyEnd) {
  const Tensor x = input({2, 16});
  const Tensor w = variable({16, 8});
  const Tensor norm = ops::sqrt(ops::sum(w * w, {0}, true));
  const Tensor scaled = ops::softmax(w / norm);
  EXPECT_EQ(steps({ops::matmul(x, scaled), x * 2.0}).size(), 2u) << text_;
  EXPECT_EQ(kept_.ops.size(), 1u);
  EXPECT_EQ(kept_.bytes, 16 * 8 * 4);
}

TEST_F(FoldFrozen, AViewOfWhatIsKeptIsAView) {
  const Tensor x = input({2, 8});
  const Tensor w = variable({2, 2, 3, 8});
  const Tensor turned = ops::transpose(w, {3, 0, 1, 2});
  EXPECT_EQ(steps({ops::matmul(x, ops::reshape(turned, {8, 12}))}), Names{"matmul"}) << text_;
  EXPECT_EQ(kept_.ops, Names{"transpose"});
}

TEST_F(FoldFrozen, ProductsReadPanelsThatAreCopiedTogetherOnce) {
  const Tensor x = input({37, 300});
  const Tensor w = variable({300, 530});
  const Tensor turned = variable({470, 300});
  const Tensor dense = ops::relu(ops::matmul(x, w) + variable({530}));
  steps({dense, ops::matmul(x, ops::transpose(turned)), ops::matmul(input({40, 530}), ops::transpose(w))});
  const std::size_t packed = core::cpu_level() != core::CpuLevel::baseline ? 3 : 0;
  EXPECT_EQ(kept_.ops.size(), packed) << text_;
  EXPECT_EQ(kept_.bytes, packed == 0 ? 0 : (2 * 300 * 530 + 470 * 300) * 4);
}

TEST_F(FoldFrozen, RecurrencesReadPanelsThatAreCopiedTogetherOnce) {
  const Tensor h = input({2, 128});
  const auto recurrence = [&](std::int64_t gates) {
    return ops::detail::Recurrence{
        .x = input({2, 9, gates * 128}), .kernel = variable({128, gates * 128}), .states = {h}};
  };
  auto lstm = recurrence(4);
  lstm.states.push_back(input({2, 128}));
  const Tensor bias = input({3 * 128});
  const Names names =
      steps({ops::detail::lstm(lstm).outputs, ops::detail::simple_rnn(recurrence(1)).outputs,
             ops::detail::gru(recurrence(3), bias).outputs, ops::detail::gru(recurrence(3), Tensor()).outputs});
  EXPECT_EQ(names, (Names{"lstm", "simple_rnn", "gru", "gru"})) << text_;
  EXPECT_EQ(kept_.ops, (Names{"lstm", "simple_rnn", "gru"})) << "not where the reset gate comes first\n" << text_;
  EXPECT_EQ(kept_.bytes, (4 + 1 + 3) * 128 * 128 * 4);
}

TEST_F(FoldFrozen, WhatIsPackedAloneIsNotReadAsItIs) {
  const Tensor x = input({37, 300});
  steps({ops::matmul(x, ops::exp(variable({300, 330}))), ops::matmul(x, variable({300, 340}))});
  const bool packs = core::cpu_level() != core::CpuLevel::baseline;
  EXPECT_EQ(variables_read_, 2u) << text_;
  EXPECT_EQ(kept_.ops.size(), packs ? 3u : 1u);
}

TEST_F(FoldFrozen, AnOutputThatDependsOnWeightsAloneIsCopied) {
  const Tensor x = input({2, 8});
  const Tensor w = variable({5});
  EXPECT_EQ(steps({ops::exp(w), w, x + 1.0}).size(), 3u) << text_;
  EXPECT_EQ(kept_.bytes, 5 * 4);
}

TEST_F(FoldFrozen, WhatIsMuchLargerThanWhatItIsComputedOfIsNotKept) {
  const Tensor x = input({200, 200});
  const Tensor w = variable({200, 1});
  const Tensor wide = ops::matmul(ops::exp(w), ops::transpose(w));  // 40,000 numbers of 200
  const Names names = steps({ops::matmul(x, wide)});
  EXPECT_EQ(names, (Names{"matmul", "matmul"})) << text_;
  EXPECT_LE(kept_.bytes, 2 * 200 * 4) << "what it is computed of may be";
}

TEST_F(FoldFrozen, WhatCannotBeComputedFailsWhenThePlanRuns) {
  const Tensor x = input({2, 8});
  const Tensor table = variable({5, 8});
  const Tensor index = ops::cast(variable({3}) + 100.0, int32);
  builder_.finish(std::vector<Tensor>{ops::take(table, index, 0), x});
  compile::CompileOptions options;
  options.frozen = &kept_;
  const auto plan = test::plan_of(builder_.graph(), inputs_, options);
  EXPECT_THROW(test::run_plan(*plan, inputs_, variables_), Error);
}

TEST_F(FoldFrozen, WithoutRoomNoPlanIsMade) {
  const Tensor x = input({2, 8});
  builder_.finish(std::vector<Tensor>{ops::matmul(x, ops::exp(variable({8, 8})))});
  compile::CompileOptions options;
  options.frozen = &kept_;
  kept_.refuses = true;
  EXPECT_THROW(static_cast<void>(test::plan_of(builder_.graph(), inputs_, options)), OutOfMemoryError);
}

}  // namespace
