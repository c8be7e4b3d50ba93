// The header for users' tests: that it passes where it should, and that it fails, and says why, where it should.
#include "keratin/testing.h"

#include <complex>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest-spi.h>

#include "keratin/core/complex.h"
#include "keratin/keratin.h"
#include "keratin/testing/operator_new.h"
#include "support/files.h"

namespace {

namespace kt = keratin;
namespace layers = keratin::layers;
namespace ops = keratin::ops;

/// A user's layer, whose gradient can be made wrong.
class Scale : public kt::Layer {
 public:
  explicit Scale(bool is_wrong) : is_wrong_(is_wrong) {}
  void build(const kt::Shape& input) override {
    factor_ = add_weight("factor", {input.back()}, {.initializer = "ones"});
  }
  kt::Tensor call(const kt::Tensor& x, const kt::CallContext& context) override {
    const kt::Tensor y = x * x * factor_;
    return is_wrong_ && context.training ? ops::stop_gradient(x) * x * factor_ : y;
  }

 private:
  bool is_wrong_;
  kt::Variable factor_;
};

TEST(Gradients, OfLayersAndFunctionsAgree) {
  EXPECT_GRADIENTS(Scale(false));
  EXPECT_GRADIENTS(Scale(false), {{2, 4}}, {.training = true});
  EXPECT_GRADIENTS(layers::LSTM(2), {{2, 3, 2}}, {.initial_state = {{2, 2}, {2, 2}}});
  EXPECT_GRADIENTS(layers::Embedding(5, 2), {kt::Array::copy_of<std::int32_t>({0, 3, 1}).reshaped({1, 3})});
  EXPECT_GRADIENTS([](const kt::Tensor& x) { return ops::tanh(x) * x; });
  EXPECT_GRADIENTS([](const kt::Tensor& a, const kt::Tensor& b) { return ops::matmul(a, b); }, {{2, 3}, {3, 2}})
      << "with a message";
  ASSERT_GRADIENTS(layers::Dense(2, {.activity_regularizer = "l2"}), {{2, 3}});
}

TEST(Gradients, OneThatIsWrongIsNamedWithItsFirstElement) {
  const std::string text = kt::testing::gradient_differences(Scale(true), {{2, 3}});
  EXPECT_EQ(text.find("not in training"), std::string::npos) << text;
  kt::test::expect_says(text, {"Gradients of 'Scale', in training:", "input 0 (2, 3): 6 of 6 elements differ",
                               "the first at [0, 0]: the gradient is "});
  EXPECT_EQ(text.find("factor"), std::string::npos) << "the weight's gradient is right: " << text;
  EXPECT_NONFATAL_FAILURE(EXPECT_GRADIENTS(Scale(true)) << "of mine", "of mine");
}

TEST(Gradients, AnErrorOfTheLayerIsAFailure) {
  EXPECT_NONFATAL_FAILURE(EXPECT_GRADIENTS(layers::Conv2D(2, 3), {{2, 3}}), "Conv2D");
  EXPECT_NONFATAL_FAILURE(EXPECT_GRADIENTS(layers::Identity(), {kt::Array::zeros({2}, kt::int32)}),
                          "Nothing to differentiate");
}

TEST(Arrays, DifferencesAreCountedAndPlaced) {
  const kt::Array expected = kt::Array::copy_of({1.0f, 2.0f, 3.0f, 4.0f}).reshaped({2, 2});
  EXPECT_ARRAYS_NEAR(kt::Array::copy_of({1.0f, 2.00001f, 3.0f, 4.0f}).reshaped({2, 2}), expected);
  const kt::Array given = kt::Array::copy_of({1.0f, 2.0f, 3.5f, 6.0f}).reshaped({2, 2});
  EXPECT_NONFATAL_FAILURE(EXPECT_ARRAYS_NEAR(given, expected),
                          "2 of 4 elements differ by more than 1e-08 + 1e-05·|expected|, the first at [1, 0]: 3.5, "
                          "expected 3.0; the largest difference is 2.0 at [1, 1]");
  EXPECT_ARRAYS_NEAR(given, expected, {.rtol = 0.5});
  EXPECT_NONFATAL_FAILURE(EXPECT_ARRAYS_NEAR(given, given.astype(kt::float64)), "dtype float32, expected float64");
  EXPECT_NONFATAL_FAILURE(EXPECT_ARRAYS_NEAR(given, given.reshaped({4})), "shape (2, 2), expected (4,)");
}

TEST(Arrays, OfEachKindAreComparedAsTheyAre) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const kt::Array odd = kt::Array::copy_of({nan, infinity, -infinity, 0.0});
  EXPECT_ARRAYS_NEAR(odd, odd.copy());
  EXPECT_NONFATAL_FAILURE(EXPECT_ARRAYS_NEAR(odd, kt::Array::copy_of({nan, 1.0, 1.0, 1.0})), "3 of 4 elements differ");
  EXPECT_NONFATAL_FAILURE(EXPECT_ARRAYS_NEAR(kt::Array::copy_of({1.0, 1.0, nan, 1.0}), odd), "4 of 4 elements differ");
  const std::int64_t large = std::int64_t{1} << 60;
  EXPECT_NONFATAL_FAILURE(
      EXPECT_ARRAYS_NEAR(kt::Array::scalar(large + 1), kt::Array::scalar(large), {.rtol = 0, .atol = 0}),
      "1 of 1 elements differs by more than 0.0 + 0.0·|expected|, the first at []: 1152921504606846977");
  EXPECT_NONFATAL_FAILURE(EXPECT_ARRAYS_NEAR(kt::Array::copy_of<std::complex<float>>({{1, 2}}),
                                             kt::Array::copy_of<std::complex<float>>({{1, 3}})),
                          "1 of 1 elements differs");
  EXPECT_NONFATAL_FAILURE(
      EXPECT_ARRAYS_NEAR(kt::Array::copy_of<std::string>({"a", "b"}), kt::Array::copy_of<std::string>({"a", "c"})),
      "1 of 2 elements differs, the first at [1]: 'b', expected 'c'");
  EXPECT_NONFATAL_FAILURE(EXPECT_ARRAYS_NEAR(kt::Array::copy_of({true, false}), kt::Array::copy_of({true, true})),
                          "the first at [1]");
  EXPECT_ARRAYS_NEAR(kt::Array::zeros({0, 3}), kt::Array::zeros({0, 3}));
}

