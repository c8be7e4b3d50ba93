#include "saving/weights.h"

#include <string>
#include <vector>

#include "keratin/core/error.h"
#include "layers/saved_weights.h"
#include "saving/model_files.h"
#include "session/core.h"
#include "training/live_model.h"

namespace keratin::inline v0 {
namespace saving {
namespace {

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

std::vector<Source> sources(const Layer& model, const Hdf5File& file) {
  std::vector<Source> all;
  for (const layers::SavedLayer& saved : layers::saved_layers(model)) {
    if (!saved.layer->is_built())
      throw NotBuiltError(
          "The layer '" + saved.layer->path() +
              "' has no weights yet, so none can be read into them: it is built when it is called first. "
              "Give the model an Input, or build() it",
          saved.layer->path());
    for (std::size_t i = 0; i < saved.weights.size(); ++i)
      all.push_back(source_of(saved.weights[i], saved.path + "/" + std::to_string(i), file));
    if (const std::string next = saved.path + "/" + std::to_string(saved.weights.size()); file.contains(next))
      throw FileError(file.name() + " has more weights for the layer '" + saved.layer->path() + "' (" +
                      saved.layer->class_name() + ") than its " + std::to_string(saved.weights.size()) + ": '" + next +
                      "' of shape " + to_string(file.describe(next).shape));
  }
  return all;
}

}  // namespace

void load_weights(const Layer& model, const Hdf5File& file) {
  for (auto& [weight, dataset] : sources(model, file)) {
    if (weight.dtype() == dataset.dtype) {
      file.read(dataset, session::Inner::data_to_overwrite(weight));
    } else {
      weight.assign(file.read(dataset.path).astype(weight.dtype()));
    }
  }
}

}  // namespace saving

void Model::load_weights(const std::string& path) {
  training::LiveModel& model = live();
  const session::Core::Entry entry(model.core());
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored) || saving::is_archive(path)) {
    saving::load_weights(model, saving::Hdf5File(saving::ModelFiles(path).random_access("model.weights.h5")));
  } else {
    saving::load_weights(model, saving::Hdf5File(saving::open_file(path)));
  }
}

}  // namespace keratin::inline v0
