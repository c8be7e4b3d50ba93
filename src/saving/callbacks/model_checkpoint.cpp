#include "keratin/saving/model_checkpoint.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "core/text.h"
#include "keratin/core/error.h"
#include "keratin/core/log.h"
#include "keratin/training/model.h"
#include "saving/callbacks/file_name.h"
#include "saving/callbacks/save_freq.h"
#include "training/callbacks/messages.h"

namespace keratin::inline v0::callbacks {
namespace {

constexpr const char* owner = "ModelCheckpoint";

std::string five_digits(double value) {
  char text[512];
  std::snprintf(text, sizeof text, "%.5f", value);
  return text;
}

void make_folder_of(const std::filesystem::path& path) {
  if (!path.has_parent_path()) return;
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (error) throw FileError("ModelCheckpoint can't make the folder of '" + path.string() + "': " + error.message());
}

}  // namespace

ModelCheckpoint::ModelCheckpoint(std::string filepath, ModelCheckpointOptions options)
    : MonitorCallback(options.monitor, options.mode, options.initial_value_threshold),
      filepath_(std::move(filepath)),
      options_(std::move(options)) {
  const char* const end = options_.save_weights_only ? ".weights.h5" : ".keras";
  if (!filepath_.ends_with(end))
    throw ValueError("ModelCheckpoint: `filepath` must end in " + std::string(end) + " to save " +
                     (options_.save_weights_only ? "weights only" : "a model") + ". Received: filepath='" + filepath_ +
                     "'");
  saving::check(options_.save_freq, owner);
  static_cast<void>(saving::FileName(filepath_, owner));
}

void ModelCheckpoint::on_epoch_begin(std::int64_t epoch) { epoch_ = epoch; }

void ModelCheckpoint::on_train_batch_end(std::int64_t batch, const Logs& logs) {
  if (saving::is_due(options_.save_freq, batch, last_batch_, batches_since_)) save(batch + 1, logs);
}

void ModelCheckpoint::on_epoch_end(std::int64_t epoch, const Logs& logs) {
  epoch_ = epoch;
  settle_direction();
  if (options_.save_freq.is_epoch()) save(0, logs);
}

bool ModelCheckpoint::is_to_be_saved(const Logs& logs, const std::string& path) {
  const auto say = [&](const std::string& message) {
    if (options_.verbose > 0) print_epoch(epoch_, message);
  };
  if (!options_.save_best_only) {
    say("saving model to " + path);
    return true;
  }
  settle_direction();
  const std::optional<double> current = watched(logs, "ModelCheckpoint's save_best_only");
  if (!current) return true;
  const std::string before = best() ? five_digits(*best()) : "None";
  if (!is_improvement(*current, best())) {
    say(monitor() + " did not improve from " + before);
    return false;
  }
  say(monitor() + " improved from " + before + " to " + five_digits(*current) + ", saving model to " + path);
  set_best(current);
  return true;
}

void ModelCheckpoint::save(std::int64_t batch, const Logs& logs) {
  const std::string path = saving::FileName(filepath_, owner).filled(epoch_ + 1, batch, logs);
  if (!is_to_be_saved(logs, path)) return;
  make_folder_of(path);
  if (std::error_code ignored; std::filesystem::is_directory(path, ignored))
    throw FileError("ModelCheckpoint writes files, and this is a folder: '" + path + "'");
  if (options_.save_weights_only) {
    model().save_weights(path);
  } else {
    model().save(path);
  }
  if (options_.verbose > 0) print_epoch(epoch_, "finished saving model to " + path);
}

Config ModelCheckpoint::state() const {
  return {{"best", or_none(best())}, {"last_batch", last_batch_}, {"batches_since", batches_since_}};
}

void ModelCheckpoint::set_state(const Config& state) {
  set_best(optional_number(state, "best"));
  last_batch_ = state.get<std::int64_t>("last_batch");
  batches_since_ = state.get<std::int64_t>("batches_since");
}

}  // namespace keratin::inline v0::callbacks
