#include "runtime/plan.h"

#include <cstring>
#include <memory_resource>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/parallel.h"
#include "runtime/plan_writer.h"

namespace {

using namespace keratin;
using runtime::Address;
using runtime::Base;
using runtime::PlanWriter;

/// out = a + b, a float each.
class Sum final : public graph::Kernel {
 public:
  void run(const graph::KernelArguments& arguments) const override {
    *arguments.output<float>() = *arguments.input<float>(0) + *arguments.input<float>(1);
  }
};

class Failing final : public graph::Kernel {
 public:
  void run(const graph::KernelArguments& /*arguments*/) const override {
    throw ValueError("take: the index is out of range. Received: 7");
  }
};

runtime::Step step_of(graph::KernelPtr kernel, std::uint32_t owner) {
  runtime::Step step;
  step.kernel = std::move(kernel);
  step.op = "sum";
  step.owner = owner;
  return step;
}

template <class K>
graph::KernelPtr kernel(std::pmr::memory_resource* memory) {
  graph::KernelRequest request;
  request.memory = memory;
  return graph::make_kernel<K>(request);
}

/// y = (x + 0.5) + v, by way of the workspace.
std::unique_ptr<runtime::Plan> sum_plan(std::pmr::memory_resource* memory) {
  PlanWriter writer(memory);
  const float half = 0.5F;
  const Address constant = writer.add_constant(std::as_bytes(std::span(&half, 1)), 4);
  const std::uint32_t owner = writer.owner("dense/sum");
  const Address x{Base::input, 0, 0, 4, 0};
  const Address v{Base::variable, 0, 0, 4, 1};
  const Address between{Base::workspace, 0, 64, 4, 2};
  const Address y{Base::output, 0, 0, 4, 3};
  writer.add_input({float32, {}});
  writer.add_variable(9, {1, 1, 4});
  writer.add_output({float32, {}}, 3, 0);
  writer.add_step(step_of(kernel<Sum>(memory), owner), std::vector{x, constant}, {&between, 1});
  writer.add_step(step_of(kernel<Sum>(memory), owner), std::vector{between, v}, {&y, 1});
  return writer.finish(128, 8);
}

class Running {
 public:
  explicit Running(const runtime::Plan& plan) : plan_(plan), parallel_(1) {}

  float run(float x, float v, bool wanted = true) {
    // Other memory at every call.
    workspaces_.emplace_back(128);
    cells_.push_back(std::make_unique<float[]>(3));
    float* const cells = cells_.back().get();
    cells[0] = x;
    cells[1] = v;
    auto* const bytes = reinterpret_cast<std::byte*>(cells);
    std::byte* const variable = bytes + 4;
    const std::byte* const input = bytes;
    std::byte* const output = wanted ? bytes + 8 : nullptr;
    plan_.run({workspaces_.back().data(), {&variable, 1}, {&input, 1}, {&output, 1}}, parallel_);
    return cells[2];
  }
  float in_workspace(std::size_t offset) const {
    float value = 0.0F;
    std::memcpy(&value, workspaces_.back().data() + offset, sizeof value);
    return value;
  }

 private:
  const runtime::Plan& plan_;
  core::Parallel parallel_;
  std::vector<std::vector<std::byte>> workspaces_;
  std::vector<std::unique_ptr<float[]>> cells_;
};

TEST(Plan, FollowsItsBasesWhereverTheyMove) {
  const auto plan = sum_plan(std::pmr::new_delete_resource());
  Running running(*plan);
  for (int i = 0; i < 5; ++i) {
    const auto x = static_cast<float>(i);
    EXPECT_EQ(running.run(x, 10.0F), x + 10.5F);
    EXPECT_EQ(running.run(x, 20.0F, false), 0.0F) << "nothing is written to an output that isn't wanted";
    EXPECT_EQ(running.in_workspace(0), x + 20.5F) << "it is computed in the workspace";
  }
}

/// Counts what comes and goes.
class Counting final : public std::pmr::memory_resource {
 public:
  std::size_t bytes = 0;
  std::size_t calls = 0;

