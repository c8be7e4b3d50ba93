// Keras's losses and their parameters (tests/data/keras_losses.txt) against ours.
#include "support/inventory.h"

#include <string>

#include <gtest/gtest.h>

#include "losses/options.h"

namespace {

using namespace keratin;
using namespace keratin::losses;
using test::declared;

/// A loss of the options that all have: an empty name stands for that of the class.
template <class T>
test::InventoryClass simple() {
  const T loss;
  return declared(loss.class_name(), loss_options, LossOptions{.name = loss.name()});
}

TEST(LossInventory, HasKerasLossesAndParameters) {
  test::expect_keras_classes(
      "losses",
      {declared("BinaryCrossentropy", crossentropy_options, BinaryCrossentropyOptions()),
       declared("BinaryFocalCrossentropy", binary_focal_options, BinaryFocalCrossentropyOptions()),
       declared("CategoricalCrossentropy", crossentropy_options, CategoricalCrossentropyOptions()),
       declared("CategoricalFocalCrossentropy", categorical_focal_options, CategoricalFocalCrossentropyOptions()),
       declared("CategoricalGeneralizedCrossEntropy", generalized_options, CategoricalGeneralizedCrossEntropyOptions()),
       simple<CategoricalHinge>(),
       simple<CTC>(),
       declared("Circle", circle_options, CircleOptions()),
       declared("CosineSimilarity", cosine_similarity_options, CosineSimilarityOptions()),
       declared("Dice", dice_options, DiceOptions()),
       simple<Hinge>(),
       declared("Huber", huber_options, HuberOptions()),
       simple<KLDivergence>(),
       simple<LogCosh>(),
       simple<MeanAbsoluteError>(),
       simple<MeanAbsolutePercentageError>(),
       simple<MeanSquaredError>(),
       simple<MeanSquaredLogarithmicError>(),
       simple<Poisson>(),
       declared("SparseCategoricalCrossentropy", sparse_categorical_options, SparseCategoricalCrossentropyOptions()),
       simple<SquaredHinge>(),
       declared("Tversky", tversky_options, TverskyOptions())});
}

}  // namespace
