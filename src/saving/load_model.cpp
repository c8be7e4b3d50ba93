#include "keratin/saving/load_model.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "keratin/core/error.h"
#include "keratin/core/log.h"
#include "layers/network.h"
#include "layers/registry.h"
#include "saving/compile_config.h"
#include "saving/hdf5.h"
#include "saving/json.h"
#include "saving/model_files.h"
#include "saving/weights.h"
#include "session/core.h"
#include "training/live_model.h"

namespace keratin::inline v0 {
namespace {

using training::LiveModel;

/// Python code anywhere in a description.
bool holds_code(const ConfigValue& value) {
  if (value.is_list()) return std::ranges::any_of(value.as_list(), holds_code);
  if (!value.is_config()) return false;
  return std::ranges::any_of(value.as_config().entries(), [](const auto& entry) {
    return (entry.first == "class_name" && entry.second.is_text() && entry.second.as_text() == "__lambda__") ||
           holds_code(entry.second);
  });
}

void refuse_code(const ConfigValue& config, const LoadOptions& options, const std::string& file) {
  const bool is_replaced = !options.safe_mode && std::ranges::any_of(options.custom_objects, [](const auto& object) {
    return object.name == "Lambda";
  });
  if (is_replaced || !holds_code(config)) return;
  throw ValueError(file + " holds Python code (a Lambda layer, or a function without a name). Running it would be " +
                   "unsafe, and isn't possible here. Write it as a layer in C++, and give it with {.custom_objects = " +
                   "{kt::custom<MyLambda>(\"Lambda\")}, .safe_mode = false}");
}

/// The model that the description makes; nothing of it is built.
std::unique_ptr<LiveModel> described(const Config& object, const std::string& file) {
  const auto class_name = object.get<std::string>("class_name");
  if (class_name != "Sequential" && class_name != "Functional" && class_name != "Model")
    throw ValueError(file + " describes a model of the class '" + class_name +
                     "'. What can be loaded are models of layers: Sequential and Functional");
  const Config& config = object.at("config").as_config();
  auto model = std::make_unique<LiveModel>(layers::Network::from_config(config));
  model->take_common(config);
  return model;
}

/// A Sequential that was built without an Input tells its shape here.
std::optional<Shape> built_shape(const Config& object) {
  if (!object.contains("build_config") || !object.at("build_config").is_config()) return std::nullopt;
  const Config& build = object.at("build_config").as_config();
  if (!build.contains("input_shape") || !build.at("input_shape").is_list()) return std::nullopt;
  Shape shape;
  for (const ConfigValue& size : build.at("input_shape").as_list()) {
    if (!size.is_none() && !size.is_integer()) return std::nullopt;
    shape.push_back(shape.empty() || size.is_none() ? -1 : size.as_integer());
  }
  return shape;
}

void build(LiveModel& model, const Config& object) {
  if (!model.is_sequential() || !model.inputs().empty()) return;
  if (const std::optional<Shape> shape = built_shape(object)) model.build_with_input({float32, *shape});
}

/// Compiles as the file says. What can't be restored is no reason not to have the model.
void restore_compiled(LiveModel& model, const Config& object, const std::string& file) {
  if (!object.contains("compile_config") || !object.at("compile_config").is_config()) return;
  const Config& compiled = object.at("compile_config").as_config();
  if (compiled.entries().empty()) return;
  try {
    model.compile(saving::compile_options(compiled, model.output_names()));
  } catch (const OutOfMemoryError&) {
    throw;
  } catch (const Error& error) {
    log::write(log::Level::warning, "'" + file + "' is loaded without being compiled: " + error.what());
  }
}

}  // namespace

Model load_model(Session& session, const std::string& path, const LoadOptions& options, std::source_location where) {
  session::Core& core = *session::Inner::core(session);
  const session::Core::Entry entry(core);
  core.require_idle("load_model");
  const saving::ModelFiles files(path);
  const std::string file = files.name_of("config.json");
  const ConfigValue value = saving::parse_json(files.read("config.json"), file);
  if (!value.is_config()) throw FileError(file + " is no description of a model");
  const Config& object = value.as_config();
  refuse_code(value, options, file);
  const layers::CustomScope scope(options.custom_objects);
  std::unique_ptr<LiveModel> made = described(object, file);
  const saving::Hdf5File weights(files.random_access("model.weights.h5"));

  LiveModel& model = *made;
  core.adopt(std::move(made), nullptr, where);
  try {
    build(model, object);
    if (model.is_built()) saving::load_weights(model, weights);
    if (options.compile) restore_compiled(model, object, path);
    return model.handle();
  } catch (...) {
    core.remove(model, "load_model of '" + path + "' failed");
    throw;
  }
}

}  // namespace keratin::inline v0
