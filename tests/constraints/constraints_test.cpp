#include "keratin/constraints/constraints.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/session/session.h"

namespace {

using namespace keratin;
using namespace keratin::constraints;

const std::vector<float> weights = {-1.5f, 0.25f, 2.f, 0.5f, -0.75f, 1.f, 3.f, 0.f, -0.5f, -0.125f, 1.75f, 0.625f};

Array constrained(const ConstraintSpec& constraint, const Array& w = Array::copy_of(weights).reshaped({4, 3})) {
  Session session({.seed = 1, .threads = 1});
  return session.function([&](const Tensor& t) { return constraint(t); })(w);
}

struct Recorded {
  ConstraintSpec constraint;
  std::vector<float> values;
};

// What Keras 3.15 gives for these weights.
const std::vector<Recorded> recorded = {
    {MaxNorm(),
     {-0.884051323f, 0.249999985f, 1.68421054f, 0.294683784f, -0.74999994f, 0.842105269f, 1.76810265f, 0.f,
      -0.421052635f, -0.0736709461f, 1.74999988f, 0.526315808f}},
    {MaxNorm({.max_value = 0.8, .axis = 1}),
     {-0.47761786f, 0.0796029791f, 0.636823833f, 0.297112525f, -0.445668787f, 0.594225049f, 0.789115071f, 0.f,
      -0.131519184f, -0.0536924787f, 0.751694679f, 0.26846239f}},
    {MaxNorm({.max_value = 1.5, .axis = {0, 1}}),
     {-0.492827117f, 0.0821378529f, 0.657102823f, 0.164275706f, -0.246413559f, 0.328551412f, 0.985654235f, 0.f,
      -0.164275706f, -0.0410689265f, 0.574965f, 0.205344632f}},
    {NonNeg(), {0.f, 0.25f, 2.f, 0.5f, 0.f, 1.f, 3.f, 0.f, 0.f, 0.f, 1.75f, 0.625f}},
    {UnitNorm(),
     {-0.442025691f, 0.130188897f, 0.842105269f, 0.147341892f, -0.390566707f, 0.421052635f, 0.884051383f, 0.f,
      -0.210526317f, -0.036835473f, 0.911322355f, 0.263157904f}},
    {UnitNorm({.axis = 1}),
     {-0.597022355f, 0.0995037258f, 0.796029806f, 0.371390641f, -0.557085991f, 0.742781281f, 0.986393869f, 0.f,
      -0.164398983f, -0.0671155974f, 0.939618409f, 0.335577995f}},
    {MinMaxNorm({.min_value = 2.0, .max_value = 2.5, .rate = 0.7, .axis = 1}),
     {-1.49478912f, 0.249131531f, 1.99305224f, 0.669946909f, -1.00492036f, 1.33989382f, 2.62618947f, 0.f, -0.437698245f,
      -0.131461829f, 1.84046555f, 0.657309175f}},
    {"min_max_norm",
     {-0.442025661f, 0.130188897f, 0.842105269f, 0.147341892f, -0.390566707f, 0.421052635f, 0.884051323f, 0.f,
      -0.210526317f, -0.036835473f, 0.911322296f, 0.263157904f}},
};

TEST(Constraints, GiveKerasValues) {
  for (const Recorded& each : recorded)
    EXPECT_TRUE(all_close(constrained(each.constraint), Array::copy_of(each.values).reshaped({4, 3}), 1e-6, 1e-7));
  EXPECT_EQ(max_abs_difference(constrained("max_norm"), constrained(MaxNorm())), 0.0);
  EXPECT_EQ(max_abs_difference(constrained("NonNeg"), constrained(NonNeg())), 0.0);
  EXPECT_EQ(max_abs_difference(constrained("unit_norm"), constrained(UnitNorm())), 0.0);
}

TEST(Constraints, LeaveZerosAlone) {
  const Array zeros = Array::zeros({3, 2});
  for (const ConstraintSpec& each : std::vector<ConstraintSpec>{"max_norm", "non_neg", "unit_norm", "min_max_norm"})
    EXPECT_EQ(max_abs_difference(constrained(each, zeros), zeros), 0.0) << each.name();
}

TEST(Constraints, MayBeFunctionsAndClassesOfOnesOwn) {
  const ConstraintSpec halves = [](const Tensor& w) { return w * 0.5; };
  EXPECT_TRUE(all_close(constrained(halves, Array::ones({2})), Array::full({2}, 0.5), 0.0, 0.0));
  EXPECT_THROW(halves.config(), ValueError);
  struct Capped final : Constraint {
    Tensor operator()(const Tensor& w) const override { return ops::minimum(w, 1.0); }
  };
  EXPECT_TRUE(all_close(constrained(Capped(), Array::full({2}, 3.0)), Array::ones({2}), 0.0, 0.0));
  EXPECT_EQ(ConstraintSpec(Capped()).config().as_config().get<std::string>("registered_name"), "Capped");
}

TEST(Constraints, AreDescribedAsKerasDoes) {
  for (const Recorded& each : recorded) {
    const Config object = each.constraint.config().as_config();
    EXPECT_EQ(object.get<std::string>("module"), "keras.constraints");
    const ConstraintSpec again = ConstraintSpec::from_config(object);
    EXPECT_EQ(max_abs_difference(constrained(again), constrained(each.constraint)), 0.0);
  }
  const auto config = [](const ConstraintSpec& spec) { return spec.config().as_config().get<Config>("config"); };
  EXPECT_EQ(config(MaxNorm()).get<double>("max_value"), 2.0);
  EXPECT_EQ(config(MaxNorm()).get<int>("axis"), 0);
  EXPECT_EQ(config(MaxNorm({.axis = {0, 1}})).get<std::vector<int>>("axis"), (std::vector<int>{0, 1}));
  EXPECT_EQ(config(MinMaxNorm()).entries().size(), 4u);
  EXPECT_TRUE(config(NonNeg()).entries().empty());
  EXPECT_TRUE(ConstraintSpec::from_config(ConstraintSpec().config()).is_empty());
}

TEST(Constraints, RefuseWhatMakesNoSense) {
  EXPECT_THROW(MaxNorm({.max_value = -1.0}), ValueError);
  EXPECT_THROW(MinMaxNorm({.min_value = -1.0}), ValueError);
  EXPECT_THROW(MinMaxNorm({.min_value = 2.0}), ValueError);
  EXPECT_THROW(MinMaxNorm({.rate = 1.5}), ValueError);
  EXPECT_THROW(constrained(UnitNorm({.axis = 2})), ValueError);
  EXPECT_THROW(constrained(ConstraintSpec()), ValueError);
  EXPECT_THROW(ConstraintSpec::from_config("max"), ValueError);
  EXPECT_THROW(ConstraintSpec::from_config(Config{{"class_name", "Mine"}}), ValueError);
}

}  // namespace
