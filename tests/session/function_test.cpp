#include "keratin/session/function.h"

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/core/log.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/session/session.h"
#include "session/core.h"
#include "session_parts.h"

namespace {

using namespace keratin;
using test::Scale;
using test::Stack;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

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

/// What the library logs while it lives.
class Logged {
 public:
  Logged() {
    log::set_sink([this](log::Level, std::string_view message) { messages.emplace_back(message); });
  }
  ~Logged() { log::set_sink({}); }
  Logged(const Logged&) = delete;
  Logged& operator=(const Logged&) = delete;
  std::vector<std::string> messages;
};

class Function : public testing::TestWithParam<ExecutionMode> {
 protected:
  FunctionOptions options(std::string name = "f") const { return {.name = std::move(name), .mode = GetParam()}; }
  Session session_{{.seed = 1, .threads = 1}};
};
INSTANTIATE_TEST_SUITE_P(Modes, Function, testing::Values(ExecutionMode::graph, ExecutionMode::eager),
                         [](const auto& instance) {
                           return instance.param == ExecutionMode::graph ? "graph" : "eager";
                         });

TEST_P(Function, ComputesWhatItsBodySays) {
  const auto f = session_.function([](const Tensor& x, const Tensor& y) { return x * y + 1.0; }, options());
  const Array x = Array::copy_of({1.0f, 2.0f, 3.0f});
  const Array y = Array::copy_of({4.0f, 5.0f, 6.0f});
  EXPECT_TRUE(all_close(f(x, y), Array::copy_of({5.0f, 11.0f, 19.0f})));
  EXPECT_EQ(f.stats().calls, 1);
}

TEST_P(Function, TakesNumbersStridedAndBorrowedArraysAndSlicesOfBytes) {
  const auto f = session_.function([](const Tensor& x, const Tensor& n) { return x * n; }, options());
  const std::vector<float> data{1, 2, 3, 4, 5, 6};
  const Array strided = Array::borrow(std::span<const float>(data), {3}, {.strides = {2}});
  EXPECT_TRUE(all_close(f(strided, 10.0), Array::copy_of({10.0f, 30.0f, 50.0f})));
  const Array flags = Array::copy_of(std::vector<bool>{true, false, true, true, false});
  const auto invert = session_.function([](const Tensor& x) { return ops::logical_not(x); }, options("invert"));
  const Array inverted = invert(flags.rows(1, 5));
  EXPECT_TRUE(inverted.at<bool>({0}));
  EXPECT_FALSE(inverted.at<bool>({1}));
  EXPECT_TRUE(inverted.at<bool>({3}));
}

TEST_P(Function, ReturnsSeveralValuesNothingOrNumbers) {
  const auto two = session_.function([](const Tensor& x) { return std::pair(x + 1.0, x - 1.0); }, options("two"));
  const std::vector<Array> values = two(Array::ones({2}));
  ASSERT_EQ(values.size(), 2u);
  EXPECT_EQ(values[0].at<float>({1}), 2.0f);
  EXPECT_EQ(values[1].at<float>({1}), 0.0f);
  Variable v = session_.variable(Array::zeros({}), "v");
  const auto none = session_.function([v](const Tensor& x) mutable { v.assign(ops::sum(x)); }, options("none"));
  EXPECT_TRUE(none(Array::ones({5})).empty());
  EXPECT_EQ(v.value().item<float>(), 5.0f);
  const auto number = session_.function([](const Tensor&) { return Tensor(3.5); }, options("number"));
  EXPECT_EQ(number(Array::ones({2})).item<float>(), 3.5f);
  const auto empty = session_.function([](const Tensor&) { return Tensor(); }, options("empty"));
  EXPECT_THROW(empty(Array::ones({2})), ValueError);
}

TEST_P(Function, ReturnsAVariableAsAnArray) {
  Variable v = session_.variable(Array::ones({2}), "v");
  const auto f = session_.function(
      [v]() mutable {
        v.assign_add(1.0);
        return v;
      },
      options());
  const Array result = f();
  EXPECT_EQ(result.at<float>({1}), 2.0f);
}

TEST_P(Function, RefusesAnIntegerThatIsNoInt32) {
  const auto twice = session_.function([](const Tensor& x) { return x + x; }, options());
  EXPECT_EQ(twice(1u << 30).item<std::int64_t>(), std::int64_t{std::numeric_limits<std::int32_t>::min()});
  EXPECT_THROW(twice(std::int64_t{1} << 40), ValueError);
  EXPECT_THROW(twice(4'000'000'000u), ValueError);
  EXPECT_EQ(twice(Array::scalar(std::int64_t{1} << 40)).item<std::int64_t>(), std::int64_t{1} << 41);
}

TEST_P(Function, RecursionMayBeDeepButNotEndless) {
  keratin::Function<Tensor> self;
  int left = 50;
  self = session_.function([&](const Tensor& x) -> Tensor { return left-- > 0 ? self(x) + 1.0 : x; }, options());
  EXPECT_EQ(self(Array::zeros({1})).item<float>(), 50.0f);
  keratin::Function<Tensor> second;
  second = session_.function([&](const Tensor& x) -> Tensor { return second(x) + 1.0; }, options("endless"));
  const std::string text = message_of<ValueError>([&] { second(Array::zeros({1})); });
  EXPECT_TRUE(contains(text, "calls itself")) << text;
}

// The variable's size is known when it is assigned, the batch's only at the call.
TEST_P(Function, RefusesABatchThatDoesNotFitTheVariableItIsAssignedTo) {
  Variable v = session_.variable(Array::full({3}, 2.0), "v");
  const auto set = session_.function([v](const Tensor& x) mutable { v.assign(x * 2.0); }, options());
  set(Array::ones({3}));
  for (const std::int64_t rows : {0, 1, 4, 40'000}) {
    const std::string text = message_of<ShapeError>([&] { set(Array::full({rows}, 9.0)); });
    EXPECT_TRUE(contains(text, "'v'") && contains(text, "f32[" + std::to_string(rows) + "]")) << text;
    EXPECT_EQ(max_abs_difference(v.value(), Array::full({3}, 2.0)), 0.0);
  }
  set(Array::full({3}, 2.0));
  EXPECT_EQ(max_abs_difference(v.value(), Array::full({3}, 4.0)), 0.0);
}

TEST_P(Function, ReadsSeeEarlierAssignmentsAndOldReadsStay) {
  Variable v = session_.variable(Array::copy_of({1.0f, 2.0f}), "v");
  const auto f = session_.function(
      [v]() mutable {
        const Tensor before = v;
        v.assign_add(before * 10.0);
        const Tensor between = v;
        v.assign_sub(1.0);
        v.assign(Tensor(v) * 2.0);
        return std::vector<Tensor>{before, between, Tensor(v)};
      },
      options());
  const std::vector<Array> values = f();
  EXPECT_TRUE(all_close(values[0], Array::copy_of({1.0f, 2.0f})));
  EXPECT_TRUE(all_close(values[1], Array::copy_of({11.0f, 22.0f})));
  EXPECT_TRUE(all_close(values[2], Array::copy_of({20.0f, 42.0f})));
  EXPECT_TRUE(all_close(v.value(), values[2]));
}

TEST_P(Function, SwapsTwoVariables) {
  Variable a = session_.variable(Array::copy_of({1.0f}), "a");
  Variable b = session_.variable(Array::copy_of({2.0f}), "b");
  const auto swap = session_.function(
      [a, b]() mutable {
        const Tensor old_a = a;
        const Tensor old_b = b;
        a.assign(old_b);
        b.assign(old_a);
      },
      options());
  swap();
  EXPECT_EQ(a.value().item<float>(), 2.0f);
  EXPECT_EQ(b.value().item<float>(), 1.0f);
}

TEST_P(Function, GradientsOfVariablesWithZerosWhereNothingDepends) {
  const Variable w = session_.variable(Array::copy_of({2.0f, -3.0f}), "w");
  const Variable unused = session_.variable(Array::ones({4}), "unused");
  const auto f = session_.function(
      [&](const Tensor& x) {
        const Tensor loss = ops::sum(ops::square(x * w));
        return gradients(loss, {w, unused});
      },
      options());
  const std::vector<Array> values = f(Array::copy_of({1.0f, 2.0f}));
  ASSERT_EQ(values.size(), 2u);
  EXPECT_TRUE(all_close(values[0], Array::copy_of({4.0f, -24.0f})));  // d (x·w)² = 2·w·x²
  EXPECT_TRUE(all_close(values[1], Array::zeros({4})));
  const auto none = session_.function([](const Tensor& x) { return gradients(ops::sum(x), std::vector<Variable>()); },
                                      options("none"));
  EXPECT_TRUE(none(Array::ones({2})).empty());
}

TEST_P(Function, IsInlinedInsideAnother) {
  int calls = 0;
  const auto inner = session_.function(
      [&calls](const Tensor& x) {
        ++calls;
        return x * 2.0;
      },
      options("inner"));
  const auto outer = session_.function([&](const Tensor& x) { return inner(inner(x)); }, options("outer"));
  EXPECT_EQ(outer(Array::ones({3})).at<float>({2}), 4.0f);
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(inner.stats().calls, 0) << "its nodes are the caller's";
  EXPECT_THROW(inner(Tensor(1.0)), ValueError) << "outside of any function there is no graph";
}

TEST_P(Function, AFailingBodyLeavesNothing) {
  const Variable v = session_.variable(Array::ones({2}), "v");
  bool fail = true;
  const auto f = session_.function(
      [&](const Tensor& x) {
        session_.add(Scale());
        const Tensor y = x * v + constant(Array::ones({2}));
        if (fail) throw std::runtime_error("mine");
        return y;
      },
      options());
  const std::int64_t bytes = session_.memory().current_bytes;
  EXPECT_THROW(f(Array::ones({2})), std::runtime_error);
  EXPECT_EQ(session_.memory().current_bytes, bytes);
  EXPECT_EQ(session_.graph().layers, 0);
  EXPECT_EQ(session_.graph().nodes, 0);
  EXPECT_EQ(session_.graph().traces, 0);
  fail = false;
  EXPECT_EQ(f(Array::ones({2})).at<float>({1}), 2.0f) << "and the function works afterwards";
}

TEST_P(Function, ErrorsNameTheLine) {
  const auto f = session_.function([](const Tensor& x, const Tensor& y) { return x + y; }, options());
  const std::string text = message_of<ShapeError>([&] { f(Array::ones({2, 3}), Array::ones({2, 4})); });
  EXPECT_TRUE(contains(text, "function_test.cpp:")) << text;
}

TEST_P(Function, WeightsAreTheSameObjectInBothModes) {
  const auto stack = session_.add(Stack(2));
  const auto f = session_.function([&](const Tensor& x) { return stack->call(x); }, options());
  const Array own = stack->own().value();
  const Array y = f(Array::ones({3, 2}));
  EXPECT_FLOAT_EQ(y.at<float>({2, 1}), 4.0f + own.at<float>({1}));
}

TEST(GraphFunction, OneTraceForAllBatchSizes) {
  Session session;
  const auto twice = session.function([](const Tensor& x) { return x * 2.0; }, {.name = "twice", .max_traces = 4});
  for (std::int64_t n = 1; n <= 12; ++n) EXPECT_EQ(twice(Array::ones({n, 3})).shape(), (Shape{n, 3}));
  const FunctionStats batches = twice.stats();
  EXPECT_EQ(batches.traces, 1);
  EXPECT_EQ(batches.retrace_warnings, 0);
  EXPECT_EQ(batches.last_reason, "first call");
  EXPECT_EQ(batches.plans_made, 12);
  EXPECT_EQ(batches.plans, 8) << "bounded";
  twice(Array::ones({12, 3}));
  EXPECT_EQ(twice.stats().plans_made, 12);
}

TEST(GraphFunction, RetracesAreCountedExplainedAndWarnedOf) {
  Session session;
  Logged logged;
  const auto twice = session.function([](const Tensor& x) { return x * 2.0; }, {.name = "twice", .max_traces = 4});
  twice(Array::zeros({1, 3}));
  for (std::int64_t n = 1; n <= 12; ++n) twice(Array::zeros({2, n}));
  const FunctionStats shapes = twice.stats();
  EXPECT_EQ(shapes.traces, 12);
  EXPECT_EQ(shapes.cached, 4);
  EXPECT_EQ(shapes.last_reason, "input 0: f32[?,11] became f32[?,12]");
  EXPECT_GE(shapes.retrace_warnings, 1);
  EXPECT_LE(shapes.retrace_warnings, 3) << "rarer and rarer";
  EXPECT_EQ(logged.messages.size(), static_cast<std::size_t>(shapes.retrace_warnings));
  EXPECT_TRUE(contains(logged.messages.at(0), "'twice'"));
  EXPECT_TRUE(contains(logged.messages.at(0), "function_test.cpp:"));
  EXPECT_EQ(session.graph().traces, 4);
}

TEST(GraphFunction, ReasonsNameDtypeRankAndNumberOfInputs) {
  Session session;
  const auto f = session.function([](std::vector<Tensor> x) { return x[0] + x.back(); });
  const auto call = [&](std::vector<Array> inputs) {
    f.call(std::span<const Array>(inputs));
    return f.stats().last_reason;
  };
  EXPECT_EQ(call({Array::ones({2, 3}), Array::ones({2, 3})}), "first call");
  EXPECT_EQ(call({Array::ones({2, 3}), Array::ones({2, 3}, int32)}), "input 1: f32[?,3] became i32[?,3]");
  EXPECT_EQ(call({Array::ones({2, 3}), Array::ones({3})}), "input 1: i32[?,3] became f32[?]");
  EXPECT_EQ(call({Array::ones({2, 3})}), "2 inputs became 1 input");
}

TEST(GraphFunction, ForgetsWhenTheTrainableFlagOfAVariableItReadsChanges) {
  Session session;
  Variable used = session.variable(Array::ones({2}), "used");
  Variable other = session.variable(Array::ones({2}), "other");
  const auto f = session.function([&](const Tensor& x) { return used.trainable() ? x * used : x + used; });
  EXPECT_EQ(f(Array::full({2}, 3.0)).at<float>({0}), 3.0f);
  other.set_trainable(false);
  f(Array::full({2}, 3.0));
  EXPECT_EQ(f.stats().traces, 1) << "it doesn't read that one";
  used.set_trainable(false);
  EXPECT_EQ(f(Array::full({2}, 3.0)).at<float>({0}), 4.0f);
  EXPECT_EQ(f.stats().traces, 2);
  EXPECT_TRUE(contains(f.stats().last_reason, "forgotten: ")) << f.stats().last_reason;
  EXPECT_TRUE(contains(f.stats().last_reason, "'used'"));
}

TEST(GraphFunction, TellsThatTheBatchIsNotKnownWhileTracing) {
  Session session;
  const auto f = session.function([](const Tensor& x) { return x + constant(Array::zeros({x.shape()[0], 2})); });
  const std::string text = message_of<Error>([&] { f(Array::ones({4, 2})); });
  EXPECT_TRUE(contains(text, "traced once for all batch sizes")) << text;
}

TEST(GraphFunction, CallingItselfWithArraysIsRefused) {
  Session session;
  std::function<void()> again;
  const auto f = session.function([&](const Tensor& x) {
    again();
    return x;
  });
  again = [&] { f(Array::ones({2})); };
  EXPECT_THROW(f(Array::ones({2})), ValueError);
}

TEST(GraphFunction, ValuesCannotBeLookedAt) {
  Session session;
  const auto f = session.function([](const Tensor& x) {
    static_cast<void>(x.value());
    return x;
  });
  EXPECT_THROW(f(Array::ones({2})), ValueError);
}

TEST(GraphFunction, WarnsOfALargeConstant) {
  Session session;
  Logged logged;
  const auto f = session.function([](const Tensor& x) { return x + constant(Array::ones({300000})); });
  f(Array::ones({1, 1}));
  ASSERT_EQ(logged.messages.size(), 1u);
  EXPECT_TRUE(contains(logged.messages[0], "1.14 MiB"));
}

TEST(GraphFunction, LayersMadeInTheBodyLiveAsLongAsTheTrace) {
  Session session;
  const auto f = session.function([&](const Tensor& x) { return session.add(Scale())->call(x); }, {.max_traces = 1});
  f(Array::ones({2, 1}));
  f(Array::ones({2, 1}));
  EXPECT_EQ(session.graph().layers, 1);
  f(Array::ones({2, 2}));
  EXPECT_EQ(session.graph().layers, 1) << "the first went with its trace";
}

TEST(GraphFunction, RunsAllocateNothingAfterTheFirst) {
  Session session;
  const auto stack = session.add(Stack(2));
  const auto f = session.function([&](const Tensor& x) { return stack->call(x); });
  f(Array::ones({4, 2}));
  const MemoryReport before = session.memory();
  for (int i = 0; i < 10; ++i) f(Array::ones({4, 2}));
  EXPECT_EQ(session.memory().current_bytes, before.current_bytes);
  EXPECT_EQ(session.memory().peak_bytes, before.peak_bytes);
}

TEST(GraphFunction, PrintsItsGraph) {
  Session session;
  const Variable w = session.variable(Array::ones({2}), "weight");
  const auto f = session.function([&](const Tensor& x) { return x * w; }, {.name = "f"});
  EXPECT_THROW(f.graph_text(), ValueError);
  f(Array::ones({4, 2}));
  EXPECT_TRUE(contains(f.graph_text(), "weight"));
  EXPECT_TRUE(contains(f.graph_text(), "f32[?,2]"));
  EXPECT_TRUE(contains(f.graph_text(true), "f32[4,2]"));
  EXPECT_TRUE(contains(f.graph_dot(), "digraph"));
  std::ostringstream text;
  text << f.stats();
  EXPECT_TRUE(contains(text.str(), "Function 'f': 1 call, 1 trace (1 cached,")) << text.str();
  EXPECT_TRUE(contains(text.str(), "1. first call")) << text.str();
}

TEST(EagerFunction, ValuesCanBeLookedAtAndEndWithTheCall) {
  Session session;
  Tensor kept;
  float seen = 0;
  const auto f = session.function(
      [&](const Tensor& x) {
        kept = x * 2.0;
        seen = ops::sum(kept).item<float>();
        return kept;
      },
      {.mode = ExecutionMode::eager});
  f(Array::ones({5}));
  EXPECT_EQ(seen, 10.0f);
  EXPECT_THROW(kept.value(), StaleHandleError);
  EXPECT_EQ(session.memory().current_bytes, 0);
  EXPECT_GT(session.memory().peak_bytes, 0);
  EXPECT_EQ(f.stats().traces, 0);
  EXPECT_THROW(f.graph_text(), ValueError);
}

TEST(EagerFunction, LayersMadeInTheBodyEndWithTheCall) {
  Session session;
  const auto f =
      session.function([&](const Tensor& x) { return session.add(Scale())->call(x); }, {.mode = ExecutionMode::eager});
  for (int i = 0; i < 3; ++i) f(Array::ones({2}));
  EXPECT_EQ(session.graph().layers, 0);
  EXPECT_EQ(session.memory().current_bytes, 0);
}

TEST(EagerFunction, GivesTheSameNumbersAsTheGraph) {
  std::vector<Array> results;
  for (const ExecutionMode mode : {ExecutionMode::graph, ExecutionMode::eager}) {
    Session session({.seed = 9, .threads = 1});
    Variable w = session.variable(Array::random_normal({3, 2}, {.seed = 4}), "w");
    const auto step = session.function(
        [&](const Tensor& x) {
          const Tensor loss = ops::mean(ops::square(ops::tanh(x * w)));
          w.assign_sub(gradients(loss, {w})[0] * 0.1);
          return loss;
        },
        {.mode = mode});
    for (int i = 0; i < 5; ++i) step(Array::random_uniform({3, 2}, {.seed = 8}));
    results.push_back(w.value());
  }
  EXPECT_LE(max_abs_difference(results[0], results[1]), 1e-6);
}

TEST(FunctionOptions, LimitsMustBePositive) {
  Session session;
  EXPECT_THROW(session.function([](const Tensor& x) { return x; }, {.max_traces = 0}), ValueError);
  EXPECT_THROW(session.function([](const Tensor& x) { return x; }, {.max_plans = 0}), ValueError);
}

}  // namespace
