#include "graph/gradients.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "graph/tiny_ops.h"

namespace {

using namespace keratin;
using namespace keratin::graph;
using keratin::graph::Spec;  // and not the public template of that name
using test::call;
using test::contains;
using test::message_of;

const Spec vector{float32, {3}};

class Gradients : public testing::Test {
 protected:
  std::vector<Tensor> of(const Tensor& target, std::initializer_list<Tensor> sources) {
    return gradients(target, {sources.begin(), sources.size()}, test::tiny_gradient_ops);
  }
  /// The lines that were added after `mark`, with `results` returned.
  std::string added(const std::string& mark, std::initializer_list<Tensor> results) {
    builder.finish({results.begin(), results.size()});
    const std::string text = to_text(builder.graph());
    return text.substr(text.find(mark) + mark.size());
  }
  Builder builder{std::pmr::get_default_resource()};
  Tensor x = builder.input(vector, "x");
  Tensor y = builder.input(vector, "y");
};

TEST_F(Gradients, FollowTheChainRule) {
  const Tensor product = call(test::multiply_op, {x, y});
  const Tensor target = call(test::square_op, {product});
  const std::vector<Tensor> d = of(target, {x, y});
  EXPECT_EQ(added("%3 = square(%2) f32[3]\n", {d[0], d[1]}),
            "%4 = ones_like(%3) f32[3]\n"
            "%5 = add(%2, %2) f32[3]\n"
            "%6 = multiply(%4, %5) f32[3]\n"
            "%7 = multiply(%6, y) f32[3]\n"
            "%8 = multiply(%6, x) f32[3]\n"
            "return %7, %8\n");
}

TEST_F(Gradients, OfAValueUsedTwiceAreAdded) {
  const Tensor target = call(test::add_op, {call(test::square_op, {x}), call(test::multiply_op, {x, y})});
  const std::vector<Tensor> d = of(target, {x});
  EXPECT_EQ(added("%4 = add(%2, %3) f32[3]\n", {d[0]}),
            "%5 = ones_like(%4) f32[3]\n"
            "%6 = multiply(%5, y) f32[3]\n"
            "%7 = add(x, x) f32[3]\n"
            "%8 = multiply(%5, %7) f32[3]\n"
            "%9 = add(%6, %8) f32[3]\n"
            "return %9\n");
}

TEST_F(Gradients, OfTheTargetItselfAreOnes) {
  const Tensor target = call(test::square_op, {x});
  const std::vector<Tensor> d = of(target, {target});
  EXPECT_EQ(builder.graph().producer(builder.id(d[0])).op, &test::ones_op);
  EXPECT_EQ(builder.graph().producer(builder.id(of(x, {x})[0])).op, &test::ones_op);
}

TEST_F(Gradients, ReachIntermediateValuesAndWhatLiesBelowThem) {
  const Tensor middle = call(test::add_op, {x, y});
  const std::vector<Tensor> d = of(call(test::square_op, {middle}), {middle, x});
  ASSERT_FALSE(d[0].is_empty());
  EXPECT_EQ(builder.id(d[0]), builder.id(d[1]));  // d middle / d x is 1
}

TEST_F(Gradients, OfWhatTheTargetDoesNotDependOnAreEmptyAndCostNothing) {
  const Tensor target = call(test::square_op, {x});
  const Tensor later = call(test::square_op, {y});
  const std::size_t before = builder.graph().nodes().size();
  const std::vector<Tensor> d = of(target, {y, later});
  EXPECT_TRUE(d[0].is_empty());
  EXPECT_TRUE(d[1].is_empty());
  EXPECT_EQ(builder.graph().nodes().size(), before);
}

TEST_F(Gradients, VisitOnlyTheWayBetweenTargetAndSources) {
  const Tensor aside = call(test::sort_op, {y});  // without gradient, but y is no source
  const Tensor target = call(test::multiply_op, {x, aside});
  EXPECT_FALSE(of(target, {x})[0].is_empty());
  call(test::sort_op, {x});  // the target does not depend on it
  EXPECT_FALSE(of(target, {x})[0].is_empty());
}

TEST_F(Gradients, StopSilentlyAtZeroGradients) {
  EXPECT_TRUE(of(call(test::round_op, {x}), {x})[0].is_empty());
  const Tensor target = call(test::add_op, {call(test::round_op, {x}), y});
  const std::vector<Tensor> d = of(target, {x, y});
  EXPECT_TRUE(d[0].is_empty());
  EXPECT_FALSE(d[1].is_empty());
}

TEST_F(Gradients, DoNotFlowIntoInputsOfWhichOnlyTheShapeIsRead) {
  const std::vector<Tensor> d = of(call(test::like_op, {x, y}), {x, y});
  EXPECT_FALSE(d[0].is_empty());
  EXPECT_TRUE(d[1].is_empty());
}

TEST_F(Gradients, NameTheOpThatHasNone) {
  SourceLine where;
  where.file = "train.cpp";
  where.line = 7;
  Tensor sorted;
  {
    const Builder::Scope scope(builder, "sequential/rank", where);
    sorted = call(test::sort_op, {x});
  }
  const Tensor target = call(test::square_op, {sorted});
  const std::string message = message_of<NotDifferentiableError>([&] { of(target, {x}); });
  for (const char* part : {"sort", "sequential/rank", "train.cpp:7", "stop_gradient"})
    EXPECT_TRUE(contains(message, part)) << part << " is not in: " << message;
}

TEST_F(Gradients, DoNotFlowThroughIntegers) {
  const OpDef to_float{.name = "to_float",
                       .infer =
                           [](const InferContext& context) {
                             context.outputs[0] = {float32, context.inputs[0].shape};
                           },
                       .gradient = [](GradientContext&) { FAIL() << "nothing is to flow here"; }};
  const Tensor count = call(test::count_op, {x});  // not marked as without gradient
  EXPECT_TRUE(of(call(to_float, {count}), {x})[0].is_empty());
  EXPECT_TRUE(of(call(to_float, {count}), {count})[0].is_empty());
  EXPECT_THROW(of(count, {x}), DTypeError);
}

TEST_F(Gradients, OfSeveralOutputsLeaveOutWhereNothingFlows) {
  const std::vector<Tensor> halves = builder.append(test::halves_op, {&x, 1}, {});
  const std::vector<Tensor> one = of(halves[1], {x});
  EXPECT_EQ(builder.graph().producer(builder.id(one[0])).op, &test::ones_op);
  const std::vector<Tensor> both = of(call(test::add_op, {halves[0], halves[1]}), {x});
  EXPECT_EQ(builder.graph().producer(builder.id(both[0])).op, &test::add_op);
}

TEST_F(Gradients, FlowToTheVariableAsItWasRead) {
  const Tensor weight = builder.read(1, vector, "w");
  const Tensor again = builder.read(1, vector, "w");
  const Tensor target = call(test::multiply_op, {weight, again});
  const Tensor d = of(target, {weight})[0];
  EXPECT_EQ(builder.graph().producer(builder.id(d)).op, &test::add_op);  // both uses
  builder.assign(1, vector, "w", y);
  EXPECT_TRUE(of(target, {builder.read(1, vector, "w")})[0].is_empty());
}

TEST_F(Gradients, BelongToTheLayerOfTheForwardNode) {
  Tensor target;
  SourceLine where;
  where.file = "train.cpp";
  {
    const Builder::Scope scope(builder, "sequential/dense", where);
    target = call(test::square_op, {x});
  }
  const Builder::Scope scope(builder, "optimizer");
  const Tensor d = of(target, {x})[0];
  EXPECT_EQ(builder.graph().producer(builder.id(d)).owner, "sequential/dense");
  EXPECT_STREQ(builder.graph().producer(builder.id(d)).where.file, "train.cpp");
  EXPECT_EQ(builder.owner(), "optimizer");
}

TEST_F(Gradients, OfTheWrongDtypeAreADefectOfTheRule) {
  const OpDef broken{.name = "broken", .infer = test::same_shape, .gradient = [](GradientContext& context) {
                       context.input_gradients[0] = call(test::count_op, {context.inputs[0]});
                     }};
  EXPECT_THROW(of(call(broken, {x}), {x}), InternalError);
}

}  // namespace
