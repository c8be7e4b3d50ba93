#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/core/log.h"
#include "keratin/ops/operators.h"
#include "keratin/session/session.h"
#include "session/core.h"
#include "session/traced_function.h"
#include "session_parts.h"

namespace {

using namespace keratin;
using test::Scale;
using test::Stack;

TEST(GraphScope, NamesThatWereGivenInsideAreFreeAfterIt) {
  Session session;
  {
    const auto scope = session.graph_scope();
    session.add(Scale(1.0f, "scale"));
    session.add(Scale(1.0f, "scale"));
  }
  EXPECT_EQ(session.add(Scale())->name(), "scale");
  const auto kept = session.add(Scale(1.0f, "stack"));
  {
    const auto scope = session.graph_scope();
    session.add(Scale(1.0f, "stack"));
  }
  EXPECT_EQ(session.add(Stack(1))->name(), "stack_1") << "one of two that were given it is alive";
}

TEST(GraphScope, EndsWhatWasMadeInsideAndNothingElse) {
  Session session;
  const auto old = session.add(Stack(1));
  const Tensor outer = session.input({2});
  const auto outer_function = session.function([&](const Tensor& x) { return old->call(x); });
  outer_function(Array::ones({2, 2}));
  const std::int64_t bytes = session.memory().current_bytes;
  const GraphStats before = session.graph();
  std::optional<Handle<Stack>> inside;
  std::optional<Tensor> tensor;
  std::optional<Variable> variable;
  std::optional<Function<Tensor>> function;
  {
    const auto scope = session.graph_scope();
    EXPECT_EQ(session.graph().scopes, 1);
    inside = session.add(Stack(4));
    tensor = session.input({2});
    variable = session.variable(Array::ones({100}), "v");
    function = session.function([&](const Tensor& x) { return (*inside)->call(x); });
    (*function)(Array::ones({1000, 2}));
    EXPECT_GT(session.memory().current_bytes, bytes);
  }
  EXPECT_EQ(session.graph().scopes, 0);
  EXPECT_EQ(session.memory().current_bytes, bytes) << "the workspace too is as it was";
  const GraphStats after = session.graph();
  EXPECT_EQ(after.nodes, before.nodes);
  EXPECT_EQ(after.layers, before.layers);
  EXPECT_EQ(after.variables, before.variables);
  EXPECT_EQ(after.functions, before.functions);
  EXPECT_THROW((*inside)->own(), StaleHandleError);
  EXPECT_THROW(variable->value(), StaleHandleError);
  EXPECT_THROW(tensor->shape(), StaleHandleError);
  try {
    (*function)(Array::ones({1000, 2}));
    FAIL() << "no exception";
  } catch (const StaleHandleError& error) {
    EXPECT_NE(std::string(error.what()).find("graph_scope() opened at scope_test.cpp:"), std::string::npos)
        << error.what();
  }
  EXPECT_EQ(outer.shape(), (Shape{-1, 2}));
  EXPECT_NO_THROW(outer_function(Array::ones({2, 2})));
}

// A component that makes a variable and a function late, as an optimizer makes its slots at the first fit.
class Late : public Component {
 public:
  void make() {
    slot_ = add_variable("slot", {10}, {});
    function_ = session::Inner::core(*this).make_function(
        [this](std::span<const Tensor> x) { return std::vector<Tensor>{x[0] + Tensor(slot_)}; }, {.name = "step"},
        *this);
  }
  Variable slot_;
  std::shared_ptr<session::TracedFunction> function_;

 protected:
  std::string default_name() const override { return "late"; }
};

TEST(GraphScope, WhatIsMadeForAnOlderOwnerStaysWithTheOwner) {
  Session session;
  const auto late = session.add(Late());
  {
    const auto scope = session.graph_scope();
    late->make();
    const Array x = Array::ones({10});
    late->function_->call({&x, 1});
  }
  EXPECT_EQ(late->slot_.value().size(), 10);
  EXPECT_EQ(session.graph().functions, 1);
  EXPECT_EQ(session.graph().traces, 1);
  EXPECT_EQ(late->function_->stats().cached, 1);
  session::Inner::core(session)->remove(*late, "its removal");
  EXPECT_EQ(session.graph().functions, 0);
  EXPECT_EQ(session.memory().current_bytes, 0);
}

TEST(GraphScope, NestsAndClosesInnerOnesThatWereLeftOpen) {
  Session session;
  std::vector<std::string> messages;
  log::set_sink([&](log::Level, std::string_view message) { messages.emplace_back(message); });
  auto* const outer = new Session::GraphScope(session.graph_scope());
  auto* const inner = new Session::GraphScope(session.graph_scope());
  const auto scale = session.add(Scale());
  delete outer;
  EXPECT_FALSE(scale.is_alive());
  EXPECT_EQ(session.graph().scopes, 0);
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_NE(messages[0].find("reverse order"), std::string::npos);
  const auto later = session.add(Scale());
  delete inner;
  EXPECT_TRUE(later.is_alive()) << "the late end of a closed scope does nothing";
  log::set_sink({});
}

TEST(GraphScope, ClearInsideMakesItsEndANoOp) {
  Session session;
  std::optional<Handle<Scale>> made;
  {
    const auto scope = session.graph_scope();
    session.add(Scale());
    session.clear();
    EXPECT_EQ(session.graph().scopes, 0);
    made = session.add(Scale());
  }
  EXPECT_TRUE(made->is_alive());
}

TEST(GraphScope, MayOutliveItsSession) {
  std::optional<Session> session(std::in_place);
  const auto scope = session->graph_scope();
  session->variable(Array::ones({3}), "v");
  session.reset();
}

TEST(GraphScope, ScopesInAFunctionsBodyEndWithTheirBlock) {
  Session session;
  const auto f = session.function([&](const Tensor& x) {
    const auto scope = session.graph_scope();
    session.input({3});
    return x * 2.0;
  });
  EXPECT_EQ(f(Array::ones({2})).at<float>({0}), 2.0f);
  EXPECT_EQ(session.graph().scopes, 0);
}

}  // namespace
