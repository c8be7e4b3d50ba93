// Plans against running the same graphs node by node, each value in memory of its own.
#include "compile/random_graph.h"

#include <cstdint>

#include <gtest/gtest.h>

#include "support/run_plan.h"

namespace {

using namespace keratin;
using test::Evaluated;

struct Tolerance {
  double relative = 0.0;
  double absolute = 0.0;
};

void expect_same(const Array& got, const Array& wanted, const Tolerance& tolerance, const std::string& what) {
  ASSERT_EQ(got.shape(), wanted.shape()) << what;
  EXPECT_TRUE(all_close(got, wanted, tolerance.relative, tolerance.absolute))
      << what << " differs by " << max_abs_difference(got, wanted);
}

void expect_same(const Evaluated& got, const Evaluated& wanted, const std::map<graph::VariableId, Array>& before,
                 const Tolerance& tolerance) {
  for (std::size_t i = 0; i < got.outputs.size(); ++i)
    expect_same(got.outputs[i], wanted.outputs[i], tolerance, "output " + std::to_string(i));
  for (const auto& [id, value] : got.updates) {
    const auto updated = wanted.updates.find(id);
    expect_same(value, updated == wanted.updates.end() ? before.at(id) : updated->second, tolerance,
                "variable " + std::to_string(id));
  }
}

void compare(std::uint32_t seed, std::int64_t batch, const compile::CompileOptions& options,
             const Tolerance& tolerance) {
  const test::RandomGraph random(seed, 60);
  const auto inputs = random.inputs(batch);
  const auto variables = random.variables();
  const Evaluated wanted = test::evaluate(random.graph(), inputs, {.variables = variables});
  const auto plan = test::plan_of(random.graph(), inputs, options);
  SCOPED_TRACE("seed " + std::to_string(seed) + ", batch " + std::to_string(batch) + "\n" + plan->to_text());
  expect_same(test::run_plan(*plan, inputs, variables), wanted, variables, tolerance);
  expect_same(test::run_plan(*plan, inputs, variables, false), wanted, variables, tolerance);
}

class RandomGraphs : public testing::TestWithParam<std::uint32_t> {};

TEST_P(RandomGraphs, GiveTheVerySameNumbersWithoutFusion) {
  for (const std::int64_t batch : {1, 3, 5}) {
    compare(GetParam(), batch, {.fuse = false, .in_place = false}, {});
    compare(GetParam(), batch, {.fuse = false}, {});
  }
}

TEST_P(RandomGraphs, GiveTheSameNumbersWithFusion) {
  for (const std::int64_t batch : {1, 2, 7}) {
    compare(GetParam(), batch, {}, {1e-4, 1e-5});
    compare(GetParam(), batch, {.in_place = false}, {1e-4, 1e-5});
  }
}

TEST_P(RandomGraphs, SimplifiedOnceForAllBatchesGiveTheSame) {
  const test::RandomGraph random(GetParam(), 80);
  const auto simple = compile::simplified(random.graph(), std::pmr::new_delete_resource());
  EXPECT_LT(simple->nodes().size(), random.graph().nodes().size());
  for (const std::int64_t batch : {0, 1, 4}) {
    const auto inputs = random.inputs(batch);
    const auto variables = random.variables();
    const Evaluated wanted = test::evaluate(random.graph(), inputs, {.variables = variables});
    const auto plan = test::plan_of(*simple, inputs, {.fuse = false});
    if (batch > 0) expect_same(test::run_plan(*plan, inputs, variables), wanted, variables, {});
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomGraphs, testing::Range(1u, 25u));

}  // namespace
