#include "keratin/constraints/constraints.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "constraints/data/vocabulary.h"
#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/session/session.h"

namespace {

using namespace keratin;
using namespace keratin::constraints;
using test::keras_constraints;
using test::VocabularyCase;

const std::vector<float> weights = {-1.5f, 0.25f, 2.f, 0.5f, -0.75f, 1.f, 3.f, 0.f, -0.5f, -0.125f, 1.75f, 0.625f};

Array constrained(const ConstraintSpec& constraint, const Array& w = Array::copy_of(weights).reshaped({4, 3})) {
  Session session({.seed = 1, .threads = 1});
  return session.function([&](const Tensor& t) { return constraint(t); })(w);
}

TEST(Constraints, GiveKerasValues) {
  for (const VocabularyCase& each : keras_constraints) {
    const ConstraintSpec spec = ConstraintSpec::from_config(each.object());
    EXPECT_TRUE(all_close(constrained(spec, each.input.array()), each.expected.array(), 1e-6, 1e-7)) << each.class_name;
  }
}

TEST(Constraints, HaveNames) {
  const auto same = [](const ConstraintSpec& a, const ConstraintSpec& b) {
    return max_abs_difference(constrained(a), constrained(b)) == 0.0;
  };
  EXPECT_TRUE(same("max_norm", MaxNorm({.max_value = 2.0, .axis = 0})));
  EXPECT_TRUE(same("NonNeg", NonNeg()));
  EXPECT_TRUE(same("unit_norm", UnitNorm({.axis = 0})));
  EXPECT_TRUE(same("min_max_norm", MinMaxNorm({.min_value = 0.0, .max_value = 1.0, .rate = 1.0, .axis = 0})));
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
  for (const VocabularyCase& each : keras_constraints) {
    const ConfigValue description = ConstraintSpec::from_config(each.object()).config();
    EXPECT_EQ(description.as_config().get<std::string>("module"), "keras.constraints");
    EXPECT_EQ(description.as_config().get<std::string>("class_name"), each.class_name);
    EXPECT_TRUE(all_close(constrained(ConstraintSpec::from_config(description), each.input.array()),
                          each.expected.array(), 1e-6, 1e-7));
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
