#include "keratin/activations/activation.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/class_name.h"
#include "core/spec_table.h"
#include "core/text.h"
#include "graph/custom_function.h"
#include "keratin/activations/activations.h"
#include "keratin/core/error.h"
#include "ops/axes_config.h"

namespace keratin::inline v0 {
namespace {

std::optional<double> number_or_none(const Config& options, std::string_view name) {
  if (!options.contains(name) || options.at(name).is_none()) return std::nullopt;
  return options.get<double>(name);
}

Axes axes_in(const Config& options) { return options.contains("axis") ? ops::axes_from(options.at("axis")) : Axes(-1); }

struct Entry {
  std::string_view name;
  Tensor (*function)(const Tensor& x, const Config& options);
  std::array<std::string_view, 3> options = {};  ///< their names
  std::string_view layer = {};                   ///< the layer of Keras that has the same options

  bool takes(std::string_view option) const noexcept {
    return !option.empty() && std::find(options.begin(), options.end(), option) != options.end();
  }
};

template <Tensor (*function)(const Tensor& x)>
Tensor plain(const Tensor& x, const Config& /*options*/) {
  return function(x);
}
template <Tensor (*function)(const Tensor& x, double)>
Tensor with_alpha(const Tensor& x, const Config& options) {
  return function(x, options.get_or("alpha", 1.0));
}
template <Tensor (*function)(const Tensor& x, double)>
Tensor with_threshold(const Tensor& x, const Config& options) {
  return function(x, options.get_or("threshold", 0.5));
}
template <Tensor (*function)(const Tensor& x, const Axes&)>
Tensor with_axes(const Tensor& x, const Config& options) {
  return function(x, axes_in(options));
}
template <Tensor (*function)(const Tensor& x, std::int64_t)>
Tensor with_axis(const Tensor& x, const Config& options) {
  return function(x, options.get_or<std::int64_t>("axis", -1));
}

Tensor relu(const Tensor& x, const Config& options) {
  return activations::relu(x, options.get_or("negative_slope", 0.0), number_or_none(options, "max_value"),
                           options.get_or("threshold", 0.0));
}
Tensor leaky_relu(const Tensor& x, const Config& options) {
  return ops::leaky_relu(x, options.get_or("negative_slope", 0.2));
}
Tensor gelu(const Tensor& x, const Config& options) {
  return activations::gelu(x, options.get_or("approximate", false));
}
Tensor squareplus(const Tensor& x, const Config& options) { return ops::squareplus(x, options.get_or("b", 4.0)); }
Tensor threshold(const Tensor& x, const Config& options) {
  return ops::threshold(x, options.get<double>("threshold"), options.get<double>("default_value"));
}

constexpr Entry entries[] = {
    {"linear", plain<activations::linear>},
    {"relu", relu, {"negative_slope", "max_value", "threshold"}, "ReLU"},
    {"relu6", plain<ops::relu6>},
    {"leaky_relu", leaky_relu, {"negative_slope"}, "LeakyReLU"},
    {"elu", with_alpha<ops::elu>, {"alpha"}, "ELU"},
    {"selu", plain<ops::selu>},
    {"celu", with_alpha<ops::celu>, {"alpha"}},
    {"gelu", gelu, {"approximate"}},
    {"sigmoid", plain<ops::sigmoid>},
    {"log_sigmoid", plain<ops::log_sigmoid>},
    {"tanh", plain<ops::tanh>},
    {"hard_tanh", plain<ops::hard_tanh>},
    {"softplus", plain<ops::softplus>},
    {"softsign", plain<ops::softsign>},
    {"silu", plain<ops::silu>},
    {"swish", plain<ops::silu>},
    {"exponential", plain<ops::exp>},
    {"hard_sigmoid", plain<ops::hard_sigmoid>},
    {"hard_silu", plain<ops::hard_silu>},
    {"hard_swish", plain<ops::hard_silu>},
    {"softmax", with_axes<ops::softmax>, {"axis"}, "Softmax"},
    {"log_softmax", with_axes<ops::log_softmax>, {"axis"}},
    {"mish", plain<activations::mish>},
    {"glu", with_axis<ops::glu>, {"axis"}},
    {"squareplus", squareplus, {"b"}},
    {"sparse_plus", plain<ops::sparse_plus>},
    {"sparse_sigmoid", plain<ops::sparse_sigmoid>},
    {"sparsemax", with_axis<ops::sparsemax>, {"axis"}},
    {"soft_shrink", with_threshold<ops::soft_shrink>, {"threshold"}},
    {"hard_shrink", with_threshold<ops::hard_shrink>, {"threshold"}},
    {"tanh_shrink", plain<ops::tanh_shrink>},
    {"threshold", threshold, {"threshold", "default_value"}},
};

const Entry* find(std::string_view name, std::string_view Entry::*what = &Entry::name) {
  const Entry* const found =
      std::find_if(std::begin(entries), std::end(entries), [&](const Entry& entry) { return entry.*what == name; });
  return found == std::end(entries) ? nullptr : found;
}

/// A function of the table with options.
class WithOptions final : public ActivationFunction {
 public:
  WithOptions(const Entry& entry, Config options) : entry_(&entry), options_(std::move(options)) {}
  Tensor operator()(const Tensor& x) const override { return entry_->function(x, options_); }
  std::string class_name() const override { return std::string(entry_->layer.empty() ? entry_->name : entry_->layer); }
  Config config() const override { return options_; }
  std::string_view module() const { return entry_->layer.empty() ? "keras.activations" : "keras.layers"; }

