#pragma once

#include <string>
#include <string_view>
#include <typeinfo>

namespace keratin::inline v0::core {

/// The class's own name, without namespaces and template arguments: "Dense".
std::string class_name(const std::type_info& type);
/// As Keras makes names of classes: "layer_normalization" of LayerNormalization, "leaky_re_lu" of LeakyReLU.
std::string snake_case(std::string_view name);

}  // namespace keratin::inline v0::core
