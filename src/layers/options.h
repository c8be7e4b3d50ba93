#pragma once

#include "core/options.h"
#include "keratin/core/config.h"
#include "keratin/ops/data_format.h"
#include "layers/checks.h"
#include "ops/axes_config.h"

namespace keratin::inline v0 {
namespace layers {

using core::fail_option;
using core::OptionReader;
using core::read;
using core::written;

/// What a layer with a kernel and a bias says of them, in Keras's order; a part of other lists.
constexpr auto kernel_and_bias_options = [](auto& option, auto& options) {
  option("kernel_initializer", options.kernel_initializer);
  option("bias_initializer", options.bias_initializer);
  option("kernel_regularizer", options.kernel_regularizer);
  option("bias_regularizer", options.bias_regularizer);
  option("activity_regularizer", options.activity_regularizer);
  option("kernel_constraint", options.kernel_constraint);
  option("bias_constraint", options.bias_constraint);
};

ConfigValue config_of(DataFormat format);
/// None is Keras's default, channels_last.
DataFormat data_format_from(const ConfigValue& config);

}  // namespace layers

template <>
struct core::OptionKind<DataFormat> {
  static ConfigValue written(DataFormat value) { return layers::config_of(value); }
  static DataFormat read(const ConfigValue& config) { return layers::data_format_from(config); }
};

}  // namespace keratin::inline v0
