#include "keratin/saving/load_model.h"

#include <algorithm>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/custom_scope.h"
#include "core/heap.h"
#include "keratin/core/error.h"
#include "keratin/core/log.h"
#include "keratin/saving/model_json.h"
#include "saving/compile_config.h"
#include "saving/hdf5.h"
#include "saving/json.h"
#include "saving/model_files.h"
#include "saving/weights.h"
#include "session/core.h"
#include "training/live_model.h"
#include "training/model_config.h"

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

/// Code that only tells how the model was compiled is no reason not to have the model.
void refuse_code(Config config, const LoadOptions& options, const std::string& file) {
  config.set("compile_config", {});
  const bool is_replaced = !options.safe_mode && std::ranges::any_of(options.custom_objects, [](const auto& object) {
    return object.name() == "Lambda";
  });
  if (is_replaced || !holds_code(config)) return;
  throw ValueError(file + " holds Python code (a Lambda layer, or a function without a name). Running it would be " +
                   "unsafe, and isn't possible here. Write it as a layer in C++, and give it with {.custom_objects = " +
                   "{kt::custom<MyLambda>(\"Lambda\")}, .safe_mode = false}");
}

/// Keras's object of a model, as JSON.
Config model_object(std::string_view json, const std::string& file) {
  ConfigValue value = saving::parse_json(json, file);
  if (!value.is_config()) throw FileError(file + " is no description of a model");
  return value.as_config();
}

/// The model that the description makes; nothing of it is built.
std::unique_ptr<LiveModel> described(const Config& object, const std::string& file) {
  const auto class_name = object.get<std::string>("class_name");
  if (class_name != "Sequential" && class_name != "Functional" && class_name != "Model")
    throw ValueError(file + " describes a model of the class '" + class_name +
                     "'. What can be loaded are models of layers: Sequential and Functional");
  return training::described_model(object.at("config").as_config());
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
    model.compile(saving::compile_options(compiled, model.output_names().size()));
  } catch (const OutOfMemoryError&) {
    throw;
  } catch (const Error& error) {
    log::write(log::Level::warning, file + " is loaded without being compiled: " + error.what());
  }
}

}  // namespace

Model load_model(Session& session, const std::string& path, const LoadOptions& options,
                 std::source_location where) try {
  session::Core& core = *session::Inner::core(session);
  const session::Core::Entry entry(core);
  core.require_idle("load_model");
  const saving::ModelFiles files(path);
  const std::string file = files.name_of(saving::config_member);
  const Config object = model_object(files.read(saving::config_member), file);
  refuse_code(object, options, file);
  const core::CustomScope scope(options.custom_objects);
  std::unique_ptr<LiveModel> made = described(object, file);
  const saving::Hdf5File weights(files.random_access(saving::weights_member));
  return training::adopted_model(core, std::move(made), where, [&](LiveModel& model) {
    build(model, object);
    if (options.compile) restore_compiled(model, object, "'" + path + "'");
    if (model.is_built()) saving::load_weights(model, weights);
  });
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("load_model", where);
}

Model model_from_json(Session& session, std::string_view json_string, const std::vector<CustomObject>& custom_objects,
                      std::source_location where) try {
  session::Core& core = *session::Inner::core(session);
  const session::Core::Entry entry(core);
  core.require_idle("model_from_json");
  const std::string text = "The text";
  const Config object = model_object(json_string, text);
  refuse_code(object, {.custom_objects = custom_objects}, text);
  const core::CustomScope scope(custom_objects);
  return training::adopted_model(core, described(object, text), where, [&](LiveModel& model) {
    build(model, object);
    restore_compiled(model, object, "The model of this text");
  });
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("model_from_json", where);
}

}  // namespace keratin::inline v0
