#include "keratin/session/variable.h"

#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/philox.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/session/session.h"
#include "session/core.h"
#include "session_parts.h"

namespace {

using namespace keratin;

/// Makes one variable with a recipe.
class Maker : public Component {
 public:
  Maker(Shape shape, VariableOptions options) : shape_(shape), options_(std::move(options)) {}
  const Variable& made() const noexcept { return made_; }

 protected:
  std::string default_name() const override { return "maker"; }
  void became_live() override { made_ = add_variable("made", shape_, options_); }

 private:
  Shape shape_;
  VariableOptions options_;
  Variable made_;
};

TEST(Variable, IsDeclaredWithoutMemoryWhichComesAtFirstNeed) {
  Session session;
  int calls = 0;
  const auto maker = session.add(Maker({4, 2}, {.initial =
                                                    [&](const Shape& shape, DType dtype, std::uint64_t) {
                                                      ++calls;
                                                      return Array::full(shape, 3.0, dtype);
                                                    },
                                                .category = MemoryCategory::parameters}));
  const Variable& v = maker->made();
  EXPECT_EQ(v.shape(), (Shape{4, 2}));
  EXPECT_EQ(v.dtype(), float32);
  EXPECT_EQ(v.name(), "made");
  EXPECT_EQ(v.path(), "maker/made");
  EXPECT_EQ(v.category(), MemoryCategory::parameters);
  EXPECT_TRUE(v.trainable());
  EXPECT_EQ(session.memory().current_bytes, 0);
  EXPECT_EQ(v.value().at<float>({3, 1}), 3.0f);
  EXPECT_EQ(session.memory().by_category.at(MemoryCategory::parameters), 32);
  const MemoryOwner owner = session.memory().owners.at(0);
  EXPECT_EQ(owner.owner, "maker/made");
  EXPECT_NE(owner.where.find("variable_test.cpp:"), std::string::npos);
  const std::byte* const address = session::Inner::data(v);
  static_cast<void>(v.value());
  EXPECT_EQ(session::Inner::data(v), address) << "it stays where it is";
  EXPECT_EQ(calls, 1);
}

TEST(Variable, TheSeedStemsFromTheSessionsSeedAndThePath) {
  const auto seed_of = [](std::uint64_t session_seed, int others) {
    Session session({.seed = session_seed});
    for (int i = 0; i < others; ++i) session.variable(Array::ones({2}), "other");
    std::uint64_t seed = 0;
    const auto maker = session.add(Maker({}, {.initial = [&](const Shape& shape, DType dtype, std::uint64_t given) {
                                           seed = given;
                                           return Array::zeros(shape, dtype);
                                         }}));
    static_cast<void>(maker->made().value());
    return seed;
  };
  const core::PhiloxKey key = core::stream_key(5, "maker/made");
  EXPECT_EQ(seed_of(5, 0), std::uint64_t{key[1]} << 32 | key[0]);
  EXPECT_EQ(seed_of(5, 3), seed_of(5, 0)) << "whatever else was made";
  EXPECT_NE(seed_of(6, 0), seed_of(5, 0));
}

TEST(Variable, AWrongInitialValueIsRefusedAndTakesNoMemory) {
  Session session;
  const auto wrong_shape = session.add(
      Maker({4}, {.initial = [](const Shape&, DType dtype, std::uint64_t) { return Array::ones({5}, dtype); }}));
  EXPECT_THROW(wrong_shape->made().value(), ShapeError);
  const auto wrong_dtype = session.add(
      Maker({4}, {.initial = [](const Shape& shape, DType, std::uint64_t) { return Array::ones(shape, int32); }}));
  EXPECT_THROW(wrong_dtype->made().value(), DTypeError);
  const auto throws = session.add(
      Maker({4}, {.initial = [](const Shape&, DType, std::uint64_t) -> Array { throw std::runtime_error("mine"); }}));
  EXPECT_THROW(throws->made().value(), std::runtime_error);
  EXPECT_EQ(session.memory().current_bytes, 0);
  EXPECT_THROW(session.add(Maker({-1, 2}, {})), ShapeError);
  EXPECT_THROW(session.add(Maker({2}, {.dtype = string})), DTypeError);
  EXPECT_EQ(session.graph().variables, 3);
}

TEST(Variable, IsWrittenAtOnceOutsideOfFunctions) {
  Session session;
  Variable v = session.variable(Array::copy_of({1.0f, 2.0f}), "v");
  v.assign(Array::copy_of({5.0f, 6.0f}));
  EXPECT_TRUE(all_close(v.value(), Array::copy_of({5.0f, 6.0f})));
  v.assign(3.0);
  EXPECT_TRUE(all_close(v.value(), Array::full({2}, 3.0)));
  v.assign_add(2.0);
  EXPECT_TRUE(all_close(v.value(), Array::full({2}, 5.0)));
  v.assign_sub(1);
  EXPECT_TRUE(all_close(v.value(), Array::full({2}, 4.0)));
  EXPECT_EQ(session.memory().current_bytes, 8);
  Variable count = session.variable(Array::scalar(std::int32_t{4}), "count");
  count.assign_add(1);
  EXPECT_EQ(count.value().item<int>(), 5);
  EXPECT_THROW(v.assign(Array::ones({3})), ShapeError);
  EXPECT_THROW(v.assign(Array::ones({2}, int32)), DTypeError);
  EXPECT_THROW(v.assign(Tensor()), ValueError);
  EXPECT_THROW(static_cast<void>(Tensor(v)), ValueError) << "no function runs";
}

TEST(Variable, ABorrowedInitialArrayIsCopied) {
  Session session;
  std::vector<float> memory{1, 2, 3};
  const Variable v = session.variable(Array::borrow(std::span<const float>(memory), {3}), "v");
  memory.assign(3, 0.0f);
  EXPECT_TRUE(all_close(v.value(), Array::copy_of({1.0f, 2.0f, 3.0f})));
}

TEST(Variable, OutOfMemoryComesBeforeAnythingAndNamesTheOwners) {
  Session session({.memory_budget = MiB(1)});
  const auto small = session.add(Maker({1000}, {}));
  const auto large = session.add(Maker({1000000}, {}));
  const auto f = session.function([&](const Tensor& x) {
    return x + ops::size(small->made()) + ops::sum(small->made()) + ops::sum(large->made());
  });
  try {
    f(Array::ones({2}));
    FAIL() << "no exception";
  } catch (const OutOfMemoryError& error) {
    EXPECT_NE(std::string(error.what()).find("maker_1/made"), std::string::npos) << error.what();
  }
  EXPECT_EQ(session.memory().by_category.at(MemoryCategory::layer_state), 0) << "all or nothing";
  EXPECT_THROW(session.variable(Array::ones({1000000}), "v"), OutOfMemoryError);
  EXPECT_EQ(session.graph().variables, 2) << "it was not made";
  EXPECT_EQ(small->made().value().size(), 1000) << "the session goes on working";
  session.set_memory_budget({});
  EXPECT_NO_THROW(f(Array::ones({2})));
}

TEST(Variable, AFunctionThatReadsAnEndedOneSaysSo) {
  Session session;
  const auto maker = session.add(Maker({2}, {}));
  const Variable made = maker->made();
  const auto f = session.function([&](const Tensor& x) { return x + made; });
  f(Array::ones({2}));
  session::Inner::core(session)->remove(*maker, "its removal");
  EXPECT_THROW(f(Array::ones({2})), StaleHandleError);
}

}  // namespace
