// A variable's new value appears when the graph has run: whatever is assigned, every read sees the old one.
#include <memory_resource>
#include <string>

#include <gtest/gtest.h>

#include "graph/builder.h"
#include "keratin/ops/linalg.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "support/run_plan.h"

namespace {

using namespace keratin;
using graph::Builder;
using graph::Spec;

const Spec pair{float32, Shape{2}};

Array values(float a, float b) { return Array::copy_of({a, b}); }

/// A graph of two variables a = (1, 2) and b = (10, 20), and an input x = (100, 200).
class Updates : public testing::TestWithParam<bool> {
 protected:
  Updates() : builder_(std::pmr::new_delete_resource()), current_(builder_) {
    x_ = builder_.input(pair, "x");
    a_ = builder_.read(0, pair, "a");
    b_ = builder_.read(1, pair, "b");
  }

  void set(graph::VariableId id, const Tensor& value) { builder_.assign(id, pair, id == 0 ? "a" : "b", value); }

  test::Evaluated run(std::initializer_list<Tensor> outputs) {
    builder_.finish(std::vector<Tensor>(outputs));
    const std::vector<Array> inputs{values(100, 200)};
    plan_ = test::plan_of(builder_.graph(), inputs, {.fuse = GetParam()});
    return test::run_plan(*plan_, inputs, {{0, values(1, 2)}, {1, values(10, 20)}});
  }

  Builder builder_;
  Builder::Current current_;
  Tensor x_;
  Tensor a_;
  Tensor b_;
  std::unique_ptr<runtime::Plan> plan_;
};

void expect(const Array& got, float a, float b) { EXPECT_EQ(max_abs_difference(got, values(a, b)), 0.0) << got; }

TEST_P(Updates, SwapTwoVariables) {
  set(0, b_);
  set(1, a_);
  const auto result = run({a_});
  expect(result.updates.at(0), 10, 20);
  expect(result.updates.at(1), 1, 2);
  expect(result.outputs[0], 1, 2);
}

TEST_P(Updates, ReadTheOldValueAfterTheNewOneIsKnown) {
  const Tensor next = a_ + x_;
  set(0, next);
  const auto result = run({next * a_, a_, next});
  expect(result.updates.at(0), 101, 202);
  expect(result.outputs[0], 101, 404);
  expect(result.outputs[1], 1, 2);
  expect(result.outputs[2], 101, 202);
}

TEST_P(Updates, GiveOneValueToTwoVariables) {
  const Tensor next = a_ * b_;
  set(0, next);
  set(1, next);
  const auto result = run({next, next});
  expect(result.updates.at(0), 10, 40);
  expect(result.updates.at(1), 10, 40);
  expect(result.outputs[0], 10, 40);
  expect(result.outputs[1], 10, 40);
}

TEST_P(Updates, TakeAnInputAConstantAndItself) {
  set(0, x_);
  set(1, b_);
  auto result = run({x_, builder_.constant(values(3, 4))});
  expect(result.updates.at(0), 100, 200);
  expect(result.updates.at(1), 10, 20);
  expect(result.outputs[0], 100, 200);
  expect(result.outputs[1], 3, 4);
  set(1, builder_.constant(values(5, 6)));
  result = run({});
  expect(result.updates.at(1), 5, 6);
}

TEST_P(Updates, TakeAViewOfAnotherVariable) {
  set(0, ops::reshape(ops::reshape(b_, Shape{1, 2}), Shape{2}));
  set(1, b_ + 1.0);
  const auto result = run({ops::reshape(b_, Shape{2, 1})});
  expect(result.updates.at(0), 10, 20);
  expect(result.updates.at(1), 11, 21);
  expect(result.outputs[0].reshaped({2}), 10, 20);
}

TEST_P(Updates, DependOnOneAnother) {
  set(0, a_ + b_);
  set(1, a_ - b_);
  const auto result = run({});
  expect(result.updates.at(0), 11, 22);
  expect(result.updates.at(1), -9, -18);
}

TEST_P(Updates, ThatAKernelCannotMakeInPlaceAreRightAllTheSame) {
  // (a ⊗ a)·x reads a for as long as it writes.
  const Tensor outer = ops::matmul(ops::reshape(a_, Shape{2, 1}), ops::reshape(a_, Shape{1, 2}));
  set(0, ops::reshape(ops::matmul(outer, ops::reshape(x_, Shape{2, 1})), Shape{2}));
  set(1, ops::reshape(ops::transpose(ops::reshape(b_, Shape{1, 2})), Shape{2}));
  const auto result = run({});
  expect(result.updates.at(0), 500, 1000);
  expect(result.updates.at(1), 10, 20);
}

TEST_P(Updates, OfAnElementwiseChainNeedNoWorkspace) {
  set(0, a_ - 0.5 * x_);
  run({});
  if (GetParam()) {
    EXPECT_EQ(plan_->workspace_bytes(), 0u) << plan_->to_text();
  }
  EXPECT_EQ(plan_->steps().back().op, GetParam() ? "fused" : "subtract") << "nothing is copied\n" << plan_->to_text();
}

TEST_P(Updates, GraphsWithoutNodesRun) {
  const auto result = run({x_, a_, x_});
  expect(result.outputs[0], 100, 200);
  expect(result.outputs[1], 1, 2);
  expect(result.outputs[2], 100, 200);
  expect(result.updates.at(0), 1, 2);
}

INSTANTIATE_TEST_SUITE_P(Fusion, Updates, testing::Bool());

}  // namespace
