// The pass by itself: a chain whose backward pass reads every activation.
#include "compile/recompute.h"

#include <cmath>
#include <cstddef>
#include <map>
#include <memory_resource>
#include <vector>

#include <gtest/gtest.h>

#include "compile/compiler.h"
#include "compile/segments.h"
#include "graph/builder.h"
#include "graph/gradients.h"
#include "keratin/ops/creation.h"
#include "keratin/ops/linalg.h"
#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "support/run_plan.h"

namespace {

using namespace keratin;
using graph::Builder;
using graph::Spec;

constexpr int depth = 32;
constexpr std::int64_t width = 16;

/// x ← tanh(x·w), `depth` times; the gradient of the sum with respect to x, and the sum.
class Chain {
 public:
  Chain() : builder_(std::pmr::new_delete_resource()) {
    const Builder::Current current(builder_);
    const Tensor input = builder_.input({float32, {-1, width}}, "x");
    const Tensor w = builder_.read(0, {float32, {width, width}}, "w");
    Tensor x = input;
    for (int i = 0; i < depth; ++i) x = ops::tanh(ops::matmul(x, w));
    const Tensor sum = ops::sum(x);
    const std::vector<Tensor> sources{input};
    std::vector<Tensor> results = graph::gradients(sum, sources,
                                                   {.ones_like = [](const Tensor& one) { return ops::ones_like(one); },
                                                    .add = [](const Tensor& a, const Tensor& b) { return a + b; }});
    results.push_back(sum);
    builder_.finish(results);
  }
  std::unique_ptr<runtime::Plan> plan(bool recompute) const {
    const std::vector<Spec> specs{{float32, {8, width}}};
    return compile::compile(builder_.graph(), specs, {.recompute = recompute}, std::pmr::new_delete_resource());
  }

 private:
  Builder builder_;
};

TEST(Recompute, AChainTakesMemoryAsTheRootOfItsLength) {
  const Chain chain;
  const auto kept = chain.plan(false);
  const auto twice = chain.plan(true);
  const std::size_t activation = 8 * width * sizeof(float);
  EXPECT_GE(kept->live_bytes(), depth * activation);
  // √32 borders and a segment of as many; beside them the gradient at hand.
  EXPECT_LE(twice->live_bytes(), (2 * 6 + 3) * activation);
  EXPECT_GE(twice->recomputed_bytes(), depth / 2 * activation);
  EXPECT_LE(twice->recomputed_bytes(), depth * activation);
  EXPECT_LE(twice->steps().size(), kept->steps().size() + depth) << "each node is computed twice at most";
}

TEST(Recompute, AChainGivesTheSameBits) {
  const Chain chain;
  const std::vector<Array> inputs{Array::random_normal({8, width}, {.seed = 1})};
  std::map<graph::VariableId, Array> weights{{0, Array::random_normal({width, width}, {.stddev = 0.3, .seed = 2})}};
  const auto expected = test::run_plan(*chain.plan(false), inputs, weights);
  const auto results = test::run_plan(*chain.plan(true), inputs, weights);
  ASSERT_EQ(results.outputs.size(), expected.outputs.size());
  for (std::size_t i = 0; i < results.outputs.size(); ++i)
    EXPECT_EQ(max_abs_difference(results.outputs[i], expected.outputs[i]), 0.0) << i;
}

}  // namespace
