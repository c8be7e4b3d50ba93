#include <filesystem>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "core/file.h"
#include "core/heap.h"
#include "keratin/core/error.h"
#include "keratin/core/log.h"
#include "keratin/saving/model_json.h"
#include "layers/registry.h"
#include "saving/compile_config.h"
#include "saving/hdf5_writer.h"
#include "saving/json.h"
#include "saving/model_files.h"
#include "saving/stored_archive.h"
#include "saving/weights.h"
#include "session/core.h"
#include "training/live_model.h"

namespace keratin::inline v0 {
namespace saving {
namespace {

using training::LiveModel;

/// The version of Keras whose format it is. The time is always the same one, so that equal models make equal files.
constexpr std::string_view metadata = R"({"keras_version": "3.15.1", "date_saved": "1980-01-01@00:00:00"})";

/// How the model was compiled. A part of it without a description (a function without a name) is no reason not to save
/// the model.
Config described_compiling(const LiveModel& model) {
  try {
    return compile_config(model);
  } catch (const ValueError& error) {
    log::write(log::Level::warning, "The model '" + model.name() + "' is saved as one that isn't compiled, without " +
                                        "its optimizer. " + error.what());
    return {};
  }
}

/// Keras's object of a model, with how it was compiled.
Config model_object(const LiveModel& model, bool with_compiled) {
  Config object = layers::object_of(model);
  object.set("compile_config", with_compiled ? described_compiling(model) : Config());
  return object;
}

void check_free(const std::filesystem::path& path, bool overwrite) {
  std::error_code ignored;
  if (!overwrite && std::filesystem::exists(path, ignored))
    throw FileError("'" + path.string() + "' exists already, and overwrite=false was given");
}

void check_ending(const std::string& path, std::string_view ending) {
  if (!path.ends_with(ending))
    throw ValueError("The name of the file must end in `" + std::string(ending) + "`. Received: '" + path + "'");
}

/// The files that a saved model's folder has. Another folder isn't exchanged for one.
void check_folder(const std::filesystem::path& folder) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name != metadata_member && name != config_member && name != weights_member && name != assets_member)
      throw FileError("The folder '" + folder.string() + "' can't be replaced by a saved model: it has other files. " +
                      "Received: '" + name + "' in it");
  }
}

void save_file(const LiveModel& model, const std::string& path, const std::string& config, bool with_optimizer) {
  core::AtomicFile file(path);
  StoredArchive archive(file);
  archive.add(metadata_member, metadata);
  archive.add(config_member, config);
  save_weights(model, archive.begin(weights_member),
               "The member '" + std::string(weights_member) + "' of '" + path + "'", with_optimizer);
  archive.end();
  archive.finish();
  file.commit();
}

void save_weights_file(const LiveModel& model, const std::filesystem::path& path, bool with_optimizer) {
  core::AtomicFile file(path);
  save_weights(model, output_to(file), "The file '" + path.string() + "'", with_optimizer);
  file.commit();
}

void save_folder(const LiveModel& model, const std::string& path, const std::string& config, bool with_optimizer) {
  check_folder(path);
  core::AtomicFolder folder(path);
  const auto write = [&](const char* member, std::string_view text) {
    core::AtomicFile file(folder.path() / member);
    file.write(text);
    file.commit();
  };
  write(metadata_member, metadata);
  write(config_member, config);
  save_weights_file(model, folder.path() / weights_member, with_optimizer);
  folder.commit();
}

void save(const LiveModel& model, const std::string& path, const SaveOptions& options) {
  const bool zipped = options.zipped.value_or(true);
  if (zipped) check_ending(path, ".keras");
  if (!zipped && path.ends_with(".keras"))
    throw ValueError("A folder's name must not end in `.keras`, as that of a file does. Received: '" + path + "'");
  check_free(path, options.overwrite);
  // What has no description is refused before anything is written.
  const Config object = model_object(model, options.include_optimizer);
  const std::string config = to_json(object);
  const bool with_optimizer = !object.at("compile_config").as_config().entries().empty();
  if (!model.is_built())
    log::write(log::Level::warning, "The model '" + model.name() + "' is saved before it is built: without weights");
  if (zipped) {
    save_file(model, path, config, with_optimizer);
  } else {
    save_folder(model, path, config, with_optimizer);
  }
}

}  // namespace
}  // namespace saving

void Model::save(const std::string& path, const SaveOptions& options) const try {
  const session::Core::Entry entry(live().core());
  saving::save(live(), path, options);
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("save");
}

void save_model(const Model& model, const std::string& path, const SaveOptions& options) { model.save(path, options); }

void Model::save_weights(const std::string& path, const SaveWeightsOptions& options) const try {
  const session::Core::Entry entry(live().core());
  saving::check_ending(path, ".weights.h5");
  saving::check_free(path, options.overwrite);
  if (!live().is_built())
    throw NotBuiltError("The model '" + name() + "' has no weights to be saved yet: it is built when it is called " +
                        "first. Give it an Input, or build() it");
  saving::save_weights_file(live(), path, true);
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("save_weights");
}

std::string Model::to_json() const try {
  const session::Core::Entry entry(live().core());
  return saving::to_json(saving::model_object(live(), true));
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("to_json");
}

}  // namespace keratin::inline v0
