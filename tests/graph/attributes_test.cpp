#include "graph/attributes.h"

#include <gtest/gtest.h>

#include "graph/spec.h"

namespace {

using namespace keratin;
using namespace keratin::graph;
using keratin::graph::Spec;  // and not the public template of that name

TEST(Spec, PrintsShortly) {
  EXPECT_EQ(to_string(Spec{float32, {32, 128}}), "f32[32,128]");
  EXPECT_EQ(to_string(Spec{float64, {-1, 10}}), "f64[?,10]");
  EXPECT_EQ(to_string(Spec{int32, {}}), "i32[]");
  EXPECT_EQ(to_string(Spec{boolean, {3}}), "bool[3]");
  EXPECT_EQ(to_string(Spec{uint8, {3}}), "u8[3]");
  EXPECT_EQ(to_string(Spec{bfloat16, {3}}), "bf16[3]");
  EXPECT_EQ(to_string(Spec{string, {3}}), "str[3]");
}

TEST(Ints, HoldUpToEight) {
  Ints values{4, 5};
  values.push_back(6);
  EXPECT_EQ(values, (Ints{4, 5, 6}));
  EXPECT_TRUE(values.contains(5));
  EXPECT_FALSE(values.contains(0));
  for (int i = 0; i < 5; ++i) values.push_back(0);
  EXPECT_THROW(values.push_back(0), ValueError);
  EXPECT_THROW((Ints{1, 2, 3, 4, 5, 6, 7, 8, 9}), ValueError);
}

TEST(Attributes, AreFoundByNameAndType) {
  const Attribute list[] = {{"axes", Ints{0, 1}}, {"keepdims", true}};
  const Attributes attributes(list);
  EXPECT_EQ(attributes.get<Ints>("axes"), (Ints{0, 1}));
  EXPECT_TRUE(attributes.get<bool>("keepdims"));
  EXPECT_EQ(attributes.find("axis"), nullptr);
  EXPECT_THROW(attributes.get<bool>("axis"), InternalError);
  EXPECT_THROW(attributes.get<std::int64_t>("axes"), InternalError);
}

TEST(Attributes, PrintEveryType) {
  EXPECT_EQ(to_string(Attribute{"axes", Ints{0}}), "axes=(0)");
  EXPECT_EQ(to_string(Attribute{"axes", Ints{0, -1}}), "axes=(0, -1)");
  EXPECT_EQ(to_string(Attribute{"keepdims", false}), "keepdims=false");
  EXPECT_EQ(to_string(Attribute{"axis", std::int64_t{-1}}), "axis=-1");
  EXPECT_EQ(to_string(Attribute{"value", 0.1}), "value=0.1");
  EXPECT_EQ(to_string(Attribute{"dtype", int32}), "dtype=int32");
  EXPECT_EQ(to_string(Attribute{"shape", Shape{-1, 3}}), "shape=(None, 3)");
  EXPECT_EQ(to_string(Attribute{"padding", std::string_view("same")}), "padding=\"same\"");
  const Instruction code[] = {{.op = ScalarOp::add}, {.op = ScalarOp::immediate, .immediate = 2.5}};
  EXPECT_EQ(to_string(Attribute{"program", Program{code}}), "program={add, 2.5}");
}

TEST(Program, IsEqualByItsCode) {
  const Instruction a[] = {{.op = ScalarOp::add}};
  const Instruction b[] = {{.op = ScalarOp::add}};
  const Instruction c[] = {{.op = ScalarOp::subtract}};
  EXPECT_EQ(Program{a}, Program{b});
  EXPECT_FALSE(Program{a} == Program{c});
  EXPECT_FALSE(Program{a} == Program{});
}

TEST(ScalarOps, HaveKerasNamesAndArguments) {
  EXPECT_EQ(name_of(ScalarOp::floor_divide), "floor_divide");
  EXPECT_EQ(arguments_of(ScalarOp::immediate), 0);
  EXPECT_EQ(arguments_of(ScalarOp::relu), 1);
  EXPECT_EQ(arguments_of(ScalarOp::logical_not), 1);
  EXPECT_EQ(arguments_of(ScalarOp::add), 2);
  EXPECT_EQ(arguments_of(ScalarOp::logical_xor), 2);
  EXPECT_EQ(arguments_of(ScalarOp::select), 3);
}

}  // namespace
