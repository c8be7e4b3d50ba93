// The operations of keras.ops.nn by class name.
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "keratin/core/error.h"
#include "keratin/ops/conv.h"
#include "keratin/ops/creation.h"
#include "keratin/ops/nn.h"
#include "layers/operation_tables.h"
#include "ops/epsilon.h"

namespace keratin::inline v0::layers {
namespace {

using Call = OperationCall;
using Result = std::vector<Tensor>;

Tensor inputs(const Call& call) { return call.tensor(0, "inputs"); }

Sizes sizes(const Call& call, std::string_view name, const Sizes& fallback = {}) {
  const std::vector<std::int64_t> values = call.integers(name);
  return values.empty() ? fallback : Sizes(std::span<const std::int64_t>(values));
}

Padding padding(const Call& call) {
  const ConfigValue& value = call.option("padding");
  return value.is_none() ? Padding(Padding::valid) : Padding(RuntimeName{value.as_text()});
}

DataFormat data_format(const Call& call) {
  const ConfigValue& value = call.option("data_format");
  return value.is_none() ? DataFormat(DataFormat::channels_last) : DataFormat(RuntimeName{value.as_text()});
}

ops::Pair pair(const Call& call, std::string_view name, std::int64_t fallback) {
  const std::vector<std::int64_t> values = call.integers(name);
  if (values.empty()) return fallback;
  return {values.front(), values.back()};
}

Result batch_norm(const Call& c) {
  return {ops::batch_normalization(c.x(), c.tensor(1, "mean"), c.tensor(2, "variance"), c.integer("axis", -1),
                                   c.tensor(3, "offset"), c.tensor(4, "scale"), c.number("epsilon", 1e-3))};
}

Result layer_norm(const Call& c) {
  if (c.flag("rms_scaling")) throw ValueError("LayerNorm: the option `rms_scaling` isn't supported. Received: True");
  return {ops::layer_normalization(c.x(), c.tensor(1, "gamma"), c.tensor(2, "beta"), c.axes("axis"),
                                   c.number("epsilon", ops::epsilon))};
}

Result attention(const Call& c) {
  const auto optional = [&](std::string_view name, std::size_t position) {
    const ConfigValue& value = c.option(name, position);
    return value.is_none() ? std::nullopt : std::optional<double>(value.as_floating());
  };
  return {ops::dot_product_attention(c.tensor(0, "query"), c.tensor(1, "key"), c.tensor(2, "value"),
                                     c.tensor(3, "bias"), c.tensor(4, "mask"), optional("scale", 5),
                                     c.flag("is_causal", false, 6), optional("attn_logits_soft_cap", 8))};
}

constexpr auto activations = std::to_array<Named<General>>({
    {"Relu", [](const Call& c) -> Result { return {ops::relu(c.x())}; }},
    {"Relu6", [](const Call& c) -> Result { return {ops::relu6(c.x())}; }},
    {"Selu", [](const Call& c) -> Result { return {ops::selu(c.x())}; }},
    {"Silu", [](const Call& c) -> Result { return {ops::silu(c.x())}; }},
    {"Sigmoid", [](const Call& c) -> Result { return {ops::sigmoid(c.x())}; }},
    {"SparseSigmoid", [](const Call& c) -> Result { return {ops::sparse_sigmoid(c.x())}; }},
    {"LogSigmoid", [](const Call& c) -> Result { return {ops::log_sigmoid(c.x())}; }},
    {"HardSigmoid", [](const Call& c) -> Result { return {ops::hard_sigmoid(c.x())}; }},
    {"HardSilu", [](const Call& c) -> Result { return {ops::hard_silu(c.x())}; }},
    {"HardTanh", [](const Call& c) -> Result { return {ops::hard_tanh(c.x())}; }},
    {"Softplus", [](const Call& c) -> Result { return {ops::softplus(c.x())}; }},
    {"Softsign", [](const Call& c) -> Result { return {ops::softsign(c.x())}; }},
    {"SparsePlus", [](const Call& c) -> Result { return {ops::sparse_plus(c.x())}; }},
    {"TanhShrink", [](const Call& c) -> Result { return {ops::tanh_shrink(c.x())}; }},
    {"Squareplus", [](const Call& c) -> Result { return {ops::squareplus(c.x(), c.number("b", 4.0))}; }},
    {"SoftShrink", [](const Call& c) -> Result { return {ops::soft_shrink(c.x(), c.number("threshold", 0.5))}; }},
    {"HardShrink", [](const Call& c) -> Result { return {ops::hard_shrink(c.x(), c.number("threshold", 0.5))}; }},
    {"Threshold",
     [](const Call& c)
         -> Result { return {ops::threshold(c.x(), c.number("threshold", 0.0), c.number("default_value", 0.0))}; }},
    {"LeakyRelu", [](const Call& c) -> Result { return {ops::leaky_relu(c.x(), c.number("negative_slope", 0.2))}; }},
    {"Elu", [](const Call& c) -> Result { return {ops::elu(c.x(), c.number("alpha", 1.0))}; }},
    {"Celu", [](const Call& c) -> Result { return {ops::celu(c.x(), c.number("alpha", 1.0))}; }},
    {"Gelu", [](const Call& c) -> Result { return {ops::gelu(c.x(), c.flag("approximate", true))}; }},
    {"Glu", [](const Call& c) -> Result { return {ops::glu(c.x(), c.integer("axis", -1))}; }},
    {"Softmax", [](const Call& c) -> Result { return {ops::softmax(c.x(), c.axes("axis"))}; }},
    {"LogSoftmax", [](const Call& c) -> Result { return {ops::log_softmax(c.x(), c.axes("axis"))}; }},
    {"Sparsemax", [](const Call& c) -> Result { return {ops::sparsemax(c.x(), c.integer("axis", -1))}; }},
});

constexpr auto convolutions = std::to_array<Named<General>>({
    {"Conv",
     [](const Call& c) -> Result {
       return {ops::conv(inputs(c), c.tensor(1, "kernel"), sizes(c, "strides", 1), padding(c), data_format(c),
                         sizes(c, "dilation_rate", 1))};
     }},
    {"DepthwiseConv",
     [](const Call& c) -> Result {
       return {ops::depthwise_conv(inputs(c), c.tensor(1, "kernel"), sizes(c, "strides", 1), padding(c), data_format(c),
                                   sizes(c, "dilation_rate", 1))};
     }},
    {"SeparableConv",
     [](const Call& c) -> Result {
       return {ops::separable_conv(inputs(c), c.tensor(1, "depthwise_kernel"), c.tensor(2, "pointwise_kernel"),
                                   sizes(c, "strides", 1), padding(c), data_format(c), sizes(c, "dilation_rate", 1))};
     }},
    {"ConvTranspose",
     [](const Call& c) -> Result {
       return {ops::conv_transpose(inputs(c), c.tensor(1, "kernel"), sizes(c, "strides", 1), padding(c),
                                   sizes(c, "output_padding"), data_format(c), sizes(c, "dilation_rate", 1))};
     }},
    {"MaxPool",
     [](const Call& c) -> Result {
       return {ops::max_pool(inputs(c), sizes(c, "pool_size"), sizes(c, "strides"), padding(c), data_format(c))};
     }},
    {"AveragePool",
     [](const Call& c) -> Result {
       return {ops::average_pool(inputs(c), sizes(c, "pool_size"), sizes(c, "strides"), padding(c), data_format(c))};
     }},
    {"AdaptiveMaxPool",
     [](const Call& c) -> Result {
       return {ops::adaptive_max_pool(inputs(c), sizes(c, "output_size"), data_format(c))};
     }},
    {"AdaptiveAveragePool",
     [](const Call& c) -> Result {
       return {ops::adaptive_average_pool(inputs(c), sizes(c, "output_size"), data_format(c))};
     }},
});

constexpr auto others = std::to_array<Named<General>>({
    {"OneHot",
     [](const Call& c) -> Result {
       return {ops::one_hot(c.x(), c.integer("num_classes", 0), c.integer("axis", -1), c.dtype(float32))};
     }},
    {"MultiHot",
     [](const Call& c) -> Result {
       return {ops::multi_hot(inputs(c), c.integer("num_classes", 0), c.integer("axis", -1), c.dtype(float32))};
     }},
    {"Moments",
     [](const Call& c) -> Result {
       const auto [mean, variance] = ops::moments(c.x(), c.axes("axes"), c.flag("keepdims"));
       return {mean, variance};
     }},
    {"BatchNorm", batch_norm},
    {"LayerNorm", layer_norm},
    {"RMSNorm",
     [](const Call& c) -> Result {
       return {ops::rms_normalization(c.x(), c.tensor(1, "scale"), c.axes("axis"), c.number("epsilon", ops::epsilon))};
     }},
    {"Normalize",
     [](const Call& c) -> Result {
       return {ops::normalize(c.x(), c.axes("axis"), static_cast<int>(c.integer("order", 2)),
                              c.number("epsilon", ops::epsilon))};
     }},
    {"DotProductAttention", attention},
    {"PSNR",
     [](const Call& c) -> Result {
       return {ops::psnr(c.tensor(0, "x1"), c.tensor(1, "x2"), c.number("max_val", 1.0))};
     }},
    {"DepthToSpace",
     [](const Call& c) -> Result { return {ops::depth_to_space(c.x(), c.integer("block_size", 1), data_format(c))}; }},
    {"SpaceToDepth",
     [](const Call& c) -> Result { return {ops::space_to_depth(c.x(), c.integer("block_size", 1), data_format(c))}; }},
    {"Unfold",
     [](const Call& c) -> Result {
       return {ops::unfold(c.x(), pair(c, "kernel_size", 1), pair(c, "dilation", 1), pair(c, "padding", 0),
                           pair(c, "stride", 1))};
     }},
    {"Fold",
     [](const Call& c) -> Result {
       return {ops::fold(c.x(), pair(c, "output_size", 1), pair(c, "kernel_size", 1), pair(c, "dilation", 1),
                         pair(c, "padding", 0), pair(c, "stride", 1))};
     }},
    {"BinaryCrossentropy",
     [](const Call& c) -> Result {
       return {ops::binary_crossentropy(c.tensor(0, "target"), c.tensor(1, "output"), c.flag("from_logits"))};
     }},
    {"CategoricalCrossentropy",
     [](const Call& c) -> Result {
       return {ops::categorical_crossentropy(c.tensor(0, "target"), c.tensor(1, "output"), c.flag("from_logits"),
                                             c.integer("axis", -1))};
     }},
    {"SparseCategoricalCrossentropy",
     [](const Call& c) -> Result {
       return {ops::sparse_categorical_crossentropy(c.tensor(0, "target"), c.tensor(1, "output"), c.flag("from_logits"),
                                                    c.integer("axis", -1))};
     }},
});

}  // namespace

const General* nn_operation(std::string_view name) {
  if (const auto* const one = found(activations, name)) return one;
  if (const auto* const one = found(convolutions, name)) return one;
  return found(others, name);
}

}  // namespace keratin::inline v0::layers
