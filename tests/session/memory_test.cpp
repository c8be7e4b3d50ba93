#include <array>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "graph/spec.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/session/session.h"
#include "session/core.h"
#include "session/traced_function.h"
#include "session_parts.h"

namespace {

using namespace keratin;

/// A function with a weight, an activation worth a buffer, and its gradient.
class Worker : public Component {
 public:
  std::shared_ptr<session::TracedFunction> function;
  Variable weight;

 protected:
  std::string default_name() const override { return "worker"; }
  void became_live() override {
    weight = add_variable("weight", {256}, {.category = MemoryCategory::parameters});
    function = session::Inner::core(*this).make_function(
        [this](std::span<const Tensor> x) {
          const Tensor y = ops::sum(ops::tanh(ops::sum(x[0] * weight, {1}, true) + weight));
          return std::vector<Tensor>{y, gradients(y, {weight})[0]};
        },
        {.name = "step"}, *this);
  }
};

std::vector<graph::Spec> batch(std::int64_t rows) { return {{float32, {rows, 256}}}; }

TEST(SessionMemory, IsProjectedBeforeItIsTaken) {
  Session session;
  session::Core& core = *session::Inner::core(session);
  const auto worker = session.add(Worker());
  const runtime::Plan* const plan = &worker->function->prepare(batch(64));
  const MemoryReport projected = core.projected({&plan, 1}, 1000);
  EXPECT_LT(session.memory().current_bytes, projected.peak_bytes);
  EXPECT_EQ(session.memory().by_category.at(MemoryCategory::parameters), 0);
  core.allocate_for({&plan, 1}, 0, "fit");
  const MemoryReport taken = session.memory();
  EXPECT_EQ(taken.current_bytes + 1000, projected.peak_bytes);
  for (const MemoryCategory category : {MemoryCategory::parameters, MemoryCategory::activations,
                                        MemoryCategory::gradients, MemoryCategory::workspace, MemoryCategory::graph})
    EXPECT_EQ(taken.by_category.at(category), projected.by_category.at(category)) << name_of(category);
  EXPECT_EQ(taken.by_category.at(MemoryCategory::parameters), 1024);
  EXPECT_GT(taken.by_category.at(MemoryCategory::activations), 0);
}

TEST(SessionMemory, PlansShareOneWorkspaceAsLargeAsTheLargest) {
  Session session;
  const auto worker = session.add(Worker());
  const auto in_workspace = [&] {
    const auto by_category = session.memory().by_category;
    return by_category.at(MemoryCategory::activations) + by_category.at(MemoryCategory::gradients) +
           by_category.at(MemoryCategory::workspace);
  };
  const auto run = [&](std::int64_t rows) {
    const Array x = Array::ones({rows, 256});
    worker->function->call({&x, 1});
    return static_cast<std::int64_t>(worker->function->prepare(batch(rows)).workspace_bytes());
  };
  const std::int64_t small = run(8);
  EXPECT_EQ(in_workspace(), small);
  const std::int64_t large = run(128);
  EXPECT_GT(large, small);
  EXPECT_EQ(in_workspace(), large);
  run(8);
  EXPECT_EQ(in_workspace(), large);
  worker->function->forget("a test");
  EXPECT_EQ(in_workspace(), 0) << "no plan needs it";
  run(8);
  EXPECT_EQ(in_workspace(), small);
  EXPECT_EQ(worker->function->stats().last_reason, "forgotten: a test");
}

TEST(SessionMemory, OverTheBudgetNothingIsTakenAndOwnersAreNamed) {
  Session session({.memory_budget = KiB(64)});
  session::Core& core = *session::Inner::core(session);
  const auto worker = session.add(Worker());
  const runtime::Plan* const plan = &worker->function->prepare(batch(128));
  const std::int64_t before = session.memory().current_bytes;
  try {
    core.allocate_for({&plan, 1}, 0, "fit with batch_size=128");
    FAIL() << "no exception";
  } catch (const OutOfMemoryError& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("fit with batch_size=128"), std::string::npos) << text;
    EXPECT_NE(text.find("worker"), std::string::npos) << text;
  }
  EXPECT_EQ(session.memory().current_bytes, before);
}

}  // namespace
