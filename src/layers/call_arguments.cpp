#include "layers/call_arguments.h"

#include <algorithm>
#include <array>
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

class Reader {
 public:
  Reader(const TensorOf& tensor_of, FileCall& call) : tensor_of_(tensor_of), call_(call) {}

  bool read(std::string_view name, const ConfigValue& value) {
    static constexpr std::array<std::string_view, 3> queries{"query", "value", "key"};
    if (value.is_none()) return true;
    if (name == "inputs" || name == "sequences" || std::find(queries.begin(), queries.end(), name) != queries.end())
      return flatten_tensors(value, tensor_of_, call_.inputs);
    if (name == "mask") return read_masks(value);
    if (name == "query_mask") return read_mask(0, value);
    if (name == "value_mask") return read_mask(1, value);
    if (name == "key_mask") return read_mask(2, value);
    if (name == "initial_state") return flatten_tensors(value, tensor_of_, call_.options.initial_state);
    if (name == "attention_mask") return read_one(value, call_.options.attention_mask);
    if (name == "count_weights") return read_one(value, call_.options.count_weights);
    if (name == "training")
      call_.options.training = value.as_bool();
    else if (name == "use_causal_mask")
      call_.options.use_causal_mask = value.as_bool();
    else if (name == "return_attention_scores")
      call_.options.return_attention_scores = value.as_bool();
    else if (name == "reverse")
      call_.options.reverse = value.as_bool();
    else
      throw ValueError("The call argument `" + std::string(name) + "` isn't supported. Received: " + to_string(value));
    return true;
  }

 private:
  bool read_one(const ConfigValue& value, Tensor& tensor) {
    std::vector<Tensor> tensors;
    if (!flatten_tensors(value, tensor_of_, tensors)) return false;
    if (!tensors.empty()) tensor = tensors.front();
    return true;
  }

  bool read_mask(std::size_t input, const ConfigValue& value) {
    if (value.is_none()) return true;
    auto& masks = call_.options.masks;
    if (masks.size() <= input) masks.resize(input + 1);
    return read_one(value, masks[input]);
  }

  bool read_masks(const ConfigValue& value) {
    if (!value.is_list()) return read_mask(0, value);
    for (std::size_t i = 0; i < value.as_list().size(); ++i)
      if (!read_mask(i, value.as_list()[i])) return false;
    return true;
  }

  const TensorOf& tensor_of_;
  FileCall& call_;
};

}  // namespace

bool is_special(const ConfigValue& value, std::string_view class_name) {
  return value.is_config() && value.as_config().contains("class_name") &&
         value.as_config().at("class_name").is_text() && value.as_config().at("class_name").as_text() == class_name;
}

bool flatten_tensors(const ConfigValue& value, const TensorOf& tensor_of, std::vector<Tensor>& tensors) {
  if (value.is_none()) return true;
  if (is_special(value, "__keras_tensor__")) {
    tensors.push_back(tensor_of(value.as_config().at("config").as_config()));
    return !tensors.back().is_empty();
  }
  if (value.is_config() && !is_special(value, "__tensor__") && !is_special(value, "__numpy__")) {
    std::vector<std::pair<std::string, ConfigValue>> entries = value.as_config().entries();
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    return std::all_of(entries.begin(), entries.end(),
                       [&](const auto& entry) { return flatten_tensors(entry.second, tensor_of, tensors); });
  }
  if (value.is_list() && holds_tensor(value))
    return std::all_of(value.as_list().begin(), value.as_list().end(),
                       [&](const ConfigValue& each) { return flatten_tensors(each, tensor_of, tensors); });
  tensors.push_back(value.is_list() ? constant(core::array_of(value)) : constant_of(value));
  return true;
}

bool read_call(const std::string& class_name, const Config& node, const TensorOf& tensor_of, FileCall& call) {
  Reader reader(tensor_of, call);
  const ConfigValue::List& args = node.at("args").as_list();
  const Names names = positional_names(class_name);
  if (args.size() > names.size())
    throw ValueError("The call takes at most " + std::to_string(names.size()) +
                     " positional arguments. Received: " + std::to_string(args.size()));
  for (std::size_t i = 0; i < args.size(); ++i)
    if (!reader.read(names[i], args[i])) return false;
  const Config& kwargs = node.at("kwargs").as_config();
  // In the order of the inputs, however the file has them.
  for (const std::string_view name : {"inputs", "sequences", "query", "value", "key"})
    if (kwargs.contains(name) && !reader.read(name, kwargs.at(name))) return false;
  for (const auto& [name, value] : kwargs.entries()) {
    const bool is_input =
        name == "inputs" || name == "sequences" || name == "query" || name == "value" || name == "key";
    if (!is_input && !reader.read(name, value)) return false;
  }
  return true;
}

}  // namespace keratin::inline v0::layers