 private:
  const Entry* entry_;
  Config options_;
};

/// The activation that is a layer of Keras: what every layer has is no option of it.
Activation from_layer(const std::string& layer, const Config& config) {
  if (layer == "Activation") return Activation::from_config(config.at("activation"));
  const Entry* const entry = find(layer, &Entry::layer);
  if (entry == nullptr || layer.empty())
    throw ValueError(
        "An activation is a function of keras.activations, one of the layers ReLU, LeakyReLU, ELU, Softmax and "
        "Activation, or one of your own in custom_objects: kt::custom<" +
        layer + ">(\"" + layer + "\"). Received: class_name='" + layer + "'");
  Config options;
  if (layer == "LeakyReLU") options.set("negative_slope", 0.3);  // the function's default is 0.2
  for (const auto& [name, value] : config.entries())
    if (entry->takes(name)) options.set(name, value);
  return WithOptions(*entry, std::move(options));
}

Activation named(const std::string& name) {
  if (auto own = graph::custom_function<Activation, detail::OneTensor>(name)) return std::move(*own);
  try {
    return keratin::name(name);
  } catch (const ValueError& error) {
    core::refuse_function(name, error.what());
  }
}

std::string known_options(const Entry& entry) {
  std::vector<std::string> known;
  for (const std::string_view each : entry.options)
    if (!each.empty()) known.emplace_back(each);
  return core::listed(known);
}

}  // namespace

ActivationFunction::~ActivationFunction() = default;
std::string ActivationFunction::class_name() const { return core::class_name(typeid(*this)); }
Config ActivationFunction::config() const { return {}; }

Activation Activation::with_options(const std::string& name, Config options) {
  const Entry* const entry = find(name);
  if (entry == nullptr) return keratin::name(name);  // which says what there is
  const auto unknown = std::find_if(options.entries().begin(), options.entries().end(),
                                    [&](const auto& option) { return !entry->takes(option.first); });
  if (unknown != options.entries().end())
    throw ValueError("The activation '" + name + "' has no such option. Known: " + known_options(*entry) +
                     ". Received: '" + unknown->first + "'");
  if (options.entries().empty() && name != "threshold") return keratin::name(name);
  return WithOptions(*entry, std::move(options));
}

Tensor Activation::operator()(const Tensor& x) const {
  if (is_empty()) return x;
  if (const ActivationFunction* const function = object()) return (*function)(x);
  if (const Entry* const entry = find(name())) return entry->function(x, {});
  throw InternalError(std::string("There is no activation behind the name '") + name() + "'");
}

ConfigValue Activation::config() const {
  if (is_empty()) return "linear";
  if (object() == nullptr) return name();
  if (const auto* const function = dynamic_cast<const detail::FunctionObject*>(object()))
    return core::function_config(function->function_name);
  const auto* const known = dynamic_cast<const WithOptions*>(object());
  return core::object_config(known == nullptr ? "" : known->module(), object()->class_name(), object()->config());
}

Activation Activation::from_config(const ConfigValue& config) {
  if (config.is_none()) return {};
  if (config.is_text()) return named(config.as_text());
  const Config& description = config.as_config();
  const auto class_name = description.get<std::string>("class_name");
  if (class_name == "function") return named(description.get<std::string>("config"));
  if (auto own = core::custom_from<Activation>(description)) return std::move(*own);
  if (find(class_name) != nullptr) return with_options(class_name, core::options_in(description));
  return from_layer(class_name, core::options_in(description));
}

}  // namespace keratin::inline v0
