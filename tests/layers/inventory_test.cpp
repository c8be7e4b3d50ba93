// Keras's layers and their parameters (tests/data/keras_layers.txt) against ours: each is there, or left out for a
// reason (tests/data/keras_layers_left_out.txt).
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/layers/core.h"
#include "keratin/layers/recurrent.h"
#include "layers/registry.h"
#include "support/inventory.h"

namespace {

using namespace keratin;

using test::InventoryClass;
using test::LeftOut;
using test::Parameter;

/// Some value of a parameter without default, by its name.
ConfigValue sample(const std::string& layer, const std::string& parameter) {
  static const Config samples{{"activation", "relu"},
                              {"axes", 1},
                              {"batch_shape", ConfigValue::List{ConfigValue(), 3}},
                              {"cell", LayerSpec(layers::GRUCell(2)).config()},
                              {"cells", ConfigValue::List{LayerSpec(layers::GRUCell(2)).config()}},
                              {"dims", ConfigValue::List{1}},
                              {"equation", "ab,bc->ac"},
                              {"kernel_size", 2},
                              {"layer", LayerSpec(layers::Dense(2)).config()},
                              {"n", 2},
                              {"output_shape", ConfigValue::List{2}},
                              {"rate", 0.5},
                              {"scale", 0.5},
                              {"stddev", 0.5},
                              {"target_shape", ConfigValue::List{1}}};
  if (layer == "Bidirectional" && parameter == "layer") return LayerSpec(layers::GRU(2)).config();
  return samples.contains(parameter) ? samples.at(parameter) : ConfigValue(2);  // units, filters, sizes
}

const layers::LayerClass* ours(std::string_view name) {
  for (const auto family : layers::layer_families())
    for (const layers::LayerClass& each : family)
      if (each.name == name) return &each;
  return nullptr;
}

/// The names of a layer's options: what its description has when it is made of what must be given.
std::optional<Config> options_of(const layers::LayerClass& made, const InventoryClass& keras) {
  Config given;
  for (const Parameter& parameter : keras.parameters)
    if (!parameter.has_default) given.set(parameter.name, sample(keras.name, parameter.name));
  if (keras.name == "InputLayer") given.set("batch_shape", sample(keras.name, "batch_shape"));
  // Which Keras describes only where there is one.
  given.set("activity_regularizer", RegularizerSpec("l2").config());
  try {
    return made.make(given).layer().get_config();
  } catch (const Error& error) {
    ADD_FAILURE() << keras.name << ": " << error.what();
    return std::nullopt;
  }
}

TEST(LayerInventory, HasKerasLayersAndParameters) {
  const LeftOut left_out("layers");
  int there = 0;
  for (const InventoryClass& keras : test::keras_classes("layers")) {
    const layers::LayerClass* const made = ours(keras.name);
    if (made == nullptr) {
      EXPECT_TRUE(left_out.has_class(keras.name)) << keras.name << " isn't there, and no reason is given";
      continue;
    }
    ++there;
    EXPECT_FALSE(left_out.has_exactly(keras.name)) << keras.name << " is there: take its line out of the reasons";
    const std::optional<Config> options = options_of(*made, keras);
    if (!options) continue;
    for (const auto& [parameter, has_default, fallback] : keras.parameters) {
      const bool accounted_for = options->contains(parameter) || left_out.has_parameter(keras.name, parameter);
      EXPECT_TRUE(accounted_for) << keras.name << " has no option `" << parameter << "`, and no reason is given";
    }
  }
  for (const std::string& pattern : left_out.unused()) ADD_FAILURE() << "nothing is left out by '" << pattern << "'";
  RecordProperty("layers_there", there);
}

TEST(LayerInventory, HasNoClassThatKerasLacks) {
  const std::vector<InventoryClass> keras = test::keras_classes("layers");
  for (const auto family : layers::layer_families())
    for (const layers::LayerClass& each : family) {
      if (each.name == "Sequential" || each.name == "Functional" || each.name == "Model") continue;
      EXPECT_TRUE(std::any_of(keras.begin(), keras.end(), [&](const InventoryClass& other) {
        return other.name == each.name;
      })) << each.name;
    }
}

}  // namespace
