#include "graph/graph.h"

#include <string>

#include <gtest/gtest.h>

#include "graph/tiny_ops.h"

namespace {

using namespace keratin;
using namespace keratin::graph;
using keratin::graph::Spec;  // and not the public template of that name
using test::CountingResource;
using test::message_of;

TEST(Graph, CopiesWhatItIsGiven) {
  Graph graph(std::pmr::get_default_resource());
  const ValueId x = graph.add_input({float32, {2}}, "x");
  {
    ValueId inputs[] = {x};
    std::string text = "a text that is too long for the small strings";
    std::string owner = "sequential/a_layer_with_a_long_name";
    Instruction code[] = {{.op = ScalarOp::relu}};
    const Attribute attributes[] = {{"text", std::string_view(text)}, {"program", Program{code}}};
    const Spec output{float32, {2}};
    graph.append(test::square_op, inputs, attributes, {&output, 1}, owner);
    inputs[0] = 77;
    text.assign(text.size(), '!');
    owner.assign(owner.size(), '!');
    code[0].op = ScalarOp::exp;
  }
  const Node& node = graph.node(1);
  EXPECT_EQ(node.inputs[0], x);
  EXPECT_EQ(node.owner, "sequential/a_layer_with_a_long_name");
  const Attributes attributes(node.attributes);
  EXPECT_EQ(attributes.get<std::string_view>("text"), "a text that is too long for the small strings");
  EXPECT_EQ(attributes.get<Program>("program").code[0].op, ScalarOp::relu);
}

TEST(Graph, NumbersValuesInTheOrderOfNodes) {
  Graph graph(std::pmr::get_default_resource());
  const ValueId x = graph.add_input({float32, {2}}, "x");
  const Spec outputs[] = {{float32, {1}}, {int32, {2}}};
  const NodeId two = graph.append(test::halves_op, {&x, 1}, {}, outputs);
  const ValueId y = graph.add_input({float32, {3}}, "y");
  EXPECT_EQ(graph.node(two).first_output, 1u);
  EXPECT_EQ(graph.node(two).outputs, 2u);
  EXPECT_EQ(graph.spec(1), outputs[0]);
  EXPECT_EQ(graph.spec(2), outputs[1]);
  EXPECT_EQ(graph.producer_id(2), two);
  EXPECT_EQ(y, 3u);
  EXPECT_EQ(graph.value_count(), 4u);
  ASSERT_EQ(graph.inputs().size(), 2u);
  EXPECT_EQ(graph.inputs()[1], y);
  EXPECT_EQ(Attributes(graph.producer(y).attributes).get<std::int64_t>("index"), 1);
}

TEST(Graph, GivesEveryByteBack) {
  CountingResource memory;
  {
    Graph graph(&memory);
    ValueId value = graph.add_input({float32, {2}}, "x");
    for (int i = 0; i < 1000; ++i) {
      const Attribute attribute{"text", std::string_view("some text")};
      const Spec spec{float32, {2}};
      value = graph
                  .node(graph.append(test::square_op, {&value, 1}, {&attribute, 1}, {&spec, 1},
                                     "owner" + std::to_string(i)))
                  .first_output;
    }
    graph.add_constant(Array::ones({4}));
    const Update update{3, value, "dense/kernel"};
    graph.set_updates({&update, 1});
    graph.set_outputs({&value, 1});
    EXPECT_GT(memory.outstanding, 1000 * sizeof(Node));
  }
  EXPECT_EQ(memory.outstanding, 0u);
}

TEST(Graph, KeepsConstantsRowMajorAndByReference) {
  Graph graph(std::pmr::get_default_resource());
  const Array plain = Array::arange(6).reshaped({2, 3});
  graph.add_constant(plain);
  const ValueId transposed = graph.add_constant(plain.transposed());
  EXPECT_EQ(graph.constants()[0].raw(), plain.raw());
  EXPECT_TRUE(graph.constants()[1].is_contiguous());
  EXPECT_EQ(graph.constants()[1].at<int>({1, 0}), 1);
  EXPECT_EQ(graph.spec(transposed), (Spec{int32, {3, 2}}));
}

TEST(Graph, KnowsScalars) {
  Graph graph(std::pmr::get_default_resource());
  double number = 0;
  EXPECT_TRUE(graph.as_scalar(graph.add_scalar(2.5, float32), number));
  EXPECT_EQ(number, 2.5);
  EXPECT_TRUE(graph.as_scalar(graph.add_constant(Array::full({1, 1}, 7, int64)), number));
  EXPECT_EQ(number, 7.0);
  EXPECT_FALSE(graph.as_scalar(graph.add_constant(Array::ones({2})), number));
  EXPECT_FALSE(graph.as_scalar(graph.add_input({float32, {}}, "x"), number));
}

TEST(Infer, ChecksTheNumberOfInputsAndNamesWhatItReceived) {
  const Spec inputs[] = {{float32, {2, 3}}, {float32, {4, 5}}};
  Spec output;
  EXPECT_THROW(infer(test::square_op, {}, inputs, {&output, 1}), ValueError);
  const std::string message = message_of<ShapeError>([&] { infer(test::add_op, {}, inputs, {&output, 1}); });
  EXPECT_EQ(message, "add: the inputs must be the same. Received: f32[2,3], f32[4,5]");
  EXPECT_THROW(infer(input_op, {}, {}, {&output, 1}), InternalError);
}

}  // namespace
