#include "graph/builder.h"

#include <memory>
#include <thread>

#include <gtest/gtest.h>

#include "graph/tiny_ops.h"

namespace {

using namespace keratin;
using namespace keratin::graph;
using keratin::graph::Spec;  // and not the public template of that name
using test::call;
using test::contains;
using test::message_of;

std::pmr::memory_resource* const memory = std::pmr::get_default_resource();
const Spec vector{float32, {3}};

TEST(Tensor, IsWeakWhereItIsANumber) {
  EXPECT_EQ(Tensor(true).dtype(), boolean);
  EXPECT_EQ(Tensor(1).dtype(), int32);
  EXPECT_EQ(Tensor(1.5f).dtype(), float32);
  EXPECT_EQ(Tensor(2.5).shape(), Shape{});
  EXPECT_EQ(Tensor(2.5).item<float>(), 2.5f);
  EXPECT_TRUE(Access::is_weak(Tensor(1)));
  EXPECT_TRUE(Access::is_weak_integer(Tensor(1)));
  EXPECT_FALSE(Access::is_weak(Tensor()));
}

TEST(Tensor, EmptyHasNeitherShapeNorDtype) {
  EXPECT_TRUE(Tensor().is_empty());
  EXPECT_THROW(Tensor().shape(), ValueError);
  EXPECT_THROW(Tensor().dtype(), ValueError);
  EXPECT_THROW(Tensor().value(), ValueError);
}

TEST(Builder, InfersAndAppends) {
  Builder builder(memory);
  const Tensor x = builder.input({float32, {-1, 3}}, "x");
  const Tensor y = call(test::square_op, {x});
  EXPECT_EQ(y.shape(), (Shape{-1, 3}));
  EXPECT_EQ(y.dtype(), float32);
  const std::vector<Tensor> both = builder.append(test::halves_op, {&y, 1}, {});
  ASSERT_EQ(both.size(), 2u);
  EXPECT_EQ(builder.id(both[1]), builder.id(both[0]) + 1);
  EXPECT_EQ(&builder.graph().producer(builder.id(y)), &builder.graph().node(1));
}

TEST(Builder, ValuesHaveNoNumberInGraphMode) {
  Builder builder(memory);
  const Tensor x = builder.input(vector, "pixels");
  EXPECT_TRUE(contains(message_of<ValueError>([&] { x.value(); }), "'pixels'"));
}

TEST(Builder, TensorsOfAnEndedGraphAreStale) {
  auto builder = std::make_unique<Builder>(memory);
  const Tensor x = builder->input(vector, "x");
  builder->end("session.clear() at service.cpp:88");
  builder->end("something later");
  EXPECT_TRUE(contains(message_of<StaleHandleError>([&] { x.shape(); }), "session.clear() at service.cpp:88"));
  EXPECT_THROW(call(test::square_op, {x}), StaleHandleError);
  EXPECT_THROW(builder->scalar(1.0, float32), StaleHandleError);
  builder.reset();
  EXPECT_THROW(x.dtype(), StaleHandleError);
  Builder other(memory);
  EXPECT_THROW(other.id(x), StaleHandleError);
}

TEST(Builder, TheEndOfABuilderIsNamed) {
  Tensor x;
  {
    Builder builder(memory, "function 'train_step'");
    x = builder.input(vector, "x");
  }
  EXPECT_TRUE(contains(message_of<StaleHandleError>([&] { x.shape(); }), "function 'train_step'"));
}

TEST(Builder, RefusesValuesOfAnotherGraph) {
  Builder one(memory, "function 'one'");
  Builder two(memory, "function 'two'");
  const Tensor x = one.input(vector, "x");
  const Tensor y = two.input(vector, "y");
  const std::string mixed = message_of<ValueError>([&] { call(test::add_op, {x, y}); });
  for (const char* part : {"add: ", "'x'", "function 'one'", "'y'", "function 'two'", "f32[3]"})
    EXPECT_TRUE(contains(mixed, part)) << part << " is not in: " << mixed;
  EXPECT_TRUE(contains(message_of<ValueError>([&] { one.append_one(test::square_op, {&y, 1}, {}); }), "'two'"));
}

TEST(Builder, RefusesEmptyTensorsAndWeakScalars) {
  Builder builder(memory);
  const Tensor x = builder.input(vector, "x");
  const Tensor with_weak[] = {x, 2.0};
  EXPECT_THROW(builder.append_one(test::add_op, with_weak, {}), InternalError);
  const Tensor with_empty[] = {x, Tensor()};
  EXPECT_THROW(builder.append_one(test::add_op, with_empty, {}), ValueError);
  EXPECT_EQ(&builder_of(with_weak, "add"), &builder);
  EXPECT_THROW(builder.id(2.0), ValueError);
}

TEST(Builder, ErrorsNameLayerAndLine) {
  Builder builder(memory);
  const Tensor x = builder.input(vector, "x");
  const Tensor y = builder.input({float32, {4}}, "y");
  SourceLine where;
  where.file = "train.cpp";
  where.line = 42;
  const Builder::Scope scope(builder, "sequential/dense", where);
  try {
    call(test::add_op, {x, y});
    FAIL() << "no error";
  } catch (const ShapeError& error) {
    EXPECT_EQ(error.layer_path(), "sequential/dense");
    EXPECT_TRUE(contains(error.what(), "train.cpp:42")) << error.what();
  }
}

TEST(Builder, ScopesNestAndKeepTheKnownLine) {
  Builder builder(memory);
  const Tensor x = builder.input(vector, "x");
  SourceLine where;
  where.file = "a.cpp";
  {
    const Builder::Scope outer(builder, "model", where);
    const Builder::Scope inner(builder, "model/dense");
    call(test::square_op, {x});
  }
  call(test::square_op, {x});
  EXPECT_EQ(builder.graph().node(1).owner, "model/dense");
  EXPECT_STREQ(builder.graph().node(1).where.file, "a.cpp");
  EXPECT_EQ(builder.graph().node(2).owner, "");
  EXPECT_STREQ(builder.graph().node(2).where.file, "");
}

TEST(Builder, CurrentIsTheThreadsOwnAndNests) {
  EXPECT_EQ(Builder::current(), nullptr);
  EXPECT_TRUE(contains(message_of<ValueError>([] { Builder::current_or_throw("zeros"); }), "zeros"));
  Builder one(memory);
  Builder two(memory);
  {
    const Builder::Current outer(one);
    {
      const Builder::Current inner(two);
      EXPECT_EQ(&Builder::current_or_throw("zeros"), &two);
    }
    EXPECT_EQ(Builder::current(), &one);
    const Tensor weak[] = {1.0, 2};
    EXPECT_EQ(&builder_of(weak, "add"), &one);
    std::thread([] { EXPECT_EQ(Builder::current(), nullptr); }).join();
  }
  EXPECT_EQ(Builder::current(), nullptr);
}

TEST(Builder, ReadsAVariableOnceUntilItIsAssigned) {
  Builder builder(memory);
  const Tensor first = builder.read(7, vector, "dense/kernel");
  EXPECT_EQ(builder.id(builder.read(7, vector, "dense/kernel")), builder.id(first));
  EXPECT_NE(builder.id(builder.read(8, vector, "dense/bias")), builder.id(first));
  const Tensor next = call(test::square_op, {first});
  builder.assign(7, vector, "dense/kernel", next);
  EXPECT_EQ(builder.id(builder.read(7, vector, "dense/kernel")), builder.id(next));
}

TEST(Builder, UpdatesStandInTheOrderOfAssignmentWithTheLastValue) {
  Builder builder(memory);
  const Tensor x = builder.input(vector, "x");
  const Tensor y = call(test::square_op, {x});
  builder.assign(5, vector, "b", x);
  builder.assign(2, vector, "a", x);
  builder.assign(5, vector, "b", y);
  builder.finish({&y, 1});
  const auto updates = builder.graph().updates();
  ASSERT_EQ(updates.size(), 2u);
  EXPECT_EQ(updates[0].variable, 5u);
  EXPECT_EQ(updates[0].value, builder.id(y));
  EXPECT_EQ(updates[0].name, "b");
  EXPECT_EQ(updates[1].variable, 2u);
  EXPECT_EQ(updates[1].value, builder.id(x));
  ASSERT_EQ(builder.graph().outputs().size(), 1u);
  EXPECT_EQ(builder.graph().outputs()[0], builder.id(y));
}

TEST(Builder, AssignsOnlyWhatFits) {
  Builder builder(memory);
  const Tensor wrong_shape = builder.input({float32, {4}}, "x");
  const Tensor wrong_dtype = builder.input({float64, {3}}, "y");
  const Tensor unknown = builder.input({float32, {-1}}, "z");
  const auto assign = [&](const Tensor& value) { builder.assign(1, vector, "dense/bias", value); };
  EXPECT_TRUE(contains(message_of<ShapeError>([&] { assign(wrong_shape); }), "dense/bias"));
  EXPECT_TRUE(contains(message_of<DTypeError>([&] { assign(wrong_dtype); }), "dense/bias"));
  EXPECT_NO_THROW(assign(unknown));
}

TEST(Builder, GivesEveryByteOfTheResourceBack) {
  test::CountingResource counting;
  {
    Builder builder(&counting);
    Tensor x = builder.input(vector, "x");
    for (int i = 0; i < 100; ++i) x = call(test::square_op, {x});
    builder.assign(1, vector, "v", builder.read(1, vector, "v"));
    builder.finish({&x, 1});
    EXPECT_GT(counting.outstanding, 0u);
  }
  EXPECT_EQ(counting.outstanding, 0u);
}

}  // namespace
