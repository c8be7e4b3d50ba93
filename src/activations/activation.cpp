#include "keratin/activations/activation.h"

#include <string>

#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"

namespace keratin::inline v0 {
namespace {

struct Entry {
  std::string_view name;
  Tensor (*function)(const Tensor& x);
};

// With Keras's defaults.
constexpr Entry entries[] = {
    {"linear", [](const Tensor& x) { return x; }},
    {"relu", [](const Tensor& x) { return ops::relu(x); }},
    {"relu6", [](const Tensor& x) { return ops::relu6(x); }},
    {"leaky_relu", [](const Tensor& x) { return ops::leaky_relu(x); }},
    {"elu", [](const Tensor& x) { return ops::elu(x); }},
    {"selu", [](const Tensor& x) { return ops::selu(x); }},
    {"celu", [](const Tensor& x) { return ops::celu(x); }},
    {"gelu", [](const Tensor& x) { return ops::gelu(x, false); }},  // exact, where keras.ops.gelu approximates
    {"sigmoid", [](const Tensor& x) { return ops::sigmoid(x); }},
    {"log_sigmoid", [](const Tensor& x) { return ops::log_sigmoid(x); }},
    {"tanh", [](const Tensor& x) { return ops::tanh(x); }},
    {"hard_tanh", [](const Tensor& x) { return ops::hard_tanh(x); }},
    {"softplus", [](const Tensor& x) { return ops::softplus(x); }},
    {"softsign", [](const Tensor& x) { return ops::softsign(x); }},
    {"silu", [](const Tensor& x) { return ops::silu(x); }},
    {"swish", [](const Tensor& x) { return ops::silu(x); }},
    {"exponential", [](const Tensor& x) { return ops::exp(x); }},
    {"hard_sigmoid", [](const Tensor& x) { return ops::hard_sigmoid(x); }},
    {"hard_silu", [](const Tensor& x) { return ops::hard_silu(x); }},
    {"hard_swish", [](const Tensor& x) { return ops::hard_silu(x); }},
    {"softmax", [](const Tensor& x) { return ops::softmax(x); }},
    {"log_softmax", [](const Tensor& x) { return ops::log_softmax(x); }},
};

}  // namespace

ActivationFunction::~ActivationFunction() = default;

Tensor Activation::operator()(const Tensor& x) const {
  if (is_empty()) return x;
  if (const ActivationFunction* const function = object()) return (*function)(x);
  for (const Entry& entry : entries)
    if (entry.name == name()) return entry.function(x);
  throw InternalError(std::string("There is no activation behind the name '") + name() + "'");
}

ConfigValue Activation::config() const {
  if (is_empty()) return "linear";
  if (object() == nullptr) return name();
  throw ValueError(
      "An activation that is a function of your own has no description. Make a layer of it, with a config() of its "
      "own, or take one of the library's by name");
}

Activation Activation::from_config(const ConfigValue& config) {
  if (config.is_none()) return {};
  return keratin::name(config.as_text());
}

}  // namespace keratin::inline v0
