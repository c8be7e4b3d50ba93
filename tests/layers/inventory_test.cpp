// Keras's layers and their parameters (tests/data/keras_layers.txt) against ours: each is there, or left out for a
// reason (tests/data/keras_layers_left_out.txt).
#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/layers/core.h"
#include "keratin/layers/recurrent.h"
#include "layers/registry.h"

namespace {

using namespace keratin;

/// A class of Keras's; `parameters` as the file has them, with ! after those that have no default.
struct KerasClass {
  std::string name;
  std::vector<std::string> parameters;
};

/// What is left out: a class, a parameter of one ("Dense/lora_rank"), or a parameter of all ("*/lora_rank"). A class
/// may end with * too, and stands for all that begin so.
struct LeftOut {
  std::string pattern;
  std::string reason;
  mutable bool used = false;
};

std::vector<std::string> lines_of(const std::string& file) {
  std::ifstream in(KERATIN_TESTS_DIR "/data/" + file);
  EXPECT_TRUE(in.good()) << file;
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);)
    if (!line.empty() && line.front() != '#') lines.push_back(line);
  return lines;
}

std::vector<KerasClass> keras_classes() {
  std::vector<KerasClass> classes;
  for (const std::string& line : lines_of("keras_layers.txt")) {
    std::istringstream words(line);
    KerasClass each;
    words >> each.name;
    for (std::string word; words >> word;) each.parameters.push_back(word);
    // Files never have the second name of a class.
    if (each.parameters.empty() || each.parameters.front() != "=") classes.push_back(std::move(each));
  }
  return classes;
}

class Reasons {
 public:
  Reasons() {
    for (const std::string& line : lines_of("keras_layers_left_out.txt")) {
      const std::size_t colon = line.find(": ");
      EXPECT_NE(colon, std::string::npos) << line;
      if (colon != std::string::npos) all_.push_back({line.substr(0, colon), line.substr(colon + 2)});
    }
  }

  bool has(const std::string& what) const {
    return find([&](const std::string& pattern) { return pattern == what; });
  }
  bool has_class(const std::string& name) const {
    return has(name) || find([&](const std::string& pattern) {
             return pattern.ends_with("*") && name.starts_with(pattern.substr(0, pattern.size() - 1));
           });
  }
  bool has_parameter(const std::string& name, const std::string& parameter) const {
    return has(name + "/" + parameter) || has("*/" + parameter);
  }
  std::vector<std::string> unused() const {
    std::vector<std::string> patterns;
    for (const LeftOut& each : all_)
      if (!each.used) patterns.push_back(each.pattern);
    return patterns;
  }

 private:
  template <class F>
  bool find(F matches) const {
    for (const LeftOut& each : all_)
      if (matches(each.pattern)) return each.used = true;
    return false;
  }

  std::vector<LeftOut> all_;
};

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
std::optional<Config> options_of(const layers::LayerClass& made, const KerasClass& keras) {
  Config given;
  for (const std::string& parameter : keras.parameters)
    if (parameter.ends_with("!"))
      given.set(parameter.substr(0, parameter.size() - 1),
                sample(keras.name, parameter.substr(0, parameter.size() - 1)));
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
  const Reasons reasons;
  int there = 0;
  for (const KerasClass& keras : keras_classes()) {
    const layers::LayerClass* const made = ours(keras.name);
    if (made == nullptr) {
      EXPECT_TRUE(reasons.has_class(keras.name)) << keras.name << " isn't there, and no reason is given";
      continue;
    }
    ++there;
    EXPECT_FALSE(reasons.has(keras.name)) << keras.name << " is there: take its line out of the reasons";
    const std::optional<Config> options = options_of(*made, keras);
    if (!options) continue;
    for (std::string parameter : keras.parameters) {
      if (parameter.ends_with("!")) parameter.pop_back();
      const bool accounted_for = options->contains(parameter) || reasons.has_parameter(keras.name, parameter);
      EXPECT_TRUE(accounted_for) << keras.name << " has no option `" << parameter << "`, and no reason is given";
    }
  }
  for (const std::string& pattern : reasons.unused()) ADD_FAILURE() << "nothing is left out by '" << pattern << "'";
  RecordProperty("layers_there", there);
}

TEST(LayerInventory, HasNoClassThatKerasLacks) {
  const std::vector<KerasClass> keras = keras_classes();
  for (const auto family : layers::layer_families())
    for (const layers::LayerClass& each : family) {
      if (each.name == "Sequential" || each.name == "Functional" || each.name == "Model") continue;
      EXPECT_TRUE(std::any_of(keras.begin(), keras.end(), [&](const KerasClass& other) {
        return other.name == each.name;
      })) << each.name;
    }
}

}  // namespace
