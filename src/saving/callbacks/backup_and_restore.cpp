#include "keratin/saving/backup_and_restore.h"

#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "keratin/core/error.h"
#include "keratin/core/log.h"
#include "keratin/training/model.h"
#include "saving/callbacks/run_file.h"
#include "saving/callbacks/save_freq.h"
#include "training/callback_run.h"

namespace keratin::inline v0::callbacks {
namespace {

using training::CallbackRun;
using training::RunState;
namespace fs = std::filesystem;

constexpr const char* owner = "BackupAndRestore";

fs::path latest_in(const fs::path& folder) { return folder / "latest.run"; }
fs::path second_in(const fs::path& folder) { return folder / "previous.new"; }
fs::path previous_in(const fs::path& folder) { return folder / "previous.run"; }

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

void write(const fs::path& folder, bool keeps_previous, const RunState& state) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw FileError("BackupAndRestore can't make the folder '" + folder.string() + "': " + error.message());
  const fs::path latest = latest_in(folder);
  if (keeps_previous && is_there(latest)) {
    // The last one has a second name until another takes its first: there is a whole one at every moment.
    const fs::path second = second_in(folder);
    fs::remove(second, error);
    fs::create_hard_link(latest, second, error);
    if (error) fs::copy_file(latest, second, error);
    if (!error) fs::rename(second, previous_in(folder), error);
    if (error) throw FileError("BackupAndRestore can't keep '" + latest.string() + "': " + error.message());
  }
  saving::write_run(latest, state);
}

/// The latest backup, or the one before where that can't be read; nothing where there is none.
std::optional<RunState> read(const fs::path& folder) {
  const fs::path latest = latest_in(folder);
  const fs::path previous = previous_in(folder);
  if (!is_there(latest)) {
    if (!is_there(previous)) return std::nullopt;
    return saving::read_run(previous);
  }
  try {
    return saving::read_run(latest);
  } catch (const FileError& error) {
    if (!is_there(previous)) throw;
    RunState state = saving::read_run(previous);
    log::write(log::Level::warning,
               std::string("BackupAndRestore takes the backup before the last one: ") + error.what());
    std::error_code ignored;
    fs::rename(previous, latest, ignored);
    return state;
  }
}

/// And the folder, if nothing else is in it.
void remove_backups(const fs::path& folder) {
  std::error_code error;
  for (const fs::path& each : {latest_in(folder), previous_in(folder), second_in(folder)})
    if (fs::remove(each, error); error)
      throw FileError("BackupAndRestore can't remove '" + each.string() + "': " + error.message());
  fs::remove(folder, error);
}

}  // namespace

BackupAndRestore::BackupAndRestore(std::string backup_dir, BackupAndRestoreOptions options)
    : backup_dir_(std::move(backup_dir)), options_(options) {
  if (backup_dir_.empty()) throw ValueError("BackupAndRestore: `backup_dir` is a folder. Received: an empty name");
  saving::check(options_.save_freq, owner);
}

void BackupAndRestore::on_train_begin() {
  CallbackRun& run = CallbackRun::of_fit(context(), owner);
  if (!model().is_built())
    throw NotBuiltError("BackupAndRestore needs a model that is built before fit begins: give '" + model().name() +
                        "' an Input, or build() it");
  last_batch_ = -1;
  batches_since_ = 0;
  if (std::optional<RunState> state = read(backup_dir_)) run.go_on_from(*std::move(state));
  run.write_state_when_cut([this](const RunState& state) { write(backup_dir_, options_.double_checkpoint, state); });
}

void BackupAndRestore::on_epoch_begin(std::int64_t /*epoch*/) { last_batch_ = -1; }

void BackupAndRestore::on_train_batch_end(std::int64_t batch, const Logs& /*logs*/) {
  if (!saving::is_due(options_.save_freq, batch, last_batch_, batches_since_)) return;
  CallbackRun::of_fit(context(), owner).write_state([this](const RunState& state) {
    write(backup_dir_, options_.double_checkpoint, state);
  });
}

void BackupAndRestore::on_epoch_end(std::int64_t /*epoch*/, const Logs& /*logs*/) {
  CallbackRun& run = CallbackRun::of_fit(context(), owner);
  // An epoch that was cut short has been backed up where that happened.
  if (!options_.save_freq.is_epoch() || run.is_cut()) return;
  run.write_state([this](const RunState& state) { write(backup_dir_, options_.double_checkpoint, state); });
}

void BackupAndRestore::on_train_end(const Logs& /*logs*/) {
  if (!options_.delete_checkpoint || CallbackRun::of_fit(context(), owner).is_interrupted()) return;
  remove_backups(backup_dir_);
}

Config BackupAndRestore::state() const { return {{"last_batch", last_batch_}, {"batches_since", batches_since_}}; }

void BackupAndRestore::set_state(const Config& state) {
  last_batch_ = state.get<std::int64_t>("last_batch");
  batches_since_ = state.get<std::int64_t>("batches_since");
}

}  // namespace keratin::inline v0::callbacks
