#include "layers/registry.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "core/class_name.h"
#include "core/custom_scope.h"
#include "core/options.h"
#include "core/spec_table.h"
#include "core/text.h"
#include "keratin/core/error.h"
#include "keratin/layers/activation.h"
#include "keratin/layers/attention.h"
#include "keratin/layers/conv_lstm.h"
#include "keratin/layers/core.h"
#include "keratin/layers/embedding.h"
#include "keratin/layers/merging.h"
#include "keratin/layers/normalization.h"
#include "keratin/layers/preprocessing.h"
#include "keratin/layers/recurrent.h"
#include "keratin/layers/regularization.h"
#include "keratin/layers/reshaping.h"
#include "keratin/layers/wrappers.h"
#include "layers/checks.h"
#include "layers/errors.h"
#include "layers/network.h"
#include "layers/shared_layers.h"
#include "layers/spatial_classes.h"

namespace keratin::inline v0 {
namespace layers {
namespace {

constexpr std::array core_classes{layer_class<Input>("InputLayer"),      layer_class<Dense>("Dense"),
                                  layer_class<Activation>("Activation"), layer_class<Identity>("Identity"),
                                  layer_class<Masking>("Masking"),       layer_class<Network>("Sequential"),
                                  layer_class<Network>("Functional"),    layer_class<Network>("Model")};

constexpr std::array merging_classes{layer_class<Add>("Add"),
                                     layer_class<Subtract>("Subtract"),
                                     layer_class<Multiply>("Multiply"),
                                     layer_class<Average>("Average"),
                                     layer_class<Maximum>("Maximum"),
                                     layer_class<Minimum>("Minimum"),
                                     layer_class<Concatenate>("Concatenate"),
                                     layer_class<Dot>("Dot")};

constexpr std::array activation_classes{layer_class<ReLU>("ReLU"), layer_class<LeakyReLU>("LeakyReLU"),
                                        layer_class<ELU>("ELU"), layer_class<PReLU>("PReLU"),
                                        layer_class<Softmax>("Softmax")};

constexpr std::array attention_classes{
    layer_class<Attention>("Attention"), layer_class<AdditiveAttention>("AdditiveAttention"),
    layer_class<MultiHeadAttention>("MultiHeadAttention"), layer_class<GroupQueryAttention>("GroupQueryAttention")};

constexpr std::array embedding_classes{layer_class<Embedding>("Embedding"),
                                       layer_class<ReversibleEmbedding>("ReversibleEmbedding"),
                                       layer_class<EinsumDense>("EinsumDense")};

constexpr std::array recurrent_classes{layer_class<SimpleRNNCell>("SimpleRNNCell"),
                                       layer_class<LSTMCell>("LSTMCell"),
                                       layer_class<GRUCell>("GRUCell"),
                                       layer_class<StackedRNNCells>("StackedRNNCells"),
                                       layer_class<RNN>("RNN"),
                                       layer_class<SimpleRNN>("SimpleRNN"),
                                       layer_class<LSTM>("LSTM"),
                                       layer_class<GRU>("GRU"),
                                       layer_class<ConvLSTM1D>("ConvLSTM1D"),
                                       layer_class<ConvLSTM2D>("ConvLSTM2D"),
                                       layer_class<ConvLSTM3D>("ConvLSTM3D"),
                                       layer_class<Bidirectional>("Bidirectional"),
                                       layer_class<TimeDistributed>("TimeDistributed")};

constexpr std::array normalization_classes{
    layer_class<BatchNormalization>("BatchNormalization"), layer_class<LayerNormalization>("LayerNormalization"),
    layer_class<GroupNormalization>("GroupNormalization"), layer_class<RMSNormalization>("RMSNormalization"),
    layer_class<UnitNormalization>("UnitNormalization"),   layer_class<SpectralNormalization>("SpectralNormalization")};

constexpr std::array regularization_classes{layer_class<Dropout>("Dropout"),
                                            layer_class<SpatialDropout1D>("SpatialDropout1D"),
                                            layer_class<SpatialDropout2D>("SpatialDropout2D"),
                                            layer_class<SpatialDropout3D>("SpatialDropout3D"),
                                            layer_class<GaussianDropout>("GaussianDropout"),
                                            layer_class<GaussianNoise>("GaussianNoise"),
                                            layer_class<AlphaDropout>("AlphaDropout"),
                                            layer_class<ActivityRegularization>("ActivityRegularization")};

constexpr std::array reshaping_classes{layer_class<Flatten>("Flatten"), layer_class<Reshape>("Reshape"),
                                       layer_class<Permute>("Permute"), layer_class<RepeatVector>("RepeatVector")};

constexpr std::array preprocessing_classes{layer_class<Rescaling>("Rescaling"),
                                           layer_class<Normalization>("Normalization")};

constexpr auto families = std::to_array<std::span<const LayerClass>>({
    activation_classes,
    attention_classes,
    convolutional_classes,
    core_classes,
    embedding_classes,
    merging_classes,
    normalization_classes,
    pooling_classes,
    preprocessing_classes,
    recurrent_classes,
    regularization_classes,
    reshaping_classes,
    spatial_classes,
});

/// Options that say how Keras computes, not what.
constexpr std::array<std::string_view, 4> inert{"use_cudnn", "flash_attention", "sparse", "ragged"};

/// What the layer has no option for can be left out only where it asks for nothing.
void check_options(const Layer& layer, const Config& given) {
  const Config known = layer.get_config();
  for (const auto& [option, value] : given.entries()) {
    const bool is_inert = std::find(inert.begin(), inert.end(), option) != inert.end();
    if (!known.contains(option) && !is_inert && !core::asks_for_nothing(value))
      core::refuse_option(title(layer), option, value);
  }
}

std::string known_names() {
  std::vector<std::string> names;
  for (const auto family : families)
    for (const LayerClass& each : family) names.emplace_back(each.name);
  for (const CustomObject& object : core::CustomScope::objects())
    if (object.makes<LayerSpec>()) names.push_back(object.name());
  return core::listed(names, "");
}

[[noreturn]] void refuse(const std::string& class_name, const std::string& name) {
  if (class_name == "Lambda")
    throw ValueError("Lambda '" + name + "' holds a Python function, which can't run here and would be unsafe to. " +
                     "Write it as a layer, and give its class in custom_objects");
  throw ValueError("The layer '" + name + "' is of a class that isn't known. Give the user's own classes in " +
                   "custom_objects. Known: " + known_names() + ". Received: " + class_name);
}

/// Empty for a class of the user's.
std::string_view module_of(std::string_view class_name) {
  if (class_name == "Functional") return "keras.src.models.functional";
  if (class_name == "Sequential") return "keras";
  for (const auto family : families)
    for (const LayerClass& each : family)
      if (each.name == class_name) return "keras.layers";
  return {};
}

Config described(const Layer& layer) {
  try {
    return layer.get_config();
  } catch (const Error& error) {
    rethrow_in_layer(error, layer.path(), layer.where());
    throw;
  }
}

/// The arguments of Keras's build(), for layers that make something there.
Config build_config(const Layer& layer) {
  if (layer.class_name() == "Functional") return {{"input_shape", ConfigValue()}};
  const std::vector<Shape>& shapes = layer.build_shapes();
  if (shapes.empty() || (layer.own_weights().empty() && layer.sublayers().empty())) return {};
  const bool is_query = dynamic_cast<const MultiHeadAttention*>(&layer) != nullptr ||
                        dynamic_cast<const GroupQueryAttention*>(&layer) != nullptr;
  if (is_query) {
    Config by_name;
    constexpr std::array names{"query_shape", "value_shape", "key_shape"};
    for (std::size_t i = 0; i < std::min(names.size(), shapes.size()); ++i) by_name.set(names[i], config_of(shapes[i]));
    return {{"shapes_dict", std::move(by_name)}};
  }
  if (shapes.size() == 1) return {{"input_shape", config_of(shapes.front())}};
  ConfigValue::List list;
  for (const Shape& shape : shapes) list.push_back(config_of(shape));
  return {{"input_shape", std::move(list)}};
}

}  // namespace

std::span<const std::span<const LayerClass>> layer_families() { return families; }

LayerSpec layer_from(const Config& object) {
  const auto class_name = object.get<std::string>("class_name");
  const Config& config = object.at("config").as_config();
  const bool has_name = config.contains("name") && config.at("name").is_text();
  const std::string name = has_name ? config.get<std::string>("name") : "";
  if (auto own = core::custom_from<LayerSpec>(object)) return std::move(*own);
  for (const auto family : families)
    for (const LayerClass& each : family) {
      if (each.name != class_name) continue;
      LayerSpec spec = each.make(config);
      if (dynamic_cast<const Network*>(&spec.layer()) == nullptr) check_options(spec.layer(), config);
      return spec;
    }
  refuse(class_name, name);
}

Config object_of(const Layer& layer) {
  const std::string class_name = layer.class_name();
  Config object = core::object_config(module_of(class_name), class_name, described(layer));
  if (class_name == "Functional") object.set("registered_name", class_name);
  if (Config build = build_config(layer); !build.entries().empty()) object.set("build_config", std::move(build));
  // How the outermost model was compiled is written with that; the others' compiling counts for nothing.
  if (dynamic_cast<const Network*>(&layer) != nullptr) object.set("compile_config", Config());
  if (const auto id = SharedLayerIds::find(layer)) object.set("shared_object_id", *id);
  return object;
}

Config nested_object(const LayerSpec& layer, const Layer& owner, std::size_t index) {
  const bool is_there = owner.is_live() && owner.is_built();
  Config object = object_of(is_there ? *owner.sublayers().at(index) : layer.layer());
  const std::string& name = layer.layer().name();
  Config config = object.at("config").as_config();
  config.set("name", name.empty() ? core::snake_case(layer.layer().class_name()) : name);
  object.set("config", std::move(config));
  return object;
}

}  // namespace layers

ConfigValue LayerSpec::config() const { return layers::object_of(layer()); }

LayerSpec LayerSpec::from_config(const ConfigValue& config) { return layers::layer_from(config.as_config()); }

}  // namespace keratin::inline v0
