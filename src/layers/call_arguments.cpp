#include "layers/call_arguments.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "core/array_config.h"
#include "graph/builder.h"
#include "keratin/core/error.h"
#include "keratin/session/session.h"

namespace keratin::inline v0::layers {
namespace {

using Names = std::vector<std::string_view>;

/// The names of a class's positional call arguments, as far as they differ from one input.
Names positional_names(std::string_view class_name) {
  if (class_name == "MultiHeadAttention" || class_name == "GroupedQueryAttention" ||
      class_name == "GroupQueryAttention")
    return {
        "query", "value", "key", "query_mask", "value_mask", "key_mask", "attention_mask", "return_attention_scores"};
  static constexpr std::array<std::string_view, 8> recurrent{"SimpleRNN",  "LSTM",       "GRU",        "RNN",
                                                             "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "Bidirectional"};
  if (std::find(recurrent.begin(), recurrent.end(), class_name) != recurrent.end())
    return {"sequences", "initial_state", "mask", "training"};
  if (class_name == "Softmax" || class_name == "BatchNormalization") return {"inputs", "mask"};
  if (class_name == "Attention" || class_name == "AdditiveAttention") return {"inputs", "mask", "training"};
  if (class_name == "CategoryEncoding") return {"inputs", "count_weights"};
  if (class_name == "ReversibleEmbedding") return {"inputs", "reverse"};
  return {"inputs", "training", "mask"};
}

/// A number, a list of them, or an array that is written out.
Tensor constant_of(const ConfigValue& value) {
  if (is_special(value, "__tensor__") || is_special(value, "__numpy__")) return constant(core::array_of(value));
  if (value.is_bool()) return value.as_bool();
  if (value.is_integer()) return value.as_integer();
  return value.as_floating();
}

bool holds_tensor(const ConfigValue& value) {
  if (is_special(value, "__keras_tensor__") || is_special(value, "__tensor__") || is_special(value, "__numpy__"))
    return true;
  if (value.is_list()) return std::any_of(value.as_list().begin(), value.as_list().end(), holds_tensor);
  return value.is_config() && std::any_of(value.as_config().entries().begin(), value.as_config().entries().end(),
                                          [](const auto& entry) { return holds_tensor(entry.second); });
}

constexpr std::array<std::string_view, 5> input_names{"inputs", "sequences", "query", "value", "key"};

bool is_input(std::string_view name) {
  return std::find(input_names.begin(), input_names.end(), name) != input_names.end();
}

class Reader {
 public:
  Reader(const TensorOf& tensor_of, LayerCall& call) : tensor_of_(tensor_of), call_(call) {}

  void read(std::string_view name, const ConfigValue& value) {
    CallOptions& options = call_.options;
    if (value.is_none()) return;
    if (is_input(name)) {
      flatten_tensors(value, tensor_of_, call_.inputs);
    } else if (name == "mask") {
      read_masks(value);
    } else if (name == "query_mask") {
      read_mask(0, value);
    } else if (name == "value_mask") {
      read_mask(1, value);
    } else if (name == "key_mask") {
      read_mask(2, value);
    } else if (name == "initial_state") {
      flatten_tensors(value, tensor_of_, options.initial_state);
    } else if (name == "attention_mask") {
      read_one(value, options.attention_mask);
    } else if (name == "count_weights") {
      read_one(value, options.count_weights);
    } else if (name == "training") {
      options.training = value.as_bool();
    } else if (name == "use_causal_mask") {
      options.use_causal_mask = value.as_bool();
    } else if (name == "return_attention_scores") {
      options.return_attention_scores = value.as_bool();
    } else if (name == "reverse") {
      options.reverse = value.as_bool();
    } else {
      throw ValueError("The call argument `" + std::string(name) + "` isn't supported. Received: " + to_string(value));
    }
  }

 private:
  void read_one(const ConfigValue& value, Tensor& tensor) {
    std::vector<Tensor> tensors;
    flatten_tensors(value, tensor_of_, tensors);
    if (!tensors.empty()) tensor = tensors.front();
  }

  void read_mask(std::size_t input, const ConfigValue& value) {
    if (value.is_none()) return;
    auto& masks = call_.options.masks;
    if (masks.size() <= input) masks.resize(input + 1);
    read_one(value, masks[input]);
  }

  void read_masks(const ConfigValue& value) {
    if (!value.is_list()) return read_mask(0, value);
    for (std::size_t i = 0; i < value.as_list().size(); ++i) read_mask(i, value.as_list()[i]);
  }

  const TensorOf& tensor_of_;
  LayerCall& call_;
};

/// A node's keywords in the making.
class Keywords {
 public:
  explicit Keywords(const ConfigOf& config_of) : config_of_(config_of) {}

  void put(const char* name, const Tensor& tensor) {
    if (!tensor.is_empty()) config_.set(name, config_of_(tensor));
  }
  void put(const char* name, bool flag) {
    if (flag) config_.set(name, true);
  }
  /// One for each input, None where there is none; of the only input by itself.
  void put_masks(const LayerCall& call) {
    const std::vector<Tensor>& masks = call.options.masks;
    if (masks.empty()) return;
    if (call.inputs.size() == 1) return put("mask", masks.front());
    ConfigValue::List list;
    for (const Tensor& mask : masks) list.push_back(mask.is_empty() ? ConfigValue() : config_of_(mask));
    config_.set("mask", std::move(list));
  }
  void put_masks(const LayerCall& call, std::span<const char* const> names) {
    for (std::size_t i = 0; i < std::min(names.size(), call.options.masks.size()); ++i)
      put(names[i], call.options.masks[i]);
  }
  void put_rest(const CallOptions& options) {
    put("attention_mask", options.attention_mask);
    put("count_weights", options.count_weights);
    put("use_causal_mask", options.use_causal_mask);
    put("return_attention_scores", options.return_attention_scores);
    put("reverse", options.reverse);
    if (options.initial_state.empty()) return;
    ConfigValue::List states;
    for (const Tensor& state : options.initial_state) states.push_back(config_of_(state));
    config_.set("initial_state", std::move(states));
  }
  void put_training(std::optional<bool> training) {
    if (training) config_.set("training", *training);
  }
  Config take() { return std::move(config_); }

 private:
  const ConfigOf& config_of_;
  Config config_;
};

ConfigValue::List arguments_of(std::span<const Tensor> inputs, bool are_separate, std::span<const std::string> keys,
                               const ConfigOf& config_of) {
  ConfigValue::List all;
  for (const Tensor& input : inputs) all.push_back(config_of(input));
  if (!keys.empty()) {
    Config dictionary;
    for (std::size_t i = 0; i < all.size(); ++i) dictionary.set(keys[i], all[i]);
    return {std::move(dictionary)};
  }
  if (all.size() == 1 || are_separate) return all;
  ConfigValue::List nested;
  nested.emplace_back(std::move(all));
  return nested;
}

}  // namespace

bool is_special(const ConfigValue& value, std::string_view class_name) {
  return value.is_config() && value.as_config().contains("class_name") &&
         value.as_config().at("class_name").is_text() && value.as_config().at("class_name").as_text() == class_name;
}

void flatten_tensors(const ConfigValue& value, const TensorOf& tensor_of, std::vector<Tensor>& tensors) {
  if (value.is_none()) return;
  if (is_special(value, "__keras_tensor__")) {
    tensors.push_back(tensor_of(value.as_config().at("config").as_config()));
    return;
  }
  if (value.is_config() && !is_special(value, "__tensor__") && !is_special(value, "__numpy__")) {
    std::vector<std::pair<std::string, ConfigValue>> entries = value.as_config().entries();
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [name, each] : entries) flatten_tensors(each, tensor_of, tensors);
    return;
  }
  if (value.is_list() && holds_tensor(value)) {
    for (const ConfigValue& each : value.as_list()) flatten_tensors(each, tensor_of, tensors);
    return;
  }
  tensors.push_back(value.is_list() ? constant(core::array_of(value)) : constant_of(value));
}

LayerCall read_call(const std::string& class_name, const Config& node, const TensorOf& tensor_of) {
  LayerCall call;
  Reader reader(tensor_of, call);
  const ConfigValue::List& args = node.at("args").as_list();
  const Names names = positional_names(class_name);
  if (args.size() > names.size())
    throw ValueError("The call takes at most " + std::to_string(names.size()) +
                     " positional arguments. Received: " + std::to_string(args.size()));
  for (std::size_t i = 0; i < args.size(); ++i) reader.read(names[i], args[i]);
  const Config& kwargs = node.at("kwargs").as_config();
  // In the order of the inputs, however the file has them.
  for (const std::string_view name : input_names)
    if (kwargs.contains(name)) reader.read(name, kwargs.at(name));
  for (const auto& [name, value] : kwargs.entries())
    if (!is_input(name)) reader.read(name, value);
  return call;
}

Config call_config(const std::string& class_name, const LayerCall& call, std::span<const std::string> keys,
                   const ConfigOf& config_of) {
  static constexpr std::array<const char*, 3> mask_names{"query_mask", "value_mask", "key_mask"};
  const bool is_query = positional_names(class_name).front() == "query";
  Keywords keywords(config_of);
  if (is_query) {
    keywords.put_masks(call, mask_names);
  } else {
    keywords.put_masks(call);
  }
  keywords.put_rest(call.options);
  keywords.put_training(call.options.training);
  return {{"args", arguments_of(call.inputs, is_query, keys, config_of)}, {"kwargs", keywords.take()}};
}

}  // namespace keratin::inline v0::layers
