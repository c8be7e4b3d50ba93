// Keras's optimizers and schedules and their parameters (tests/data/keras_{optimizers,schedules}.txt) against ours.
#include "support/inventory.h"

#include <cstdint>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/optimizers/optimizers.h"
#include "optimizers/options.h"

namespace {

using namespace keratin;
using namespace keratin::optimizers;
using test::declared;

TEST(OptimizerInventory, HasKerasOptimizersAndParameters) {
  const test::Parameter no_map{"optimizer_map", true, "None"};
  test::expect_keras_classes(
      "optimizers", {declared("Adadelta", with_shared(adadelta_options), AdadeltaOptions()),
                     declared("Adafactor", with_shared(adafactor_options), AdafactorOptions()),
                     declared("Adagrad", with_shared(adagrad_options), AdagradOptions()),
                     declared("Adam", with_shared(adam_options), AdamOptions()),
                     declared("AdamW", with_shared(adam_options), AdamWOptions()),
                     declared("Adamax", with_shared(beta_options), AdamaxOptions()),
                     declared("Ftrl", with_shared(ftrl_options), FtrlOptions()),
                     declared("Lamb", with_shared(beta_options), LambOptions()),
                     declared("Lion", with_shared(lion_options), LionOptions()),
                     declared("LossScaleOptimizer", loss_scale_options, OptimizerSpec(), LossScaleOptimizerOptions()),
                     declared("MultiOptimizer", multi_options, std::optional<OptimizerMap>(), MultiOptimizerOptions()),
                     declared("Muon", with_shared(muon_options), MuonOptions()),
                     declared("Nadam", with_shared(beta_options), NadamOptions()),
                     {"OptimizerMap", {{"default_optimizer"}, no_map}},
                     declared("RMSprop", with_shared(rmsprop_options), RMSpropOptions()),
                     declared("SGD", with_shared(sgd_options), SGDOptions()),
                     declared("ScheduleFreeAdamW", with_shared(schedule_free_options), ScheduleFreeAdamWOptions())});
}

TEST(OptimizerInventory, HasKerasSchedulesAndParameters) {
  using namespace optimizers::schedules;
  const double rate = 0.1;
  const std::int64_t steps = 10;
  const std::vector<std::int64_t> boundaries{1};
  const std::vector<double> values{0.1, 0.2};
  test::expect_keras_classes(
      "schedules",
      {declared("CosineDecay", cosine_options, CosineDecayOptions(), rate, steps),
       declared("CosineDecayRestarts", restarts_options, CosineDecayRestartsOptions(), rate, steps),
       declared("ExponentialDecay", rate_decay_options, ExponentialDecayOptions(), rate, steps, 0.5),
       declared("InverseTimeDecay", rate_decay_options, InverseTimeDecayOptions(), rate, steps, 0.5),
       declared("PiecewiseConstantDecay", piecewise_options, PiecewiseConstantDecayOptions(), boundaries, values),
       declared("PolynomialDecay", polynomial_options, PolynomialDecayOptions(), rate, steps)});
}

}  // namespace
