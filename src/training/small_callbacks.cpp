#include <cmath>
#include <string>
#include <utility>

#include "keratin/core/log.h"
#include "keratin/training/callbacks.h"

namespace keratin::inline v0::callbacks {

LambdaCallback::LambdaCallback(LambdaCallbackOptions functions) : functions_(std::move(functions)) {}

void LambdaCallback::on_epoch_begin(std::int64_t epoch) {
  if (functions_.on_epoch_begin) functions_.on_epoch_begin(epoch);
}
void LambdaCallback::on_epoch_end(std::int64_t epoch, const Logs& logs) {
  if (functions_.on_epoch_end) functions_.on_epoch_end(epoch, logs);
}
void LambdaCallback::on_train_begin() {
  if (functions_.on_train_begin) functions_.on_train_begin();
}
void LambdaCallback::on_train_end(const Logs& logs) {
  if (functions_.on_train_end) functions_.on_train_end(logs);
}
void LambdaCallback::on_train_batch_begin(std::int64_t batch) {
  if (functions_.on_train_batch_begin) functions_.on_train_batch_begin(batch);
}
void LambdaCallback::on_train_batch_end(std::int64_t batch, const Logs& logs) {
  if (functions_.on_train_batch_end) functions_.on_train_batch_end(batch, logs);
}

void TerminateOnNaN::on_train_batch_end(std::int64_t batch, const Logs& logs) {
  if (!logs.contains("loss") || std::isfinite(logs.at("loss"))) return;
  log::write(log::Level::warning, "Batch " + std::to_string(batch) + ": the loss is " +
                                      std::to_string(logs.at("loss")) + "; training is ended");
  context().stop();
}

}  // namespace keratin::inline v0::callbacks
