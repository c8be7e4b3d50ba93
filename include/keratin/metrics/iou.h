#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "keratin/metrics/metric.h"

/// Intersection over union of classes, from a matrix of how often which class was taken for which: true positives /
/// (true positives + false positives + false negatives), the mean over those classes that came. All compute in int64
/// unless dtype says otherwise, which truncates weights, as in Keras.
namespace keratin::inline v0::metrics {

struct IoUOptions {
  std::string name = {};  ///< empty: as Keras names it, "io_u" or "mean_io_u"
  std::optional<DType> dtype = std::nullopt;
  std::optional<std::int64_t> ignore_class = std::nullopt;  ///< a class of y_true that doesn't count
  bool sparse_y_true = true;                                ///< class numbers, not one value for each class
  bool sparse_y_pred = true;
  std::int64_t axis = -1;  ///< of the classes, where not sparse
};
/// Of the given classes. Throws ValueError for a num_classes below 1, and for a class that isn't in
/// [0, num_classes) or none at all. Entries of other classes than these don't count. `keras.metrics.IoU`.
class KERATIN_API IoU : public Metric {
 public:
  IoU(std::int64_t num_classes, std::vector<std::int64_t> target_class_ids, IoUOptions options = {});
  using Metric::update_state;
  void build() override;
  /// All entries of y_true and y_pred are taken one by one; sample_weight is a number, or as many.
  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) override;
  Tensor result() const override;
  Config config() const override;
  static IoU from_config(const Config& config);

 protected:
  std::int64_t num_classes() const noexcept { return num_classes_; }
  const std::vector<std::int64_t>& target_class_ids() const noexcept { return target_class_ids_; }
  const IoUOptions& options() const noexcept { return options_; }

 private:
  std::int64_t num_classes_;
  std::vector<std::int64_t> target_class_ids_;
  IoUOptions options_;
  Variable total_confusion_matrix_;
};

struct BinaryIoUOptions {
  std::vector<std::int64_t> target_class_ids = {0, 1};
  double threshold = 0.5;
  std::string name = {};
  std::optional<DType> dtype = std::nullopt;
};
/// Of class 0, class 1 or both, which is 1 where y_pred reaches the threshold. `keras.metrics.BinaryIoU`.
class KERATIN_API BinaryIoU : public IoU {
 public:
  explicit BinaryIoU(BinaryIoUOptions options = {});
  using IoU::update_state;
  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) override;
  Config config() const override;
  static BinaryIoU from_config(const Config& config);

 private:
  double threshold_;
};

using MeanIoUOptions = IoUOptions;
/// Of all classes. `keras.metrics.MeanIoU`.
class KERATIN_API MeanIoU : public IoU {
 public:
  explicit MeanIoU(std::int64_t num_classes, MeanIoUOptions options = {});
  Config config() const override;
  static MeanIoU from_config(const Config& config);
};

struct OneHotIoUOptions {
  std::string name = {};
  std::optional<DType> dtype = std::nullopt;
  std::optional<std::int64_t> ignore_class = std::nullopt;
  bool sparse_y_pred = false;
  std::int64_t axis = -1;
};
/// IoU for one-hot targets. `keras.metrics.OneHotIoU`.
class KERATIN_API OneHotIoU : public IoU {
 public:
  OneHotIoU(std::int64_t num_classes, std::vector<std::int64_t> target_class_ids, OneHotIoUOptions options = {});
  Config config() const override;
  static OneHotIoU from_config(const Config& config);
};

using OneHotMeanIoUOptions = OneHotIoUOptions;
/// MeanIoU for one-hot targets. `keras.metrics.OneHotMeanIoU`.
class KERATIN_API OneHotMeanIoU : public IoU {
 public:
  explicit OneHotMeanIoU(std::int64_t num_classes, OneHotMeanIoUOptions options = {});
  Config config() const override;
  static OneHotMeanIoU from_config(const Config& config);
};

}  // namespace keratin::inline v0::metrics