 private:
  void* do_allocate(std::size_t size, std::size_t alignment) override {
    bytes += size;
    ++calls;
    return std::pmr::new_delete_resource()->allocate(size, alignment);
  }
  void do_deallocate(void* memory, std::size_t size, std::size_t alignment) override {
    bytes -= size;
    std::pmr::new_delete_resource()->deallocate(memory, size, alignment);
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

TEST(Plan, TakesAllItsMemoryFromItsResourceAndGivesItBack) {
  Counting memory;
  {
    const auto plan = sum_plan(&memory);
    const std::size_t kept = memory.bytes;
    const std::size_t calls = memory.calls;
    EXPECT_GT(kept, 2 * sizeof(runtime::Step));
    Running running(*plan);
    running.run(1.0F, 2.0F);
    EXPECT_EQ(memory.bytes, kept);
    EXPECT_EQ(memory.calls, calls);
  }
  EXPECT_EQ(memory.bytes, 0u);
}

TEST(Plan, AKernelsErrorNamesLayerAndLineAndKeepsItsType) {
  PlanWriter writer(std::pmr::new_delete_resource());
  runtime::Step step = step_of(kernel<Failing>(writer.memory()), writer.owner("embedding/take"));
  step.where.file = "train.cpp";
  step.where.line = 12;
  writer.add_step(std::move(step), {}, {});
  const auto plan = writer.finish(0, 0);
  core::Parallel parallel(1);
  try {
    plan->run({}, parallel);
    FAIL() << "no exception";
  } catch (const ValueError& error) {
    EXPECT_EQ(error.layer_path(), "embedding/take");
    EXPECT_EQ(error.where().line, 12u);
    EXPECT_STREQ(error.what(),
                 "take: the index is out of range. Received: 7 [layer 'embedding/take', at train.cpp:12]");
  }
}

TEST(Plan, RefusesOtherNumbersOfBindings) {
  const auto plan = sum_plan(std::pmr::new_delete_resource());
  core::Parallel parallel(1);
  EXPECT_THROW(plan->run({}, parallel), InternalError);
}

TEST(Plan, ReportsWhatLivesAtThePeakByCategoryAndOwner) {
  PlanWriter writer(std::pmr::new_delete_resource());
  const std::uint32_t dense = writer.owner("dense/matmul");
  const std::uint32_t loss = writer.owner("loss/sum");
  for (int i = 0; i < 4; ++i) writer.add_step(step_of(kernel<Sum>(writer.memory()), dense), {}, {});
  writer.add_buffer({0, 100, 0, 2, MemoryCategory::activations, dense, -1});
  writer.add_buffer({128, 50, 1, 2, MemoryCategory::gradients, loss, -1});
  writer.add_buffer({0, 100, 2, 3, MemoryCategory::gradients, dense, 0});  // takes over the first one
  writer.add_buffer({256, 30, 2, 2, MemoryCategory::workspace, dense, -1});
  writer.add_buffer({320, 60, 3, 3, MemoryCategory::workspace, loss, -1});
  const auto plan = writer.finish(384, 180);
  const auto shares = plan->shares_at_peak();
  ASSERT_EQ(shares.size(), 2u);
  EXPECT_EQ(shares[0].category, MemoryCategory::gradients);
  EXPECT_EQ(shares[0].bytes, 150u);
  EXPECT_EQ(shares[1].bytes, 30u);
  const auto owners = plan->owners_at_peak();
  ASSERT_EQ(owners.size(), 3u);
  EXPECT_EQ(owners[0].owner, "dense/matmul");
  EXPECT_EQ(owners[0].bytes, 100);
  EXPECT_EQ(owners[1].owner, "loss/sum");
  EXPECT_EQ(owners[2].bytes, 30);
}

}  // namespace
