#include "keratin/losses/ctc.h"

#include <cstdint>
#include <utility>

#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"
#include "keratin/ops/reduce.h"
#include "losses/common.h"

namespace keratin::inline v0::losses {

Tensor ctc(const Tensor& y_true, const Tensor& y_pred) {
  if (y_true.rank() != 2 || y_pred.rank() != 3)
    throw ShapeError(
        "ctc: y_true must be class numbers (batch, length), y_pred logits (batch, steps, classes). "
        "Received: y_true " +
        to_string(y_true.shape()) + ", y_pred " + to_string(y_pred.shape()));
  const Tensor label_length = ops::count_nonzero(y_true, -1);
  // One number for each sample, also where the batch or the number of steps isn't known yet.
  const std::int64_t steps = y_pred.shape()[1];
  const Tensor input_length = steps >= 0 ? ops::full_like(label_length, static_cast<double>(steps))
                                         : ops::sum(ops::ones_like(ops::argmax(y_pred, -1)), 1);
  return ops::ctc_loss(y_true, y_pred, label_length, input_length);
}

CTC::CTC(LossOptions options) : Loss(or_default(std::move(options.name), "ctc"), options.reduction, options.dtype) {}
Tensor CTC::call(const Tensor& y_true, const Tensor& y_pred) const { return ctc(y_true, y_pred); }

}  // namespace keratin::inline v0::losses
