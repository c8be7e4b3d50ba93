#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/options.h"
#include "keratin/core/config.h"
#include "keratin/metrics/metrics.h"

// What the metrics' options are called (core/options.h), in the order of Keras's get_config.
namespace keratin::inline v0::metrics {

inline constexpr auto name_options = [](auto& option, auto& options) {
  option("name", options.name);
  option("dtype", options.dtype);
};

inline constexpr auto binary_accuracy_options = [](auto& option, auto& options) {
  name_options(option, options);
  option("threshold", options.threshold);
};

inline constexpr auto top_k_options = [](auto& option, auto& options) {
  name_options(option, options);
  option("k", options.k);
};

inline constexpr auto sparse_top_k_options = [](auto& option, auto& options) {
  top_k_options(option, options);
  option.unwritten("from_sorted_ids", options.from_sorted_ids, false);
};

inline constexpr auto binary_crossentropy_options = [](auto& option, auto& options) {
  name_options(option, options);
  option("from_logits", options.from_logits);
  option("label_smoothing", options.label_smoothing);
};

inline constexpr auto categorical_crossentropy_options = [](auto& option, auto& options) {
  binary_crossentropy_options(option, options);
  option("axis", options.axis);
};

inline constexpr auto sparse_crossentropy_options = [](auto& option, auto& options) {
  name_options(option, options);
  option("from_logits", options.from_logits);
  option("ignore_class", options.ignore_class);
  option("axis", options.axis);
};

/// Of the correlations.
inline constexpr auto axis_options = [](auto& option, auto& options) {
  name_options(option, options);
  option("axis", options.axis);
};

inline constexpr auto cosine_similarity_options = [](auto& option, auto& options) {
  name_options(option, options);
  option.unwritten("axis", options.axis, CosineSimilarityOptions().axis);
};

inline constexpr auto r2_score_options = [](auto& option, auto& options) {
  name_options(option, options);
  option("class_aggregation", options.class_aggregation);
  option("num_regressors", options.num_regressors);
};

inline constexpr auto f1_score_options = [](auto& option, auto& options) {
  name_options(option, options);
  option("average", options.average);
  option("threshold", options.threshold);
};

inline constexpr auto f_beta_score_options = [](auto& option, auto& options) {
  name_options(option, options);
  option("average", options.average);
  option("beta", options.beta);
  option("threshold", options.threshold);
};

inline constexpr auto confusion_count_options = [](auto& option, auto& options) {
  name_options(option, options);
  option("thresholds", options.thresholds);
};

/// Of Precision and Recall.
inline constexpr auto precision_options = [](auto& option, auto& options) {
  confusion_count_options(option, options);
  option("top_k", options.top_k);
  option("class_id", options.class_id);
};

/// Of those that have a bound, whose name is each class's own.
inline constexpr auto at_threshold_options = [](auto& option, auto& bound_name, auto& bound, auto& options) {
  name_options(option, options);
  option("class_id", options.class_id);
  option("num_thresholds", options.num_thresholds);
  option.required(bound_name, bound);
};

inline constexpr auto auc_options = [](auto& option, auto& options) {
  name_options(option, options);
  option("num_thresholds", options.num_thresholds);
  option("curve", options.curve);
  option("summation_method", options.summation_method);
  option("multi_label", options.multi_label);
  option("num_labels", options.num_labels);
  option("label_weights", options.label_weights);
  option("from_logits", options.from_logits);
  option.unwritten("thresholds", options.thresholds, Thresholds());
};

inline constexpr auto iou_options = [](auto& option, auto& num_classes, auto& target_class_ids, auto& options) {
  name_options(option, options);
  option.required("num_classes", num_classes);
  option.required("target_class_ids", target_class_ids);
  option("ignore_class", options.ignore_class);
  option("sparse_y_true", options.sparse_y_true);
  option("sparse_y_pred", options.sparse_y_pred);
  option("axis", options.axis);
};

inline constexpr auto binary_iou_options = [](auto& option, auto& options) {
  option("target_class_ids", options.target_class_ids);
  option("threshold", options.threshold);
  name_options(option, options);
};

inline constexpr auto mean_iou_options = [](auto& option, auto& num_classes, auto& options) {
  option.required("num_classes", num_classes);
  name_options(option, options);
  option("ignore_class", options.ignore_class);
  option("sparse_y_true", options.sparse_y_true);
  option("sparse_y_pred", options.sparse_y_pred);
  option("axis", options.axis);
};

inline constexpr auto one_hot_iou_options = [](auto& option, auto& num_classes, auto& target_class_ids, auto& options) {
  option.required("num_classes", num_classes);
  option.required("target_class_ids", target_class_ids);
  name_options(option, options);
  option("ignore_class", options.ignore_class);
  option("sparse_y_pred", options.sparse_y_pred);
  option("axis", options.axis);
};

inline constexpr auto one_hot_mean_iou_options = [](auto& option, auto& num_classes, auto& options) {
  option.required("num_classes", num_classes);
  name_options(option, options);
  option("ignore_class", options.ignore_class);
  option("sparse_y_pred", options.sparse_y_pred);
  option("axis", options.axis);
};

/// What Keras's get_config gives of a metric: the options with the name and the dtype that it really has. `arguments`
/// are those that have no default.
template <class List, class Options, class... Arguments>
Config described(const Metric& metric, const List& list, Options options, const Arguments&... arguments) {
  options.name = metric.Metric::config().template get<std::string>("name");
  options.dtype = metric.dtype();
  return core::written(list, arguments..., options);
}

/// The options that a description has; it may have no others.
template <class Options, class List, class... Arguments>
Options options_from(const Config& config, std::string_view class_name, const List& list, Arguments&... arguments) {
  Options options;
  core::read_all(config, class_name, list, arguments..., options);
  return options;
}

}  // namespace keratin::inline v0::metrics
