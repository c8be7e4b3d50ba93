#include "saving/callbacks/run_file.h"

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/options.h"
#include "keratin/core/error.h"
#include "saving/json.h"
#include "saving/zip.h"

namespace keratin::inline v0::saving {
namespace {

using training::RunState;

constexpr std::int64_t version = 2;
constexpr const char* description_member = "run.json";
constexpr const char* values_member = "values.bin";

/// Describes arrays in the order in which their bytes are written.
class Values {
 public:
  Config add(const std::string& path, const Array& array) {
    const auto* const first = static_cast<const std::byte*>(array.raw());
    pieces_.emplace_back(first, static_cast<std::size_t>(array.nbytes()));
    return {{"path", path}, {"dtype", std::string(name_of(array.dtype()))}, {"shape", core::config_of(array.shape())}};
  }
  ConfigValue add(const RunState::Values& values) {
    ConfigValue::List list;
    for (const auto& [path, array] : values) list.emplace_back(add(path, array));
    return list;
  }
  const std::vector<std::span<const std::byte>>& pieces() const noexcept { return pieces_; }

 private:
  std::vector<std::span<const std::byte>> pieces_;
};

ConfigValue described(const Logs& logs) {
  ConfigValue::List list;
  for (std::size_t i = 0; i < logs.size(); ++i)
    list.emplace_back(ConfigValue::List{ConfigValue(logs.name(i)), ConfigValue(logs.value(i))});
  return list;
}

Config described(const RunState& state, Values& values) {
  Config config = {{"version", version},
                   {"epoch", state.epoch},
                   {"batch", state.batch},
                   {"round", static_cast<std::int64_t>(state.position.round)},
                   {"row", state.position.row},
                   {"done", state.position.done},
                   {"epochs", static_cast<std::int64_t>(state.position.epochs)},
                   {"drawn", state.position.drawn},
                   {"logs", described(state.logs)},
                   {"variables", values.add(state.variables)},
                   {"metrics", values.add(state.metrics)}};
  ConfigValue::List callbacks;
  for (const RunState::OfCallback& each : state.callbacks) {
    ConfigValue::List weights;
    for (const Array& array : each.weights) weights.emplace_back(values.add("", array));
    callbacks.emplace_back(
        Config{{"class_name", each.class_name}, {"state", each.state}, {"weights", std::move(weights)}});
  }
  config.set("callbacks", std::move(callbacks));
  return config;
}

/// Reads arrays in the order in which they were described.
class ValueReader {
 public:
  explicit ValueReader(core::ByteInput& input) : input_(input) {}

  Array read(const Config& description) {
    const Shape shape = core::shape_from(description.at("shape"));
    const DType dtype = dtype_from_name(description.get<std::string>("dtype"));
    const auto elements = static_cast<std::uintmax_t>(shape.elements());
    if (dtype == string || elements > input_.left() / size_of(dtype))
      throw FileError(input_.name() + " is too short for what it is to hold");
    Array array = Array::empty(shape, dtype);
    if (array.nbytes() > 0) input_.read(const_cast<void*>(array.raw()), static_cast<std::size_t>(array.nbytes()));
    return array;
  }
  RunState::Values read_all(const ConfigValue& list) {
    RunState::Values values;
    for (const ConfigValue& each : list.as_list())
      values.emplace_back(each.as_config().get<std::string>("path"), read(each.as_config()));
    return values;
  }
  void finish() const {
    if (input_.left() > 0) throw FileError(input_.name() + " is longer than what it is to hold");
  }

 private:
  core::ByteInput& input_;
};

RunState state_from(const Config& config, core::ByteInput& input) {
  ValueReader values(input);
  RunState state;
  state.epoch = config.get<std::int64_t>("epoch");
  state.batch = config.get<std::int64_t>("batch");
  state.position = {.round = static_cast<std::uint64_t>(config.get<std::int64_t>("round")),
                    .row = config.get<std::int64_t>("row"),
                    .done = config.get<std::int64_t>("done"),
                    .epochs = static_cast<std::uint64_t>(config.get<std::int64_t>("epochs")),
                    .drawn = config.get<std::int64_t>("drawn")};
  for (const ConfigValue& each : config.at("logs").as_list())
    state.logs.set(each.as_list().at(0).as_text(), each.as_list().at(1).as_floating());
  state.variables = values.read_all(config.at("variables"));
  state.metrics = values.read_all(config.at("metrics"));
  for (const ConfigValue& each : config.at("callbacks").as_list()) {
    const Config& callback = each.as_config();
    RunState::OfCallback& read =
        state.callbacks.emplace_back(callback.get<std::string>("class_name"), callback.get<Config>("state"));
    for (const ConfigValue& weight : callback.at("weights").as_list())
      read.weights.push_back(values.read(weight.as_config()));
  }
  values.finish();
  return state;
}

}  // namespace

void write_run(const std::filesystem::path& path, const RunState& state) {
  Values values;
  const std::string description = to_json(described(state, values));
  const std::span<const std::byte> text = std::as_bytes(std::span(description));
  ArchiveWriter archive(path);
  archive.add(description_member, {&text, 1});
  archive.add(values_member, values.pieces());
  archive.commit();
}

RunState read_run(const std::filesystem::path& path) {
  const Archive archive(path);
  const ConfigValue description = parse_json(archive.read(description_member), "The backup '" + path.string() + "'");
  const std::unique_ptr<core::ByteInput> input = archive.open(values_member);
  try {
    const Config& config = description.as_config();
    if (config.get<std::int64_t>("version") != version)
      throw FileError("The backup '" + path.string() + "' was written by another version of the library");
    return state_from(config, *input);
  } catch (const FileError&) {
    throw;
  } catch (const Error& error) {  // an entry is missing, or of another kind
    throw FileError("The backup '" + path.string() + "' is damaged: " + error.what());
  }
}

}  // namespace keratin::inline v0::saving
