// Plans written by hand: right ones pass, and each way to be wrong is found.
#include "runtime/check_plan.h"

#include <memory>
#include <memory_resource>
#include <string>

#include <gtest/gtest.h>

#include "runtime/plan_writer.h"

namespace {

using namespace keratin;
using runtime::Address;
using runtime::Base;
using runtime::Plan;
using runtime::PlanWriter;
using runtime::Step;

class Nothing final : public graph::Kernel {
 public:
  explicit Nothing(std::size_t workspace) : workspace_(workspace) {}
  void run(const graph::KernelArguments& /*arguments*/) const override {}
  std::size_t workspace_bytes() const noexcept override { return workspace_; }

 private:
  std::size_t workspace_;
};

constexpr std::uint32_t value_x = 0;
constexpr std::uint32_t value_a = 1;
constexpr std::uint32_t value_b = 2;
constexpr std::uint32_t value_c = 3;
constexpr std::uint32_t value_w = 4;

const Address x{Base::input, 0, 0, 64, value_x};
const Address w{Base::variable, 0, 0, 64, value_w};

Address at(std::size_t offset, std::uint32_t value, std::size_t bytes = 64) {
  return {Base::workspace, 0, offset, bytes, value};
}

struct StepOptions {
  std::size_t workspace = 0;
  std::size_t scratch = 0;
  std::uint32_t in_place = 0;
};

/// An input x, a variable w and one output.
class Drawing {
 public:
  Drawing() : writer_(std::pmr::new_delete_resource()) {
    writer_.add_input({float32, Shape{16}});
    owner_ = writer_.owner("dense/op");
  }

  Drawing& step(std::initializer_list<Address> inputs, std::initializer_list<Address> outputs,
                StepOptions options = {}) {
    graph::KernelRequest request;
    request.memory = writer_.memory();
    Step step;
    step.kernel = graph::make_kernel<Nothing>(request, options.workspace);
    step.op = "op";
    step.owner = owner_;
    step.scratch = options.scratch;
    step.in_place = options.in_place;
    writer_.add_step(std::move(step), std::vector<Address>(inputs), std::vector<Address>(outputs));
    return *this;
  }

  /// Empty if the plan passes the check, else what it says.
  std::string problem(std::uint32_t output = value_c, std::size_t fallback = 256, std::uint32_t after = value_w) {
    writer_.add_variable(0, {value_w, after, 64});
    writer_.add_output({float32, Shape{16}}, output, fallback);
    const std::unique_ptr<Plan> plan = writer_.finish(320, 320);
    try {
      runtime::check_plan(*plan);
    } catch (const InternalError& error) {
      return error.what();
    }
    return {};
  }

 private:
  PlanWriter writer_;
  std::uint32_t owner_ = 0;
};

const Address out{Base::output, 0, 0, 64, value_c};

void expect_found(const std::string& problem, const std::string& part) {
  EXPECT_NE(problem.find(part), std::string::npos) << "found: " << problem;
}

TEST(CheckPlan, PassesAPlanThatUsesMemoryAgain) {
  const std::string problem = Drawing()
                                  .step({x}, {at(0, value_a)})
                                  .step({at(0, value_a), w}, {at(64, value_b)}, {.workspace = 64, .scratch = 128})
                                  .step({at(64, value_b)}, {out})
                                  .problem();
  EXPECT_EQ(problem, "");
}

TEST(CheckPlan, FindsAReadOfWhatWasOverwritten) {
  expect_found(Drawing()
                   .step({x}, {at(0, value_a)})
                   .step({x}, {at(32, value_b)})
                   .step({at(0, value_a), at(32, value_b)}, {out})
                   .problem(),
               "step 2, op: it reads %1 where %2 lies");
}

TEST(CheckPlan, FindsAReadOfWhatWasNeverWritten) {
  expect_found(Drawing().step({at(0, value_a)}, {out}).problem(), "reads %1 where nothing lies");
  expect_found(Drawing().step({x}, {at(0, value_a, 32)}).step({at(0, value_a)}, {out}).problem(),
               "reads %1 where nothing lies");
}

TEST(CheckPlan, FindsAnOutputOnAnInputThatTheKernelStillReads) {
  Drawing drawing;
  drawing.step({x}, {at(0, value_a)}).step({at(0, value_a)}, {at(0, value_b)}).step({at(0, value_b)}, {out});
  expect_found(drawing.problem(), "its output %2 overwrites its input %1");
  Drawing allowed;
  allowed.step({x}, {at(0, value_a)})
      .step({at(0, value_a)}, {at(0, value_b)}, {.in_place = 1})
      .step({at(0, value_b)}, {out});
  EXPECT_EQ(allowed.problem(), "");
  Drawing shifted;
  shifted.step({x}, {at(0, value_a)})
      .step({at(0, value_a)}, {at(32, value_b)}, {.in_place = 1})
      .step({at(32, value_b)}, {out});
  expect_found(shifted.problem(), "its output %2 overwrites its input %1");
}

TEST(CheckPlan, FindsAKernelsWorkspaceOnOtherThings) {
  Drawing live;
  live.step({x}, {at(0, value_a)})
      .step({x}, {at(64, value_b)}, {.workspace = 64, .scratch = 32})
      .step({at(0, value_a), at(64, value_b)}, {out});
  expect_found(live.problem(), "lies on its workspace");
  Drawing other;
  other.step({x}, {at(0, value_a)})
      .step({x}, {at(128, value_b)}, {.workspace = 64, .scratch = 32})
      .step({at(0, value_a), at(128, value_b)}, {out});
  expect_found(other.problem(), "reads %1 where a kernel's workspace lies");
}

TEST(CheckPlan, FindsAVariableThatIsOverwrittenTooEarly) {
  const Address next{Base::variable, 0, 0, 64, value_b};
  Drawing drawing;
  drawing.step({x}, {next}).step({w}, {out});
  expect_found(drawing.problem(value_c, 256, value_b), "reads %4 where %2 lies");
  Drawing right;
  right.step({w}, {out}).step({x}, {next});
  EXPECT_EQ(right.problem(value_c, 256, value_b), "");
  Drawing forgotten;
  forgotten.step({w}, {out});
  expect_found(forgotten.problem(value_c, 256, value_b), "variable 0 holds %4 in the end, not %2");
}

TEST(CheckPlan, FindsAMissingOutputAndAWriteToAnInput) {
  expect_found(Drawing().step({x}, {at(0, value_a)}).problem(), "output 0 holds nothing in the end, not %3");
  expect_found(Drawing().step({w}, {{Base::input, 0, 0, 64, value_a}}).step({w}, {out}).problem(), "may only be read");
}

TEST(CheckPlan, FindsAnUnwantedOutputOnLiveMemory) {
  Drawing drawing;
  drawing.step({x}, {at(0, value_a)}).step({x}, {out}).step({at(0, value_a), out}, {at(64, value_b)});
  expect_found(drawing.problem(value_c, 32), "reads %1 where %3 lies");
}

TEST(CheckPlan, FindsWhatReachesOutsideTheWorkspace) {
  expect_found(Drawing().step({x}, {at(288, value_a)}).step({x}, {out}).problem(), "outside of the workspace");
}

}  // namespace
