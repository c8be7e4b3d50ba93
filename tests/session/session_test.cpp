#include "keratin/session/session.h"

#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "session/core.h"
#include "session_parts.h"

namespace {

using namespace keratin;
using test::Scale;
using test::Stack;

template <class E, class F>
std::string message_of(F action) {
  try {
    action();
  } catch (const E& error) {
    return error.what();
  }
  ADD_FAILURE() << "no exception of that type";
  return {};
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(Session, StartsEmptyAndKnowsItsOptions) {
  const Session session({.seed = 7, .threads = 1, .memory_budget = MiB(3), .name = "mine"});
  EXPECT_EQ(session.seed(), 7u);
  EXPECT_EQ(session.threads(), 1);
  EXPECT_EQ(session.memory_budget(), MiB(3));
  EXPECT_EQ(session.name(), "mine");
  EXPECT_EQ(session.memory().current_bytes, 0);
  EXPECT_EQ(session.memory().mapped_bytes, 0);
  EXPECT_EQ(session.graph().nodes, 0);
  EXPECT_THROW(Session({.threads = -1}), ValueError);
  EXPECT_THROW(Session({.memory_budget = Bytes{-1}}), ValueError);
  EXPECT_NE(Session().seed(), Session().seed()) << "another seed each time, where none is given";
}

TEST(Session, NamesAreKerasNamesAndStartAnewAfterClear) {
  Session session;
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(session.add(Scale())->name(), "scale");
    EXPECT_EQ(session.add(Scale())->name(), "scale_1");
    EXPECT_EQ(session.add(Scale(1.0f, "mine"))->name(), "mine");
    EXPECT_EQ(session.add(Scale(1.0f, "scale_2"))->name(), "scale_2");
    EXPECT_EQ(session.add(Scale())->name(), "scale_3") << "given names are left free";
    session.clear();
  }
}

TEST(Session, PathsLivesAndVariablesFollowTheOwner) {
  Session session;
  const auto stack = session.add(Stack(3));
  EXPECT_EQ(stack->path(), "stack");
  EXPECT_EQ(stack->at(1)->path(), "stack/part_1");
  EXPECT_EQ(stack->at(1)->factor().path(), "stack/part_1/factor");
  ASSERT_EQ(stack->variables().size(), 4u);
  EXPECT_EQ(stack->variables().front().path(), "stack/part_0/factor");
  EXPECT_EQ(stack->variables().back().path(), "stack/own") << "in the order of their making";
  EXPECT_EQ(session.graph().variables, 4);
  EXPECT_EQ(session.graph().layers, 4);
  EXPECT_EQ(session.memory().current_bytes, 0) << "declared variables take no memory";

  const Handle<Scale> child = stack->at(1);
  const Variable factor = child->factor();
  session::Inner::core(session)->remove(*stack, "its removal");
  EXPECT_FALSE(stack.is_alive());
  EXPECT_FALSE(child.is_alive());
  EXPECT_TRUE(contains(message_of<StaleHandleError>([&] { child->factor(); }), "its removal"));
  EXPECT_TRUE(contains(message_of<StaleHandleError>([&] { factor.value(); }), "stack/part_1/factor"));
  EXPECT_EQ(session.graph().variables, 0);
  EXPECT_EQ(session.graph().layers, 0);
}

TEST(Session, ACopyOfALiveComponentIsItsDescriptionAlone) {
  Session session;
  const auto scale = session.add(Scale(2.0f));
  const Scale copy = *scale;
  EXPECT_FALSE(copy.is_live());
  EXPECT_EQ(copy.name(), "") << "the session gave the name to the live one";
  EXPECT_EQ(session.add(copy)->path(), "scale_1");
}

TEST(Session, AComponentThatThrowsWhileItBecomesLiveLeavesNothing) {
  Session session;
  session.add(Scale());
  EXPECT_THROW(session.add(test::FailsWhenLive()), ValueError);
  EXPECT_EQ(session.graph().layers, 1);
  EXPECT_EQ(session.graph().variables, 1);
}

TEST(Session, ClearEndsEverythingAndHandlesSayWhere) {
  Session session({.seed = 1});
  const auto scale = session.add(Scale(2.0f));
  const Variable variable = session.variable(Array::ones({1000}), "v");
  const auto twice = session.function([](const Tensor& x) { return x * 2.0; }, {.name = "twice"});
  const Tensor input = session.input({4});
  const Array kept = twice(Array::ones({2, 2}));
  const Array value = variable.value();
  ASSERT_GT(session.memory().current_bytes, 4000);

  const ClearReport report = session.clear();
  EXPECT_GE(report.bytes, 4000);
  EXPECT_GE(report.mapped_bytes, report.bytes);
  EXPECT_EQ(report.layers, 1);
  EXPECT_EQ(report.variables, 2);
  EXPECT_EQ(report.functions, 1);
  EXPECT_GE(report.nodes, 3);
  EXPECT_TRUE(contains(report.where, "session_test.cpp:"));
  const MemoryReport memory = session.memory();
  EXPECT_EQ(memory.current_bytes, 0);
  EXPECT_EQ(memory.mapped_bytes, 0);
  EXPECT_EQ(memory.peak_bytes, 0);
  const GraphStats graph = session.graph();
  EXPECT_EQ(graph.nodes + graph.layers + graph.variables + graph.functions + graph.traces + graph.plans, 0);

  for (const std::string& message :
       {message_of<StaleHandleError>([&] { scale->factor(); }), message_of<StaleHandleError>([&] { variable.value(); }),
        message_of<StaleHandleError>([&] {
          twice(Array::ones({2, 2}));
        }),
        message_of<StaleHandleError>([&] { static_cast<void>(input + 1.0); })})
    EXPECT_TRUE(contains(message, "session.clear() at session_test.cpp:")) << message;
  EXPECT_EQ(kept.at<float>({1, 1}), 2.0f) << "arrays outlive clear()";
  EXPECT_EQ(value.size(), 1000);
}

TEST(Session, HandlesOutliveTheSession) {
  std::optional<Session> session(std::in_place, SessionOptions{.name = "short"});
  const auto scale = session->add(Scale());
  const Variable variable = session->variable(Array::ones({3}), "v");
  const auto twice = session->function([](const Tensor& x) { return x * 2.0; });
  const Tensor input = session->input({4});
  const auto scope = session->as_default();
  session.reset();
  EXPECT_TRUE(contains(message_of<StaleHandleError>([&] { scale->factor(); }), "the end of session 'short'"));
  EXPECT_THROW(variable.value(), StaleHandleError);
  EXPECT_THROW(twice(Array::ones({2})), StaleHandleError);
  EXPECT_THROW(input.shape(), StaleHandleError);
  EXPECT_THROW(session::Core::current_or_throw("Sequential"), NoSessionError) << "its default scope is still open";
}

TEST(Session, EmptyHandlesSaySo) {
  EXPECT_THROW(Variable().value(), ValueError);
  EXPECT_THROW(*Handle<Scale>(), ValueError);
  EXPECT_THROW(FunctionHandle().stats(), ValueError);
}

TEST(Session, MovesWithAllThatItHolds) {
  Session first({.seed = 3});
  const Variable variable = first.variable(Array::ones({3}), "v");
  Session second = std::move(first);
  EXPECT_EQ(variable.value().at<float>({0}), 1.0f);
  EXPECT_EQ(second.seed(), 3u);
  EXPECT_THROW(first.memory(), ValueError);  // NOLINT(bugprone-use-after-move)
  second = Session();
  EXPECT_THROW(variable.value(), StaleHandleError);
}

TEST(Session, DefaultScopesNest) {
  EXPECT_TRUE(contains(message_of<NoSessionError>([] { session::Core::current_or_throw("Sequential"); }),
                       "Sequential needs a session"));
  const Session outer;
  const Session inner;
  const auto first = outer.as_default();
  {
    const auto second = inner.as_default();
    EXPECT_EQ(session::Core::current_or_throw("x"), session::Inner::core(inner));
    std::thread([] { EXPECT_THROW(session::Core::current_or_throw("x"), NoSessionError); }).join();
  }
  EXPECT_EQ(session::Core::current_or_throw("x"), session::Inner::core(outer));
}

TEST(Session, SessionsShareNothing) {
  Session a;
  Session b;
  const Variable variable = a.variable(Array::ones({2}), "v");
  const auto function = b.function([&](const Tensor& x) { return x + variable; });
  EXPECT_TRUE(contains(message_of<ValueError>([&] { function(Array::ones({2})); }), "belongs to the session"));
}

TEST(Session, ClearIsRefusedWhileSomethingRuns) {
  Session session;
  session::Core& core = *session::Inner::core(session);
  {
    const session::Core::Busy busy(core, "fit");
    EXPECT_TRUE(contains(message_of<SessionBusyError>([&] { session.clear(); }), "running fit"));
    EXPECT_THROW(core.require_idle("compile"), SessionBusyError);
  }
  const auto clears = session.function([&](const Tensor& x) {
    session.clear();
    return x;
  });
  EXPECT_THROW(clears(Array::ones({2})), SessionBusyError);
  EXPECT_NO_THROW(session.clear());
}

TEST(Session, ADestructorThatLooksAtItsSessionDoesNotBlock) {
  Session session;
  std::int64_t seen = -1;
  {
    auto look = std::shared_ptr<int>(new int(0), [&](int* number) {
      seen = session.memory().current_bytes + session.graph().layers + session.callbacks().attached;
      delete number;
    });
    session.add(test::Holds(look));
    session.function([look](const Tensor& x) { return x; });
  }
  EXPECT_EQ(seen, -1) << "the session holds both";
  session.clear();
  EXPECT_GE(seen, 0);
}

TEST(Session, AHundredRoundsLeaveNoByteAndNoNode) {
  Session session({.seed = 5});
  std::vector<float> results;
  for (int round = 0; round < 100; ++round) {
    const auto stack = session.add(Stack(3));
    const auto step = session.function([&](const Tensor& x) { return stack->call(x); });
    results.push_back(step(Array::ones({4, 2})).at<float>({3, 1}));
    session.clear();
    ASSERT_EQ(session.memory().current_bytes, 0);
    ASSERT_EQ(session.memory().mapped_bytes, 0);
    ASSERT_EQ(session.graph().nodes, 0);
    EXPECT_EQ(results.back(), results.front()) << "a program does the same again";
  }
}

TEST(Session, AThousandIdleOnesAreCheap) {
  const std::int64_t before = process_memory().virtual_bytes;
  std::vector<Session> sessions(1000);
  EXPECT_LT(process_memory().virtual_bytes - before, 64 << 20) << "no thread (each has a stack), few KiB";
}

TEST(Session, StatsAreReadable) {
  Session session;
  session.add(Scale());
  session::Inner::core(session)->attach_callback("EarlyStopping");
  std::ostringstream text;
  text << session.graph() << '\n' << session.callbacks();
  EXPECT_EQ(text.str(),
            "Session graph: 0 nodes, 0 models, 1 layer, 1 variable, 0 functions, 0 cached traces, 0 cached plans, "
            "0 open scopes\n1 callback attached: EarlyStopping");
  session::Inner::core(session)->detach_callbacks(1);
  EXPECT_EQ(session.callbacks().attached, 0);
}

}  // namespace