/// Sets a variable of the environment while it lives.
class Recording {
 public:
  Recording() { ::setenv("KERATIN_RECORD", "1", 1); }
  ~Recording() { ::unsetenv("KERATIN_RECORD"); }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
};

TEST(Recorded, IsWrittenOnDemandAndComparedElse) {
  const kt::test::Scratch scratch;
  const std::string path = scratch.path("outputs.npz");
  const kt::NamedArrays first{{"a", kt::Array::arange(3)}, {"b", kt::Array::ones({2})}};
  EXPECT_NONFATAL_FAILURE(EXPECT_RECORDED(path, first), "KERATIN_RECORD=1");
  {
    const Recording recording;
    EXPECT_RECORDED(path, first);
  }
  EXPECT_RECORDED(path, first);
  EXPECT_RECORDED(path, (kt::NamedArrays{{"a", kt::Array::arange(3)}, {"b", kt::Array::full({2}, 1.01)}}),
                  {.rtol = 0.1});
  const kt::NamedArrays other{{"a", kt::Array::full({3}, 1, kt::int32)}, {"c", kt::Array::ones({2})}};
  const std::string text = kt::testing::recorded_differences(path, other);
  kt::test::expect_says(text, {path, "'a': 2 of 3 elements differ", "the first at [0]: 1, expected 0",
                               "'c' is not in the file", "'b' is in the file alone"});
  const Recording recording;
  EXPECT_RECORDED(path, other);
  EXPECT_EQ(kt::load_npz(path).size(), 2u);
  EXPECT_TRUE(kt::load_npz(path).contains("c"));
}

