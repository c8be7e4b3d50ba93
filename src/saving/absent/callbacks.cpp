// What stands in for the callbacks of keratin::files where it is left out of the build.
#include "keratin/core/error.h"
#include "keratin/saving/backup_and_restore.h"
#include "keratin/saving/model_checkpoint.h"

namespace keratin::inline v0::callbacks {
namespace {

[[noreturn]] void not_built(const char* what) {
  throw NotBuiltError(std::string(what) +
                      " belongs to keratin::files, which was left out when this library was built. Build it with "
                      "-DKERATIN_BUILD_FILES=ON");
}

}  // namespace

SaveFreq::SaveFreq(const char* /*text*/) {}

ModelCheckpoint::ModelCheckpoint(std::string /*filepath*/, ModelCheckpointOptions options)
    : MonitorCallback(options.monitor, options.mode) {
  not_built("ModelCheckpoint");
}
void ModelCheckpoint::on_epoch_begin(std::int64_t /*epoch*/) {}
void ModelCheckpoint::on_train_batch_end(std::int64_t /*batch*/, const Logs& /*logs*/) {}
void ModelCheckpoint::on_epoch_end(std::int64_t /*epoch*/, const Logs& /*logs*/) {}
Config ModelCheckpoint::state() const { return {}; }
void ModelCheckpoint::set_state(const Config& /*state*/) {}

BackupAndRestore::BackupAndRestore(std::string /*backup_dir*/, BackupAndRestoreOptions /*options*/) {
  not_built("BackupAndRestore");
}
void BackupAndRestore::on_train_begin() {}
void BackupAndRestore::on_epoch_begin(std::int64_t /*epoch*/) {}
void BackupAndRestore::on_train_batch_end(std::int64_t /*batch*/, const Logs& /*logs*/) {}
void BackupAndRestore::on_epoch_end(std::int64_t /*epoch*/, const Logs& /*logs*/) {}
void BackupAndRestore::on_train_end(const Logs& /*logs*/) {}
Config BackupAndRestore::state() const { return {}; }
void BackupAndRestore::set_state(const Config& /*state*/) {}

}  // namespace keratin::inline v0::callbacks
