// Keras's callbacks and their parameters (tests/data/keras_callbacks.txt) against ours.
#include <gtest/gtest.h>

#include "keratin/remote/remote_monitor.h"
#include "keratin/saving/backup_and_restore.h"
#include "keratin/saving/model_checkpoint.h"
#include "keratin/training/callbacks.h"
#include "support/inventory.h"

namespace keratin::inline v0::core {

template <>
struct OptionKind<callbacks::SaveFreq> {
  static ConfigValue written(const callbacks::SaveFreq& value) {
    return value.is_epoch() ? ConfigValue("epoch") : ConfigValue(value.batches());
  }
};
template <>
struct OptionKind<Model> {
  static ConfigValue written(const Model& /*value*/) { return {}; }
};
template <>
struct OptionKind<FlatMap<std::string, std::string>> {
  static ConfigValue written(const FlatMap<std::string, std::string>& value) {
    return value.empty() ? ConfigValue() : ConfigValue("headers");
  }
};
template <class R, class... A>
struct OptionKind<Callable<R(A...)>> {
  static ConfigValue written(const Callable<R(A...)>& value) { return value ? ConfigValue("function") : ConfigValue(); }
};

}  // namespace keratin::inline v0::core

namespace {

using namespace keratin;
using namespace keratin::callbacks;
using test::declared;

const auto nothing = [](auto&) {};

const auto backup_and_restore = [](auto& option, const std::string& backup_dir,
                                   const BackupAndRestoreOptions& options) {
  option.required("backup_dir", backup_dir);
  option("save_freq", options.save_freq);
  option("double_checkpoint", options.double_checkpoint);
  option("delete_checkpoint", options.delete_checkpoint);
};

const auto csv_logger = [](auto& option, const std::string& filename, const CSVLoggerOptions& options) {
  option.required("filename", filename);
  option("separator", options.separator);
  option("append", options.append);
};

const auto callback_list = [](auto& option, const std::string& list, const CallbackListOptions& options) {
  option.required("callbacks", list);
  option("add_history", options.add_history);
  option("add_progbar", options.add_progbar);
  option("model", options.model);
};

const auto early_stopping = [](auto& option, const EarlyStoppingOptions& options) {
  option("monitor", options.monitor);
  option("min_delta", options.min_delta);
  option("patience", options.patience);
  option("verbose", options.verbose);
  option("mode", options.mode);
  option("baseline", options.baseline);
  option("restore_best_weights", options.restore_best_weights);
  option("start_from_epoch", options.start_from_epoch);
};

const auto lambda_callback = [](auto& option, const LambdaCallbackOptions& options) {
  option("on_epoch_begin", options.on_epoch_begin);
  option("on_epoch_end", options.on_epoch_end);
  option("on_train_begin", options.on_train_begin);
  option("on_train_end", options.on_train_end);
  option("on_train_batch_begin", options.on_train_batch_begin);
  option("on_train_batch_end", options.on_train_batch_end);
};

const auto checkpoint = [](auto& option, const std::string& filepath, const ModelCheckpointOptions& options) {
  option.required("filepath", filepath);
  option("monitor", options.monitor);
  option("verbose", options.verbose);
  option("save_best_only", options.save_best_only);
  option("save_weights_only", options.save_weights_only);
  option("mode", options.mode);
  option("save_freq", options.save_freq);
  option("initial_value_threshold", options.initial_value_threshold);
};

const auto scheduler = [](auto& option, const std::string& schedule, const int& verbose) {
  option.required("schedule", schedule);
  option("verbose", verbose);
};

const auto plateau = [](auto& option, const ReduceLROnPlateauOptions& options) {
  option("monitor", options.monitor);
  option("factor", options.factor);
  option("patience", options.patience);
  option("verbose", options.verbose);
  option("mode", options.mode);
  option("min_delta", options.min_delta);
  option("cooldown", options.cooldown);
  option("min_lr", options.min_lr);
};

const auto remote_monitor = [](auto& option, const RemoteMonitorOptions& options) {
  option("root", options.root);
  option("path", options.path);
  option("field", options.field);
  option("headers", options.headers);
  option("send_as_json", options.send_as_json);
  option("timeout", options.timeout);
};

const auto swap_ema_weights = [](auto& option, const SwapEMAWeightsOptions& options) {
  option("swap_on_epoch", options.swap_on_epoch);
};

const auto terminate = [](auto& option, const TerminateOnNaNOptions& options) {
  option("raise_error", options.raise_error);
};

TEST(CallbackInventory, HasKerasCallbacksAndParameters) {
  const std::string given;
  const int quiet = 0;
  test::expect_keras_classes(
      "callbacks",
      {declared("BackupAndRestore", backup_and_restore, given, BackupAndRestoreOptions()),
       declared("CSVLogger", csv_logger, given, CSVLoggerOptions()),
       declared("CallbackList", callback_list, given, CallbackListOptions()),
       declared("EarlyStopping", early_stopping, EarlyStoppingOptions()), declared("History", nothing),
       declared("LambdaCallback", lambda_callback, LambdaCallbackOptions()),
       declared("LearningRateScheduler", scheduler, given, quiet),
       declared("ModelCheckpoint", checkpoint, given, ModelCheckpointOptions()), declared("ProgbarLogger", nothing),
       declared("ReduceLROnPlateau", plateau, ReduceLROnPlateauOptions()),
       declared("RemoteMonitor", remote_monitor, RemoteMonitorOptions()),
       declared("SwapEMAWeights", swap_ema_weights, SwapEMAWeightsOptions()),
       declared("TerminateOnNaN", terminate, TerminateOnNaNOptions())});
}

}  // namespace
