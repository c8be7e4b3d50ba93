#include "layers/functional_recipe.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "core/text.h"
#include "graph/builder.h"
#include "keratin/core/error.h"
#include "layers/checks.h"
#include "layers/errors.h"
#include "layers/functional.h"
#include "layers/registry.h"
#include "layers/shared_layers.h"
#include "ops/apply.h"

namespace keratin::inline v0::layers {
namespace {

bool is_leaf(const ConfigValue& value) {
  return value.is_list() && value.as_list().size() == 3 && value.as_list().front().is_text();
}

/// [name, call, result], as a file refers to a tensor.
std::tuple<std::string, std::size_t, std::size_t> history_of(const ConfigValue::List& history) {
  return {history.at(0).as_text(), static_cast<std::size_t>(history.at(1).as_integer()),
          static_cast<std::size_t>(history.at(2).as_integer())};
}

/// Calls `f` with the history of each tensor in a call's arguments.
template <class F>
void for_each_tensor(const ConfigValue& value, const F& f) {
  if (is_special(value, "__keras_tensor__")) {
    f(value.as_config().at("config").as_config());
  } else if (value.is_list()) {
    for (const ConfigValue& each : value.as_list()) for_each_tensor(each, f);
  } else if (value.is_config()) {
    for (const auto& [name, each] : value.as_config().entries()) for_each_tensor(each, f);
  }
}

}  // namespace

FunctionalRecipe::FunctionalRecipe(const Config& config)
    : config_(config), name_(config.get_or<std::string>("name", "functional")) {
  for (const ConfigValue& object : config.at("layers").as_list()) entries_.push_back(entry_of(object.as_config()));
  inputs_ = leaves_of(config.at("input_layers"));
  outputs_ = leaves_of(config.at("output_layers"));
  for (Leaf& leaf : outputs_) count_from_zero(leaf);
  for (const Leaf& leaf : inputs_) input_names_.push_back(leaf.key.empty() ? leaf.layer : leaf.key);
  for (const Leaf& leaf : outputs_)
    output_names_.push_back(unlike(leaf.key.empty() ? leaf.layer : leaf.key, output_names_));
  check_references();
}

/// In a model's outputs Keras counts a functional model's own call, which made it, as its first.
void FunctionalRecipe::count_from_zero(Leaf& leaf) const {
  const bool is_of_model = std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.name == leaf.layer && (entry.class_name == "Functional" || entry.class_name == "Model");
  });
  if (is_of_model && leaf.call > 0) --leaf.call;
}

FunctionalRecipe::Entry FunctionalRecipe::entry_of(const Config& object) {
  const Config& config = object.at("config").as_config();
  Entry entry;
  entry.class_name = object.get<std::string>("class_name");
  entry.name = object.contains("name") ? object.get<std::string>("name") : config.get<std::string>("name");
  entry.calls = object.at("inbound_nodes").as_list();
  entry.shared_id = shared_id_in(object);
  const bool is_operation = object.contains("module") && object.at("module").is_text() &&
                            object.at("module").as_text().starts_with("keras.src.ops");
  if (entry.class_name == "InputLayer") {
    entry.input = graph::Spec{dtype_from_name(config.get<std::string>("dtype")), shape_from(config.at("batch_shape"))};
  } else if (is_operation) {
    entry.operation = Operation{entry.class_name, config};
    check_operation(*entry.operation, entry.name);
  } else {
    entry.layer = layer_from(object);
  }
  return entry;
}

std::vector<FunctionalRecipe::Leaf> FunctionalRecipe::leaves_of(const ConfigValue& structure) {
  if (is_leaf(structure)) {
    auto [layer, call, result] = history_of(structure.as_list());
    return {{.key = {}, .layer = std::move(layer), .call = call, .result = result}};
  }
  std::vector<Leaf> leaves;
  if (structure.is_list()) {
    for (const ConfigValue& each : structure.as_list())
      for (Leaf& leaf : leaves_of(each)) leaves.push_back(std::move(leaf));
    return leaves;
  }
  auto entries = structure.as_config().entries();
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [key, each] : entries)
    for (Leaf& leaf : leaves_of(each)) {
      leaf.key = key;
      leaves.push_back(std::move(leaf));
    }
  return leaves;
}

void FunctionalRecipe::check_references() const {
  const auto check = [&](const std::string& layer, const std::string& by) {
    const bool is_there =
        std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.name == layer; });
    if (!is_there)
      throw ValueError("The config of the model '" + name_ + "' refers to a layer that it doesn't have. Received: '" +
                       layer + "', used by " + by);
  };
  for (const Entry& entry : entries_)
    for (const ConfigValue& call : entry.calls)
      for_each_tensor(call, [&](const Config& tensor) {
        check(std::get<0>(history_of(tensor.at("keras_history").as_list())), "'" + entry.name + "'");
      });
  for (const Leaf& leaf : inputs_) check(leaf.layer, "the model's inputs");
  for (const Leaf& leaf : outputs_) check(leaf.layer, "the model's outputs");
}

