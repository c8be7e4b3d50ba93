#include "keratin/metrics/iou.h"

#include <numeric>
#include <string>
#include <utility>

#include "keratin/core/error.h"
#include "keratin/core/log.h"
#include "keratin/ops/indexing.h"
#include "keratin/ops/linalg.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "keratin/session/session.h"
#include "metrics/options.h"
#include "ops/epsilon.h"
#include "ops/like.h"

namespace keratin::inline v0::metrics {
namespace {

std::vector<std::int64_t> all_classes(std::int64_t count) {
  std::vector<std::int64_t> ids(static_cast<std::size_t>(count < 0 ? 0 : count));
  std::iota(ids.begin(), ids.end(), std::int64_t{0});
  return ids;
}

IoUOptions dense_options(OneHotIoUOptions options) {
  return {.name = std::move(options.name),
          .dtype = options.dtype,
          .ignore_class = options.ignore_class,
          .sparse_y_true = false,
          .sparse_y_pred = options.sparse_y_pred,
          .axis = options.axis};
}

/// What one-hot metrics describe.
OneHotIoUOptions one_hot_options(const IoUOptions& options) {
  return {.ignore_class = options.ignore_class, .sparse_y_pred = options.sparse_y_pred, .axis = options.axis};
}

Tensor flattened(const Tensor& x) { return x.rank() > 1 ? ops::reshape(x, {-1}) : x; }

}  // namespace

IoU::IoU(std::int64_t num_classes, std::vector<std::int64_t> target_class_ids, IoUOptions options)
    : Metric(options.name, options.dtype.value_or(int64)),
      num_classes_(num_classes),
      target_class_ids_(std::move(target_class_ids)),
      options_(std::move(options)) {
  if (num_classes_ < 1)
    throw ValueError("IoU: `num_classes` must be positive. Received: num_classes=" + std::to_string(num_classes_));
  if (target_class_ids_.empty()) throw ValueError("IoU: `target_class_ids` must name a class. Received: none");
  for (const std::int64_t id : target_class_ids_)
    if (id < 0 || id >= num_classes_)
      throw ValueError("IoU: `target_class_ids` must lie in [0, " + std::to_string(num_classes_) +
                       "). Received: " + std::to_string(id));
}

void IoU::build() {
  total_confusion_matrix_ = add_state("total_confusion_matrix", {num_classes_, num_classes_}, {}, dtype());
}

void IoU::update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) {
  if (!sample_weight.is_empty() && is_floating(sample_weight.dtype()) && is_integer(dtype()))
    log::write(log::Level::warning,
               "'" + path() + "' counts in " + std::string(name_of(dtype())) +
                   ", to which float sample weights are truncated. Set its `dtype` to \"float32\"");
  const auto numbers = [&](const Tensor& x, bool is_sparse) {
    return flattened(ops::cast(is_sparse ? x : ops::argmax(x, options_.axis), dtype()));
  };
  Tensor target = numbers(y_true, options_.sparse_y_true);
  Tensor output = numbers(y_pred, options_.sparse_y_pred);
  Tensor weight = flattened(ops::cast(sample_weight.is_empty() ? Tensor(1) : sample_weight, dtype()));
  weight = ops::detail::broadcast_like(weight, target);
  const auto is_class = [&](const Tensor& x) {
    return ops::logical_and(ops::greater_equal(x, 0), ops::less(x, num_classes_));
  };
  Tensor counts = ops::logical_and(is_class(target), is_class(output));
  if (options_.ignore_class) counts = ops::logical_and(counts, ops::not_equal(target, *options_.ignore_class));
  const auto counted = [&](const Tensor& x) { return ops::where(counts, x, ops::zeros_like(x)); };
  const Tensor positions = ops::stack({ops::cast(counted(target), int64), ops::cast(counted(output), int64)}, 1);
  total_confusion_matrix_.assign_add(ops::scatter(positions, counted(weight), {num_classes_, num_classes_}));
}

