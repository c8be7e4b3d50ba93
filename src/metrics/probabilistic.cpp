#include "keratin/metrics/probabilistic.h"

#include <utility>

#include "keratin/losses/losses.h"
#include "losses/common.h"
#include "metrics/options.h"

namespace keratin::inline v0::metrics {
namespace {

using losses::or_default;

}  // namespace

KLDivergence::KLDivergence(NameOptions options)
    : SampleMean(or_default(std::move(options.name), "kl_divergence"), options.dtype) {}

Tensor KLDivergence::values(const Tensor& y_true, const Tensor& y_pred) const {
  return losses::KLDivergence().call(y_true, y_pred);
}

Poisson::Poisson(NameOptions options) : SampleMean(or_default(std::move(options.name), "poisson"), options.dtype) {}

Tensor Poisson::values(const Tensor& y_true, const Tensor& y_pred) const {
  return losses::Poisson().call(y_true, y_pred);
}

BinaryCrossentropy::BinaryCrossentropy(BinaryCrossentropyOptions options)
    : SampleMean(options.name, options.dtype), options_(std::move(options)) {
  losses::check_smoothing(options_.label_smoothing, "BinaryCrossentropy");
}

Tensor BinaryCrossentropy::values(const Tensor& y_true, const Tensor& y_pred) const {
  const losses::BinaryCrossentropy loss(
      {.from_logits = options_.from_logits, .label_smoothing = options_.label_smoothing});
  return loss.call(y_true, y_pred);
}

Config BinaryCrossentropy::config() const { return described(*this, binary_crossentropy_options, options_); }

BinaryCrossentropy BinaryCrossentropy::from_config(const Config& config) {
  return BinaryCrossentropy(
      options_from<BinaryCrossentropyOptions>(config, "BinaryCrossentropy", binary_crossentropy_options));
}

CategoricalCrossentropy::CategoricalCrossentropy(CategoricalCrossentropyOptions options)
    : SampleMean(options.name, options.dtype), options_(std::move(options)) {
  losses::check_smoothing(options_.label_smoothing, "CategoricalCrossentropy");
}

Tensor CategoricalCrossentropy::values(const Tensor& y_true, const Tensor& y_pred) const {
  const losses::CategoricalCrossentropy loss(
      {.from_logits = options_.from_logits, .label_smoothing = options_.label_smoothing, .axis = options_.axis});
  return loss.call(y_true, y_pred);
}

Config CategoricalCrossentropy::config() const { return described(*this, categorical_crossentropy_options, options_); }

CategoricalCrossentropy CategoricalCrossentropy::from_config(const Config& config) {
  return CategoricalCrossentropy(options_from<CategoricalCrossentropyOptions>(config, "CategoricalCrossentropy",
                                                                              categorical_crossentropy_options));
}

SparseCategoricalCrossentropy::SparseCategoricalCrossentropy(SparseCategoricalCrossentropyOptions options)
    : SampleMean(options.name, options.dtype), options_(std::move(options)) {}

Tensor SparseCategoricalCrossentropy::values(const Tensor& y_true, const Tensor& y_pred) const {
  const losses::SparseCategoricalCrossentropy loss(
      {.from_logits = options_.from_logits, .ignore_class = options_.ignore_class, .axis = options_.axis});
  return loss.call(y_true, y_pred);
}

Config SparseCategoricalCrossentropy::config() const { return described(*this, sparse_crossentropy_options, options_); }

SparseCategoricalCrossentropy SparseCategoricalCrossentropy::from_config(const Config& config) {
  return SparseCategoricalCrossentropy(options_from<SparseCategoricalCrossentropyOptions>(
      config, "SparseCategoricalCrossentropy", sparse_crossentropy_options));
}

}  // namespace keratin::inline v0::metrics
