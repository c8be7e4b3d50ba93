#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace keratin::inline v0::kernels {

/// Functions that a matrix product (or a convolution) can apply to its results before they are stored: Keras's, with
/// its default arguments.
enum class Activation : std::uint8_t { none, relu, tanh, sigmoid, elu, gelu, softplus, silu };

/// Of Keras's name ("gelu" is the exact one, with erf; "" and "linear" are none); nothing for those not listed.
std::optional<Activation> activation_from_name(std::string_view name) noexcept;

/// For kernels whose speed doesn't matter.
float activate(Activation activation, float x) noexcept;
double activate(Activation activation, double x) noexcept;

}  // namespace keratin::inline v0::kernels
