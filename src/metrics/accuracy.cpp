#include "keratin/metrics/accuracy.h"

#include <cmath>
#include <string>
#include <utility>

#include "keratin/core/error.h"
#include "keratin/ops/indexing.h"
#include "keratin/ops/math.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "losses/common.h"
#include "metrics/options.h"

namespace keratin::inline v0::metrics {
namespace {

using losses::or_default;

Tensor as_float(const Tensor& matches) { return ops::cast(matches, float32); }

bool ends_in_one(const Tensor& x) { return x.rank() > 1 && x.shape().back() == 1; }

/// Class numbers without a trailing 1 that y_pred's classes take the place of.
Tensor class_numbers(const Tensor& y_true, const Tensor& y_pred) {
  return y_true.rank() == y_pred.rank() && ends_in_one(y_true) ? ops::squeeze(y_true, {-1}) : y_true;
}

Tensor sparse_matches(const Tensor& y_true, const Tensor& y_pred) {
  return as_float(ops::equal(class_numbers(y_true, y_pred), ops::argmax(y_pred, -1)));
}

/// Whether each class number is among the k largest of its row, in y_true's shape.
Tensor top_k_matches(const Tensor& y_true, const Tensor& y_pred, std::int64_t k) {
  const Tensor rows = y_pred.rank() > 2 ? ops::reshape(y_pred, {-1, y_pred.shape().back()}) : y_pred;
  const Tensor targets = ops::cast(y_true, int32);
  if (y_true.rank() <= 1) return as_float(ops::in_top_k(targets, rows, k));
  return ops::reshape(as_float(ops::in_top_k(ops::reshape(targets, {-1}), rows, k)), y_true.shape());
}

/// Whether each class number is among the first k of its row's, in y_true's shape.
Tensor listed_matches(const Tensor& y_true, const Tensor& y_pred, std::int64_t k) {
  const Tensor first = ops::get_item(y_pred, {ops::ellipsis, ops::Slice{{}, k}});
  const Tensor targets = ops::expand_dims(ops::cast(class_numbers(y_true, y_pred), y_pred.dtype()), {-1});
  const Tensor matches = as_float(ops::any(ops::equal(targets, first), {-1}));
  return matches.rank() < y_true.rank() ? ops::expand_dims(matches, {-1}) : matches;
}

void check_k(std::int64_t k, const char* class_name) {
  if (k < 1) throw ValueError(std::string(class_name) + ": `k` must be positive. Received: k=" + std::to_string(k));
}

}  // namespace

Accuracy::Accuracy(NameOptions options) : SampleMean(or_default(std::move(options.name), "accuracy"), options.dtype) {}

Tensor Accuracy::values(const Tensor& y_true, const Tensor& y_pred) const {
  const auto [target, output] = losses::to_same_rank(ops::cast(y_true, y_pred.dtype()), y_pred);
  return as_float(ops::equal(target, output));
}

BinaryAccuracy::BinaryAccuracy(BinaryAccuracyOptions options)
    : SampleMean(options.name, options.dtype), options_(std::move(options)) {
  if (std::isnan(options_.threshold)) throw ValueError("BinaryAccuracy: threshold must be a number. Received: nan");
}

Tensor BinaryAccuracy::values(const Tensor& y_true, const Tensor& y_pred) const {
  const auto [target, output] = losses::to_same_rank(y_true, y_pred);
  return as_float(ops::equal(target, ops::greater(output, options_.threshold)));
}

Config BinaryAccuracy::config() const { return described(*this, binary_accuracy_options, options_); }

BinaryAccuracy BinaryAccuracy::from_config(const Config& config) {
  return BinaryAccuracy(options_from<BinaryAccuracyOptions>(config, "BinaryAccuracy", binary_accuracy_options));
}

CategoricalAccuracy::CategoricalAccuracy(NameOptions options)
    : SampleMean(or_default(std::move(options.name), "categorical_accuracy"), options.dtype) {}

Tensor CategoricalAccuracy::values(const Tensor& y_true, const Tensor& y_pred) const {
  return sparse_matches(ops::argmax(y_true, -1), y_pred);
}

SparseCategoricalAccuracy::SparseCategoricalAccuracy(NameOptions options)
    : SampleMean(or_default(std::move(options.name), "sparse_categorical_accuracy"), options.dtype) {}

Tensor SparseCategoricalAccuracy::values(const Tensor& y_true, const Tensor& y_pred) const {
  const Tensor matches = sparse_matches(y_true, y_pred);
  return ends_in_one(matches) ? ops::squeeze(matches, {-1}) : matches;
}

TopKCategoricalAccuracy::TopKCategoricalAccuracy(TopKCategoricalAccuracyOptions options)
    : SampleMean(options.name, options.dtype), options_(std::move(options)) {
  check_k(options_.k, "TopKCategoricalAccuracy");
}

Tensor TopKCategoricalAccuracy::values(const Tensor& y_true, const Tensor& y_pred) const {
  return top_k_matches(ops::argmax(y_true, -1), y_pred, options_.k);
}

Config TopKCategoricalAccuracy::config() const { return described(*this, top_k_options, options_); }

TopKCategoricalAccuracy TopKCategoricalAccuracy::from_config(const Config& config) {
  return TopKCategoricalAccuracy(
      options_from<TopKCategoricalAccuracyOptions>(config, "TopKCategoricalAccuracy", top_k_options));
}

SparseTopKCategoricalAccuracy::SparseTopKCategoricalAccuracy(SparseTopKCategoricalAccuracyOptions options)
    : SampleMean(options.name, options.dtype), options_(std::move(options)) {
  check_k(options_.k, "SparseTopKCategoricalAccuracy");
}

Tensor SparseTopKCategoricalAccuracy::values(const Tensor& y_true, const Tensor& y_pred) const {
  return options_.from_sorted_ids ? listed_matches(y_true, y_pred, options_.k)
                                  : top_k_matches(y_true, y_pred, options_.k);
}

Config SparseTopKCategoricalAccuracy::config() const { return described(*this, sparse_top_k_options, options_); }

SparseTopKCategoricalAccuracy SparseTopKCategoricalAccuracy::from_config(const Config& config) {
  return SparseTopKCategoricalAccuracy(options_from<SparseTopKCategoricalAccuracyOptions>(
      config, "SparseTopKCategoricalAccuracy", sparse_top_k_options));
}

}  // namespace keratin::inline v0::metrics
