#pragma once

#include <optional>
#include <string>

#include "keratin/core/config.h"
#include "keratin/core/dtype.h"
#include "keratin/core/export.h"
#include "keratin/graph/tensor.h"
#include "keratin/losses/loss.h"

namespace keratin::inline v0::losses {

/// The circle loss of embeddings against references, which are the batch itself where none are given. y_true (batch,)
/// and ref_labels (references,) are class numbers, y_pred (batch, size) and ref_embeddings (references, size)
/// embeddings of length 1 → (batch,). Where the loss is 0, the result's mask says that it doesn't count. Throws
/// ShapeError for others.
KERATIN_API Tensor circle(const Tensor& y_true, const Tensor& y_pred, const Tensor& ref_labels = {},
                          const Tensor& ref_embeddings = {}, bool remove_diagonal = true, double gamma = 80.0,
                          double margin = 0.4);

struct CircleOptions {
  double gamma = 80.0;
  double margin = 0.4;
  bool remove_diagonal = true;  ///< a sample is no pair with itself
  Reduction reduction = Reduction::sum_over_batch_size;
  std::string name = "circle";
  std::optional<DType> dtype = {};
};
/// softplus(logsumexp(positive pairs) + logsumexp(negative pairs)) of weighted cosine distances, for each sample of the
/// batch against all. `keras.losses.Circle`, after Sun et al., "Circle Loss: A Unified Perspective of Pair Similarity
/// Optimization".
class KERATIN_API Circle : public Loss {
 public:
  explicit Circle(CircleOptions options = {});
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;
  bool takes_class_numbers() const noexcept override { return true; }
  Config config() const override;

 private:
  CircleOptions options_;
};

}  // namespace keratin::inline v0::losses
