#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "graph/spec.h"
#include "keratin/core/config.h"
#include "keratin/graph/tensor.h"
#include "keratin/layers/layer.h"
#include "layers/operations.h"

namespace keratin::inline v0::layers {

/// A functional model as its config describes it. Everything is checked when it is read; nothing is built yet.
class FunctionalRecipe {
 public:
  /// Throws ValueError, naming layer and option, for what can't be made.
  explicit FunctionalRecipe(const Config& config);

  /// A model that was made of it.
  struct Made {
    std::vector<Tensor> inputs;
    std::vector<Tensor> outputs;
    std::vector<Layer*> layers;  ///< in the config's order
  };
  /// Calls the layers on symbolic inputs, in the functional graph that is current. `adopt` makes a layer live.
  Made make(const std::function<Layer&(const LayerSpec&)>& adopt) const;

  /// Keys of a dictionary, or names of the layers that the tensors come from.
  const std::vector<std::string>& input_names() const noexcept { return input_names_; }
  const std::vector<std::string>& output_names() const noexcept { return output_names_; }
  /// What it was made from.
  const Config& config() const noexcept { return config_; }

 private:
  struct Entry {
    std::string name;
    std::string class_name;
    std::optional<LayerSpec> layer;
    std::optional<Operation> operation;
    std::optional<graph::Spec> input;
    std::optional<std::int64_t> shared_id;
    ConfigValue::List calls;  ///< {"args": …, "kwargs": …} each
  };
  /// One of a model's inputs or outputs: which layer, which of its calls, which of that call's results.
  struct Leaf {
    std::string key;
    std::string layer;
    std::size_t call = 0;  ///< in a file, of a functional model's calls the first has the number 1
    std::size_t result = 0;
  };
  class Maker;

  static Entry entry_of(const Config& object);
  static std::vector<Leaf> leaves_of(const ConfigValue& structure);
  void count_from_zero(Leaf& leaf) const;
  void check_references() const;

  Config config_;
  std::string name_;
  std::vector<Entry> entries_;
  std::vector<Leaf> inputs_;
  std::vector<Leaf> outputs_;
  std::vector<std::string> input_names_;
  std::vector<std::string> output_names_;
};

}  // namespace keratin::inline v0::layers