TEST(Recorded, OutputsOfAModelGoByTheirNames) {
  const kt::test::Scratch scratch;
  kt::Session session({.seed = 1, .threads = 1});
  kt::Sequential model(session, {layers::Input({3}), layers::Dense(2, {.name = "score"})});
  const kt::Array x = kt::Array::ones({2, 3});
  {
    const Recording recording;
    EXPECT_RECORDED(scratch.path("outputs.npz"), model.predict(x));
    EXPECT_RECORDED(scratch.path("weights.npz"), model.get_weights());
    EXPECT_RECORDED(scratch.path("x.npz"), x);
  }
  EXPECT_RECORDED(scratch.path("outputs.npz"), model.predict(x));
  EXPECT_TRUE(kt::load_npz(scratch.path("outputs.npz")).contains("score"));
  EXPECT_RECORDED(scratch.path("weights.npz"), model.get_weights());
  EXPECT_RECORDED(scratch.path("x.npz"), x);
}

using OnASession = kt::testing::SessionTest;

TEST_F(OnASession, WhatEndsByItselfIsNotLeftBehind) {
  const auto scope = session().graph_scope();
  kt::Sequential model(session(), {layers::Input({3}), layers::Dense(1)});
  model.compile({.loss = "mse"});
  model.fit(kt::Array::ones({4, 3}), kt::Array::ones({4, 1}), {.verbose = 0});
  EXPECT_NE(left_behind(), "") << "in the middle of it there is something";
}

TEST_F(OnASession, ClearEndsAll) {
  kt::Sequential model(session(), {layers::Input({3}), layers::Dense(1)});
  model.predict(kt::Array::ones({4, 3}));
  session().clear();
}

TEST_F(OnASession, WhatMayStayMayStay) {
  session().variable(kt::Array::ones({3}), "counter");
  may_stay("counter");
}

TEST_F(OnASession, WhatWasThereBeforeIsNotTheTests) {
  kt::Sequential model(session(), {layers::Input({3}), layers::Dense(1)});
  model.predict(kt::Array::ones({4, 3}));
  all_may_stay();
  model.predict(kt::Array::ones({4, 3}));
  EXPECT_EQ(left_behind(), "");
}

class InAScope : public kt::testing::SessionTest {
 protected:
  InAScope() : SessionTest({.in_scope = true}) {}
};

TEST_F(InAScope, TheBodysModelsEndWithIt) {
  kt::Sequential model(session(), {layers::Input({3}), layers::Dense(1)});
  model.predict(kt::Array::ones({4, 3}));
}

/// A test that is run by hand.
class ByHand : public kt::testing::SessionTest {
 public:
  using Body = void (*)(ByHand&);
  explicit ByHand(Body body, kt::testing::SessionTestOptions options = {}) : SessionTest(options), body_(body) {}
  void run() {
    SetUp();
    TestBody();
    TearDown();
  }
  void TestBody() override { body_(*this); }
  using SessionTest::may_stay;
  using SessionTest::session;

 private:
  Body body_;
};

TEST(SessionTests, FailWhereSomethingIsLeftBehind) {
  EXPECT_NONFATAL_FAILURE(ByHand([](ByHand& test) {
                            kt::Sequential model(test.session(), {layers::Input({3}), layers::Dense(1)});
                            model.predict(kt::Array::ones({4, 3}));
                          }).run(),
                          "testing_test.cpp");
  EXPECT_NONFATAL_FAILURE(
      ByHand([](ByHand& test) { test.session().variable(kt::Array::ones({3}), "counter").value(); }).run(), "counter");
  EXPECT_NONFATAL_FAILURE(ByHand([](ByHand& test) {
                            test.session().variable(kt::Array::ones({3}), "counter").value();
                            test.session().variable(kt::Array::ones({3}), "count").value();
                            test.may_stay("count");
                          }).run(),
                          "of 'counter'");
}

