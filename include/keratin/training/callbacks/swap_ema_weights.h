#pragma once

#include <cstdint>

#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/training/callback.h"

namespace keratin::inline v0::callbacks {

struct SwapEMAWeightsOptions {
  /// The averages are in the model from an epoch's end to the next one's beginning too, for callbacks that come after
  /// this one, such as ModelCheckpoint.
  bool swap_on_epoch = false;
};

/// While the model is evaluated or predicts, it has the averages that its optimizer keeps (use_ema), and the optimizer
/// has the model's weights in their place. `keras.callbacks.SwapEMAWeights`.
///
/// As in Keras the averages stay in the model after predict(), until an evaluation with the same callback ends; and
/// with swap_on_epoch a fit that was stopped before its last epoch ends with the weights, not with their averages.
/// A run that BackupAndRestore goes on with is not disturbed by a swap, wherever in the list the two stand.
class KERATIN_API SwapEMAWeights : public Callback {
 public:
  explicit SwapEMAWeights(SwapEMAWeightsOptions options = {}) : options_(options) {}
  /// These throw ValueError for an optimizer without averages: it has none without use_ema, nor before its first step.
  void on_epoch_begin(std::int64_t epoch) override;
  void on_epoch_end(std::int64_t epoch, const Logs& logs) override;
  void on_test_begin() override;
  void on_test_end(const Logs& logs) override;
  void on_predict_begin() override;
  Config state() const override;
  void set_state(const Config& state) override;

 private:
  void bring_in();
  void take_out();

  SwapEMAWeightsOptions options_;
  bool averages_in_model_ = false;
};

}  // namespace keratin::inline v0::callbacks
