#pragma once

#include "keratin/core/export.h"
#include "keratin/graph/tensor.h"
#include "keratin/losses/loss.h"

namespace keratin::inline v0::losses {

/// The connectionist temporal classification of sequences: y_true (batch, length) are class numbers, 0 where a sequence
/// has ended, and y_pred (batch, steps, classes) logits, of which class 0 is the blank → (batch,). Throws ShapeError
/// for others.
KERATIN_API Tensor ctc(const Tensor& y_true, const Tensor& y_pred);

/// −log of the probability of all alignments of y_true to y_pred. `keras.losses.CTC`, after Graves et al.,
/// "Connectionist Temporal Classification".
class KERATIN_API CTC : public Loss {
 public:
  explicit CTC(LossOptions options = {});
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;
  bool takes_class_numbers() const noexcept override { return true; }
};

}  // namespace keratin::inline v0::losses