Tensor IoU::result() const {
  const Tensor matrix = total_confusion_matrix_;
  const Tensor hits = ops::diagonal(matrix);
  const Tensor either = ops::sum(matrix, {0}) + ops::sum(matrix, {1}) - hits;
  const Tensor ids = constant(Array::copy_of(target_class_ids_));
  const auto of_targets = [&](const Tensor& x) { return ops::cast(ops::take(x, ids, 0), float32); };
  const Tensor denominator = of_targets(either);
  const Tensor came = ops::greater(denominator, 1e-9);
  const Tensor shares = ops::where(came, of_targets(hits) / (denominator + ops::epsilon), 0.0);
  return ops::sum(shares) / (ops::sum(ops::cast(came, float32)) + ops::epsilon);
}

Config IoU::config() const { return described(*this, iou_options, options_, num_classes_, target_class_ids_); }

IoU IoU::from_config(const Config& config) {
  std::int64_t num_classes = 0;
  std::vector<std::int64_t> ids;
  const auto options = options_from<IoUOptions>(config, "IoU", iou_options, num_classes, ids);
  return {num_classes, std::move(ids), options};
}

BinaryIoU::BinaryIoU(BinaryIoUOptions options)
    : IoU(2, std::move(options.target_class_ids), {.name = std::move(options.name), .dtype = options.dtype}),
      threshold_(options.threshold) {}

void BinaryIoU::update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) {
  IoU::update_state(y_true, ops::greater_equal(ops::cast(y_pred, float32), threshold_), sample_weight);
}

Config BinaryIoU::config() const {
  return described(*this, binary_iou_options,
                   BinaryIoUOptions{.target_class_ids = target_class_ids(), .threshold = threshold_});
}

BinaryIoU BinaryIoU::from_config(const Config& config) {
  return BinaryIoU(options_from<BinaryIoUOptions>(config, "BinaryIoU", binary_iou_options));
}

MeanIoU::MeanIoU(std::int64_t num_classes, MeanIoUOptions options)
    : IoU(num_classes, all_classes(num_classes), std::move(options)) {}

Config MeanIoU::config() const { return described(*this, mean_iou_options, options(), num_classes()); }

MeanIoU MeanIoU::from_config(const Config& config) {
  std::int64_t num_classes = 0;
  const auto options = options_from<MeanIoUOptions>(config, "MeanIoU", mean_iou_options, num_classes);
  return MeanIoU(num_classes, options);
}

OneHotIoU::OneHotIoU(std::int64_t num_classes, std::vector<std::int64_t> target_class_ids, OneHotIoUOptions options)
    : IoU(num_classes, std::move(target_class_ids), dense_options(std::move(options))) {}

Config OneHotIoU::config() const {
  return described(*this, one_hot_iou_options, one_hot_options(options()), num_classes(), target_class_ids());
}

OneHotIoU OneHotIoU::from_config(const Config& config) {
  std::int64_t num_classes = 0;
  std::vector<std::int64_t> ids;
  const auto options = options_from<OneHotIoUOptions>(config, "OneHotIoU", one_hot_iou_options, num_classes, ids);
  return {num_classes, std::move(ids), options};
}

OneHotMeanIoU::OneHotMeanIoU(std::int64_t num_classes, OneHotMeanIoUOptions options)
    : IoU(num_classes, all_classes(num_classes), dense_options(std::move(options))) {}

Config OneHotMeanIoU::config() const {
  return described(*this, one_hot_mean_iou_options, one_hot_options(options()), num_classes());
}

OneHotMeanIoU OneHotMeanIoU::from_config(const Config& config) {
  std::int64_t num_classes = 0;
  const auto options =
      options_from<OneHotMeanIoUOptions>(config, "OneHotMeanIoU", one_hot_mean_iou_options, num_classes);
  return OneHotMeanIoU(num_classes, options);
}

}  // namespace keratin::inline v0::metrics
