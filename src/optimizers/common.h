#pragma once

#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include "core/options.h"
#include "keratin/core/config.h"
#include "keratin/core/error.h"
#include "keratin/optimizers/optimizer.h"
#include "optimizers/options.h"

// What optimizers and schedules share.
namespace keratin::inline v0::optimizers {

template <class Options>
BaseOptions base_of(const Options& options) {
  return {.learning_rate = options.learning_rate,
          .weight_decay = options.weight_decay,
          .clipnorm = options.clipnorm,
          .clipvalue = options.clipvalue,
          .global_clipnorm = options.global_clipnorm,
          .use_ema = options.use_ema,
          .ema_momentum = options.ema_momentum,
          .ema_overwrite_frequency = options.ema_overwrite_frequency,
          .loss_scale_factor = options.loss_scale_factor,
          .gradient_accumulation_steps = options.gradient_accumulation_steps,
          .name = options.name};
}

/// The entries of both, in this order.
Config joined(Config first, const Config& second);

/// Keras's None for a name is like none.
Config with_text_name(const Config& config);

/// An optimizer's options, those that all have and its own. Throws ValueError for others that ask for something.
template <class Options, class List>
Options read_options(const Config& config, std::string_view owner, const List& own) {
  Options options;
  core::read_all(with_text_name(config), owner, with_shared(own), options);
  return options;
}

// These throw ValueError naming the option.
void check_finite(std::string_view owner, std::string_view option, double value);
void check_not_negative(std::string_view owner, std::string_view option, double value);
void check_positive(std::string_view owner, std::string_view option, double value);
/// A decay rate of a running mean: in [0, 1].
void check_share(std::string_view owner, std::string_view option, double value);

inline void assign(Variable variable, const Tensor& value) { variable.assign(value); }

}  // namespace keratin::inline v0::optimizers
