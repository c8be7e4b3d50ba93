#include "saving/weights.h"

#include <new>
#include <string>
#include <vector>

#include "core/heap.h"
#include "keratin/core/error.h"
#include "keratin/core/log.h"
#include "keratin/optimizers/optimizers.h"
#include "layers/saved_weights.h"
#include "saving/hdf5_writer.h"
#include "saving/model_files.h"
#include "session/core.h"
#include "training/live_model.h"

namespace keratin::inline v0 {
namespace saving {
namespace {

constexpr const char* optimizer_place = "optimizer";

/// A weight and where it comes from.
struct Source {
  Variable weight;
  Dataset dataset;
};

bool converts(DType from, DType to) {
  return from == to || (is_floating(from) && is_floating(to)) || (is_integer(from) && is_integer(to));
}

Source source_of(const Variable& weight, const std::string& path, const Hdf5File& file) {
  const auto of = [&] { return ", and the weight '" + weight.path() + "' "; };
  if (!file.contains(path))
    throw FileError(file.name() + " has no '" + path + "'" + of() + "of shape " + to_string(weight.shape()) +
                    " is to be read from it. The file is of a model of other layers");
  Dataset dataset = file.describe(path);
  if (dataset.shape != weight.shape())
    throw ShapeError("'" + path + "' in " + file.name() + " has the shape " + to_string(dataset.shape) + of() +
                         "has the shape " + to_string(weight.shape()),
                     weight.path());
  if (!converts(dataset.dtype, weight.dtype()))
    throw DTypeError("'" + path + "' in " + file.name() + " has the dtype " + std::string(name_of(dataset.dtype)) +
                         of() + "has the dtype " + std::string(name_of(weight.dtype())),
                     weight.path());
  return {weight, std::move(dataset)};
}

std::vector<Source> sources_of(const layers::SavedLayer& saved, const Hdf5File& file) {
  if (!saved.layer->is_built())
    throw NotBuiltError("The layer '" + saved.layer->path() +
                            "' has no weights yet, so none can be read into them: it is built when it is called first. "
                            "Give the model an Input, or build() it",
                        saved.layer->path());
  std::vector<Source> all;
  for (std::size_t i = 0; i < saved.weights.size(); ++i)
    all.push_back(source_of(saved.weights[i], saved.path + "/" + std::to_string(i), file));
  if (const std::string next = saved.path + "/" + std::to_string(saved.weights.size()); file.contains(next))
    throw FileError(file.name() + " has more weights for the layer '" + saved.layer->path() + "' (" +
                    saved.layer->class_name() + ") than its " + std::to_string(saved.weights.size()) + ": '" + next +
                    "' of shape " + to_string(file.describe(next).shape));
  return all;
}

bool is_mismatch(const Error& error) {
  return error.code() == ErrorCode::file || error.code() == ErrorCode::shape || error.code() == ErrorCode::dtype;
}

std::vector<Source> sources(const Layer& model, const Hdf5File& file, bool skip_mismatch) {
  std::vector<Source> all;
  for (const layers::SavedLayer& saved : layers::saved_layers(model)) {
    try {
      for (Source& source : sources_of(saved, file)) all.push_back(std::move(source));
    } catch (const Error& error) {
      if (!skip_mismatch || !is_mismatch(error)) throw;
      log::write(log::Level::warning, "The layer '" + saved.layer->path() + "' keeps its weights: " + error.what());
    }
  }
  return all;
}

void read_source(const Source& source, const Hdf5File& file) {
  if (source.weight.dtype() == source.dataset.dtype) {
    file.read(source.dataset, session::Inner::data_to_overwrite(source.weight));
  } else {
    Variable(source.weight).assign(file.read(source.dataset.path).astype(source.weight.dtype()));
  }
}

void write_variables(Hdf5Writer& file, const std::string& place, const std::string& name,
                     const std::vector<Variable>& variables) {
  file.add_group(place, name);
  for (std::size_t i = 0; i < variables.size(); ++i)
    file.add_dataset(place + "/" + std::to_string(i), variables[i].dtype(), variables[i].shape(),
                     session::Inner::data(variables[i]));
}

/// What files have of an optimizer that may be inside of another. Keras's files of a Nadam in a LossScaleOptimizer lack
/// its product of momentums, which begins anew where such a file is read.
std::vector<Variable> saved_variables(const optimizers::Optimizer& optimizer, const optimizers::Optimizer* around) {
  std::vector<Variable> variables = optimizer.variables();
  const auto* const scaled =
      dynamic_cast<const optimizers::LossScaleOptimizer*>(around == nullptr ? &optimizer : around);
  if (scaled != nullptr && dynamic_cast<const optimizers::Nadam*>(scaled->inner_optimizer().unchecked()) != nullptr)
    std::erase_if(variables, [](const Variable& variable) { return variable.path().ends_with("/u_product"); });
  return variables;
}

void write_optimizer(Hdf5Writer& file, const std::string& place, const optimizers::Optimizer& optimizer,
                     const optimizers::Optimizer* around = nullptr) {
  write_variables(file, place + "/vars", optimizer.name(), saved_variables(optimizer, around));
  for (const auto& [name, inner] : optimizer.nested()) write_optimizer(file, place + "/" + name, *inner, &optimizer);
}

/// The optimizer's state, if all of it is in the file and fits; else the optimizer starts afresh, as Keras's does.
void read_optimizer(const Hdf5File& file, const std::string& place, optimizers::Optimizer& optimizer,
                    const std::vector<Variable>& trained, const optimizers::Optimizer* around = nullptr) {
  std::vector<std::string> paths;
  while (file.contains(place + "/vars/" + std::to_string(paths.size())))
    paths.push_back(place + "/vars/" + std::to_string(paths.size()));
  if (paths.empty()) return;
  if (paths.size() > saved_variables(optimizer, around).size()) optimizer.build(trained);
  const std::vector<Variable> variables = saved_variables(optimizer, around);
  const auto refuse = [&](const std::string& why) {
    log::write(log::Level::warning, "The optimizer '" + optimizer.name() + "' starts afresh: " + why);
  };
  if (paths.size() != variables.size())
    return refuse(file.name() + " has " + std::to_string(paths.size()) + " variables of one, and it has " +
                  std::to_string(variables.size()));
  std::vector<Source> all;
  try {
    for (std::size_t i = 0; i < paths.size(); ++i) all.push_back(source_of(variables[i], paths[i], file));
  } catch (const Error& error) {
    if (!is_mismatch(error)) throw;
    return refuse(error.what());
  }
  for (const Source& source : all) read_source(source, file);
  for (const auto& [name, inner] : optimizer.nested())
    read_optimizer(file, place + "/" + name, *inner, trained, &optimizer);
}

}  // namespace

void save_weights(const training::LiveModel& model, std::unique_ptr<RandomOutput> output, const std::string& name,
                  bool with_optimizer) {
  Hdf5Writer file(std::move(output), name);
  for (const layers::SavedLayer& saved : layers::saved_layers(model))
    write_variables(file, saved.path, saved.layer->name(), saved.weights);
  if (with_optimizer && model.is_compiled())
    write_optimizer(file, optimizer_place, *model.compiled("saving").optimizer());
  file.close();
}

void load_weights(const training::LiveModel& model, const Hdf5File& file, bool skip_mismatch) {
  for (const Source& source : sources(model, file, skip_mismatch)) read_source(source, file);
  if (!model.is_compiled()) return;
  optimizers::Optimizer& optimizer = *model.compiled("loading").optimizer();
  read_optimizer(file, optimizer_place, optimizer, model.trainable_variables());
}

}  // namespace saving

void Model::load_weights(const std::string& path, const LoadWeightsOptions& options) try {
  training::LiveModel& model = live();
  const session::Core::Entry entry(model.core());
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored) || saving::is_archive(path)) {
    saving::load_weights(model, saving::Hdf5File(saving::ModelFiles(path).random_access(saving::weights_member)),
                         options.skip_mismatch);
  } else {
    saving::load_weights(model, saving::Hdf5File(saving::open_file(path)), options.skip_mismatch);
  }
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("load_weights");
}

}  // namespace keratin::inline v0
