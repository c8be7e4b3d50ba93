#include "kernels/activation.h"

#include <cmath>
#include <numbers>

namespace keratin::inline v0::kernels {
namespace {

template <class T>
T activated(Activation activation, T x) noexcept {
  switch (activation) {
    case Activation::none:
      return x;
    case Activation::relu:
      return x < 0 ? T{0} : x;  // NaN stays
    case Activation::tanh:
      return std::tanh(x);
    case Activation::sigmoid:
      return 1 / (1 + std::exp(-x));
    case Activation::elu:
      return x > 0 ? x : std::expm1(x);
    case Activation::gelu:
      return x * std::erfc(-x * (std::numbers::sqrt2_v<T> / 2)) / 2;
    case Activation::softplus:
      return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
    case Activation::silu:
      return x / (1 + std::exp(-x));
  }
  return x;
}

}  // namespace

std::optional<Activation> activation_from_name(std::string_view name) noexcept {
  if (name.empty() || name == "linear") return Activation::none;
  if (name == "relu") return Activation::relu;
  if (name == "tanh") return Activation::tanh;
  if (name == "sigmoid") return Activation::sigmoid;
  if (name == "elu") return Activation::elu;
  if (name == "gelu") return Activation::gelu;
  if (name == "softplus") return Activation::softplus;
  if (name == "silu") return Activation::silu;
  return std::nullopt;
}

float activate(Activation activation, float x) noexcept { return activated(activation, x); }
double activate(Activation activation, double x) noexcept { return activated(activation, x); }

}  // namespace keratin::inline v0::kernels
