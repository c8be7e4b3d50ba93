#include "keratin/training/callbacks/functions.h"

#include <cmath>
#include <string>
#include <utility>

#include "core/text.h"
#include "keratin/core/error.h"
#include "keratin/core/log.h"
#include "training/callbacks/messages.h"

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
  functions_.on_train_batch_begin ? functions_.on_train_batch_begin(batch) : Callback::on_train_batch_begin(batch);
}
void LambdaCallback::on_train_batch_end(std::int64_t batch, const Logs& logs) {
  functions_.on_train_batch_end ? functions_.on_train_batch_end(batch, logs)
                                : Callback::on_train_batch_end(batch, logs);
}
void LambdaCallback::on_batch_begin(std::int64_t batch) {
  if (functions_.on_batch_begin) functions_.on_batch_begin(batch);
}
void LambdaCallback::on_batch_end(std::int64_t batch, const Logs& logs) {
  if (functions_.on_batch_end) functions_.on_batch_end(batch, logs);
}
void LambdaCallback::on_test_begin() {
  if (functions_.on_test_begin) functions_.on_test_begin();
}
void LambdaCallback::on_test_end(const Logs& logs) {
  if (functions_.on_test_end) functions_.on_test_end(logs);
}
void LambdaCallback::on_test_batch_begin(std::int64_t batch) {
  if (functions_.on_test_batch_begin) functions_.on_test_batch_begin(batch);
}
void LambdaCallback::on_test_batch_end(std::int64_t batch, const Logs& logs) {
  if (functions_.on_test_batch_end) functions_.on_test_batch_end(batch, logs);
}
void LambdaCallback::on_predict_begin() {
  if (functions_.on_predict_begin) functions_.on_predict_begin();
}
void LambdaCallback::on_predict_end() {
  if (functions_.on_predict_end) functions_.on_predict_end();
}
void LambdaCallback::on_predict_batch_begin(std::int64_t batch) {
  if (functions_.on_predict_batch_begin) functions_.on_predict_batch_begin(batch);
}
void LambdaCallback::on_predict_batch_end(std::int64_t batch, const Outputs& outputs) {
  if (functions_.on_predict_batch_end) functions_.on_predict_batch_end(batch, outputs);
}

void TerminateOnNaN::on_batch_end(std::int64_t batch, const Logs& logs) {
  if (!logs.contains("loss") || std::isfinite(logs.at("loss"))) return;
  const std::string what = "Batch " + std::to_string(batch) + ": the loss is " + core::shortest(logs.at("loss"));
  if (options_.raise_error) throw ValueError("TerminateOnNaN ends fit. " + what);
  log::write(log::Level::warning, what + "; training is ended");
  context().stop();
}

}  // namespace keratin::inline v0::callbacks