TEST_F(OnASession, ABudgetOfAStatement) {
  const auto scope = session().graph_scope();
  kt::Sequential model(session(), {layers::Input({64}), layers::Dense(64)});
  model.compile({.loss = "mse"});
  const kt::Array x = kt::Array::ones({8, 64});
  EXPECT_PLAN_BELOW(kt::MiB(1), model.memory_plan({.batch_size = 8, .rows = 8}));
  EXPECT_NONFATAL_FAILURE(EXPECT_PLAN_BELOW(kt::KiB(20), model.memory_plan({.batch_size = 8, .rows = 8})),
                          "which is not below 20.00 KiB");
  EXPECT_MEMORY_BELOW(kt::MiB(1), session(), model.fit(x, x, {.batch_size = 8, .verbose = 0}));
  EXPECT_NONFATAL_FAILURE(EXPECT_MEMORY_BELOW(kt::KiB(20), session(), model.fit(x, x, {.batch_size = 8, .verbose = 0})),
                          "dense/kernel 16.00 KiB");
}

TEST_F(OnASession, ABudgetIsOfTheStatementAlone) {
  {
    const auto scope = session().graph_scope();
    session().variable(kt::Array::ones({1 << 16}), "large").value();
  }
  EXPECT_MEMORY_BELOW(kt::KiB(64), session(), static_cast<void>(session().graph()));
}

TEST_F(OnASession, AnAllocationFailsAndTheNextOneDoesNot) {
  const auto scope = session().graph_scope();
  kt::Sequential model(session(), {layers::Input({3}), layers::Dense(2)});
  const kt::Array x = kt::Array::ones({4, 3});
  {
    const kt::testing::FailingAllocation fail({.after = 1});
    EXPECT_THROW(model.predict(x), kt::OutOfMemoryError);
    EXPECT_EQ(fail.refused(), 1);
  }
  EXPECT_NO_THROW(model.predict(x));
}

/// A compiler may leave out a request whose end it sees.
[[gnu::noinline]] std::unique_ptr<int> make() { return std::make_unique<int>(1); }

TEST(FailingAllocation, OfTheHeapReachesOperatorNew) {
  {
    const kt::testing::FailingAllocation fail({.after = 1, .of = kt::testing::Allocations::heap});
    EXPECT_NO_THROW(make());
    EXPECT_THROW(make(), std::bad_alloc);
    EXPECT_NO_THROW(make());
    EXPECT_EQ(fail.asked(), 3);
  }
  const kt::testing::FailingAllocation fail({.of = kt::testing::Allocations::heap, .for_good = true});
  EXPECT_THROW(make(), std::bad_alloc);
  EXPECT_THROW(make(), std::bad_alloc);
}

TEST(FailingAllocation, IsOneAtATime) {
  const kt::testing::FailingAllocation fail({.after = 1'000'000});
  EXPECT_THROW(kt::testing::FailingAllocation({.after = 1}), kt::ValueError);
  EXPECT_THROW(kt::testing::FailingAllocation({.after = -1}), kt::ValueError);
}

TEST(AllocationSweep, LetsEachRequestFailInTurn) {
  std::vector<kt::testing::Refused> ends;
  kt::testing::AllocationSweep sweep({.of = kt::testing::Allocations::heap});
  while (sweep.goes_on())
    ends.push_back(sweep.run([] {
      const auto first = make();
      try {
        const auto second = make();
      } catch (const std::bad_alloc&) {  // does without
      }
      try {
        const auto third = make();
      } catch (const std::bad_alloc&) {
        throw kt::OutOfMemoryError("typed");
      }
    }));
  using enum kt::testing::Refused;
  EXPECT_EQ(ends, (std::vector{bad_alloc, unnoticed, out_of_memory, nothing}));
  EXPECT_EQ(sweep.call(), 3);
}

TEST(AllocationSweep, OtherErrorsComeThrough) {
  kt::testing::AllocationSweep sweep;
  EXPECT_THROW(sweep.run([] { throw kt::ValueError("another"); }), kt::ValueError);
}

}  // namespace