/// Calls what can be called, until nothing is left.
class FunctionalRecipe::Maker {
 public:
  Maker(const FunctionalRecipe& recipe, const std::function<Layer&(const LayerSpec&)>& adopt)
      : recipe_(recipe), calls_made_(recipe.entries_.size()), layers_(recipe.entries_.size()) {
    graph::Builder& functional = graph::Builder::current_or_throw("a model");
    for (std::size_t i = 0; i < recipe.entries_.size(); ++i) {
      const Entry& entry = recipe.entries_[i];
      if (entry.layer) layers_[i] = &live(entry, adopt);
      if (entry.input) results_[{entry.name, 0}] = {functional.input(*entry.input, entry.name)};
    }
  }

  Made make() {
    bool is_done = false;
    while (!is_done) {
      bool made_one = false;
      is_done = true;
      for (std::size_t i = 0; i < recipe_.entries_.size(); ++i) {
        made_one = call_available(i) || made_one;
        is_done = is_done && calls_made_[i] == recipe_.entries_[i].calls.size();
      }
      if (!is_done && !made_one) fail();
    }
    Made made;
    for (const Leaf& leaf : recipe_.inputs_) made.inputs.push_back(result(leaf));
    for (const Leaf& leaf : recipe_.outputs_) made.outputs.push_back(result(leaf));
    for (Layer* const layer : layers_)
      if (layer != nullptr) made.layers.push_back(layer);
    return made;
  }

 private:
  static Layer& live(const Entry& entry, const std::function<Layer&(const LayerSpec&)>& adopt) {
    if (entry.shared_id)
      if (Layer* const before = SharedLayers::find(*entry.shared_id)) return *before;
    Layer& layer = adopt(*entry.layer);
    if (entry.shared_id) SharedLayers::add(*entry.shared_id, layer);
    return layer;
  }

  Tensor tensor(const Config& config) const {
    const auto [layer, call, result] = history_of(config.at("keras_history").as_list());
    const auto found = results_.find({layer, call});
    return found == results_.end() || result >= found->second.size() ? Tensor() : found->second[result];
  }

  const Tensor& result(const Leaf& leaf) const {
    const auto found = results_.find({leaf.layer, leaf.call});
    if (found != results_.end() && leaf.result < found->second.size()) return found->second[leaf.result];
    throw ValueError("The model '" + recipe_.name_ + "' has an output that no call gives. Received: result " +
                     std::to_string(leaf.result) + " of call " + std::to_string(leaf.call) + " of '" + leaf.layer +
                     "'");
  }

  bool call_available(std::size_t index) {
    const Entry& entry = recipe_.entries_[index];
    std::size_t& next = calls_made_[index];
    const std::size_t before = next;
    while (next < entry.calls.size()) {
      const Config& node = entry.calls[next].as_config();
      bool is_there = true;
      for_each_tensor(entry.calls[next],
                      [&](const Config& config) { is_there = is_there && !tensor(config).is_empty(); });
      if (!is_there) break;
      results_[{entry.name, next}] = results_of(entry, layers_[index], node);
      ++next;
    }
    return next != before;
  }

  std::vector<Tensor> results_of(const Entry& entry, Layer* layer, const Config& node) const {
    const TensorOf tensor_of = [this](const Config& config) { return tensor(config); };
    try {
      if (layer == nullptr) return apply_operation(*entry.operation, node, tensor_of);
      const LayerCall call = read_call(entry.class_name, node, tensor_of);
      return layer->invoke_all(call.inputs, call.options);
    } catch (const Error& error) {
      rethrow_in_layer(error, entry.name, {});
      throw;
    }
  }

  [[noreturn]] void fail() const {
    std::vector<std::string> waiting;
    for (std::size_t i = 0; i < recipe_.entries_.size(); ++i)
      if (calls_made_[i] < recipe_.entries_[i].calls.size()) waiting.push_back(recipe_.entries_[i].name);
    throw ValueError("The graph of the model '" + recipe_.name_ +
                     "' can't be made: these layers wait for tensors that " +
                     "nothing gives, or for one another. Received: " + core::listed(waiting, "'"));
  }

  const FunctionalRecipe& recipe_;
  std::map<std::pair<std::string, std::size_t>, std::vector<Tensor>> results_;
  std::vector<std::size_t> calls_made_;
  std::vector<Layer*> layers_;
};

FunctionalRecipe::Made FunctionalRecipe::make(const std::function<Layer&(const LayerSpec&)>& adopt) const {
  return Maker(*this, adopt).make();
}

}  // namespace keratin::inline v0::layers
