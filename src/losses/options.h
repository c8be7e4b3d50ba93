#pragma once

#include "core/options.h"
#include "keratin/core/choice.h"
#include "keratin/losses/losses.h"
#include "ops/axes_config.h"

namespace keratin::inline v0 {

/// Keras's None is "none".
template <>
struct core::OptionKind<losses::Reduction> {
  static ConfigValue written(losses::Reduction value) { return std::string(value.name()); }
  static losses::Reduction read(const ConfigValue& config) {
    return config.is_none() ? losses::Reduction(losses::Reduction::none) : keratin::name(config.as_text());
  }
};

}  // namespace keratin::inline v0

// What the losses' options are called, in the order of Keras's get_config.
namespace keratin::inline v0::losses {

inline constexpr auto loss_options = [](auto& option, auto& options) {
  option("name", options.name);
  option("reduction", options.reduction);
  option.unwritten("dtype", options.dtype, {});
};

inline constexpr auto cosine_similarity_options = [](auto& option, auto& options) {
  loss_options(option, options);
  option.unwritten("axis", options.axis, CosineSimilarityOptions().axis);
};

inline constexpr auto huber_options = [](auto& option, auto& options) {
  loss_options(option, options);
  option.unwritten("delta", options.delta, HuberOptions().delta);
};

/// Of the binary and the categorical crossentropy.
inline constexpr auto crossentropy_options = [](auto& option, auto& options) {
  loss_options(option, options);
  option("from_logits", options.from_logits);
  option("label_smoothing", options.label_smoothing);
  option("axis", options.axis);
};

inline constexpr auto binary_focal_options = [](auto& option, auto& options) {
  crossentropy_options(option, options);
  option("apply_class_balancing", options.apply_class_balancing);
  option("alpha", options.alpha);
  option("gamma", options.gamma);
};

inline constexpr auto categorical_focal_options = [](auto& option, auto& options) {
  crossentropy_options(option, options);
  option("alpha", options.alpha);
  option("gamma", options.gamma);
};

inline constexpr auto sparse_categorical_options = [](auto& option, auto& options) {
  loss_options(option, options);
  option("from_logits", options.from_logits);
  option("ignore_class", options.ignore_class);
  option.unwritten("axis", options.axis, SparseCategoricalCrossentropyOptions().axis);
};

inline constexpr auto generalized_options = [](auto& option, auto& options) {
  loss_options(option, options);
  option("q", options.q);
};

inline constexpr auto dice_options = [](auto& option, auto& options) {
  loss_options(option, options);
  option("axis", options.axis);
};

inline constexpr auto tversky_options = [](auto& option, auto& options) {
  loss_options(option, options);
  option("alpha", options.alpha);
  option("beta", options.beta);
  option("axis", options.axis);
};

inline constexpr auto circle_options = [](auto& option, auto& options) {
  loss_options(option, options);
  option("gamma", options.gamma);
  option("margin", options.margin);
  option("remove_diagonal", options.remove_diagonal);
};

}  // namespace keratin::inline v0::losses
