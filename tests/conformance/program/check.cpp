#include <fstream>
#include <span>

#include <nlohmann/json.hpp>

#include "commands.h"

namespace conformance {
namespace kt = keratin;
using Json = nlohmann::ordered_json;

namespace {

kt::ConfigValue config_of(const Json& value) {
  switch (value.type()) {
    case Json::value_t::boolean:
      return value.get<bool>();
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
      return value.get<std::int64_t>();
    case Json::value_t::number_float:
      return value.get<double>();
    case Json::value_t::string:
      return value.get<std::string>();
    case Json::value_t::array: {
      kt::ConfigValue::List list;
      for (const Json& each : value) list.push_back(config_of(each));
      return list;
    }
    case Json::value_t::object: {
      kt::Config config;
      for (const auto& [name, each] : value.items()) config.set(name, config_of(each));
      return config;
    }
    default:
      return {};
  }
}

/// Keras's object of the case's class.
kt::ConfigValue object_of(const Json& info) {
  return kt::Config{{"module", "keras"},
                    {"class_name", info.at("class_name").get<std::string>()},
                    {"config", config_of(info.at("config"))}};
}

template <class Function>
kt::Array computed(const kt::Array& input, const Function& function) {
  kt::Session session;
  return session.function([&](const kt::Tensor& x) { return kt::Tensor(function(x)); })(input);
}

kt::Array activation(const Json& info, const kt::NamedArrays& inputs) {
  const auto name = info.at("class_name").get<std::string>();
  const kt::Config options = config_of(info.at("config")).as_config();
  if (options.entries().empty()) return computed(inputs["x"], kt::Activation(kt::name(name)));
  return computed(inputs["x"], kt::Activation::with_options(name, options));
}

kt::Array initial_value(const Json& info) {
  const auto sizes = info.at("shape").get<std::vector<std::int64_t>>();
  return kt::InitializerSpec::from_config(object_of(info))(kt::Shape(std::span(sizes)), kt::float32, 1);
}

kt::NamedArrays stateful(const std::string& folder, const Json& info, const kt::NamedArrays& inputs) {
  kt::Session session;
  kt::Model model = kt::load_model(session, folder + "/model.keras");
  if (!model.is_compiled()) throw kt::ValueError("The model could not be compiled as its file says");
  const auto batch_size = info.at("batch_size").get<std::int64_t>();
  kt::NamedArrays results;
  std::size_t index = 0;
  for (const Json& call : info.at("calls")) {
    const auto kind = call.at("call").get<std::string>();
    const std::string name = "call" + std::to_string(index++);
    if (kind == "reset_states") {
      model.reset_states();
      continue;
    }
    const kt::Array& x = inputs[call.at("x").get<std::string>()];
    if (kind == "predict") {
      results.set(name, model.predict(x, {.batch_size = batch_size}));
      continue;
    }
    const kt::Array& y = inputs[call.at("y").get<std::string>()];
    if (kind == "fit") {
      const kt::History history =
          model.fit(x, y, {.batch_size = batch_size, .epochs = call.at("epochs"), .verbose = 0, .shuffle = false});
      results.set(name, kt::Array::copy_of(history["loss"]));
    } else {
      const bool trains = kind == "train_on_batch";
      const kt::Logs logs = trains ? model.train_on_batch(x, y) : model.test_on_batch(x, y);
      results.set(name, kt::Array::scalar(logs.at("loss")));
    }
  }
  return results;
}

}  // namespace

void check(const Arguments& arguments) {
  const std::string& folder = arguments.word(0, "CASE_DIR");
  const Json info = Json::parse(std::ifstream(folder + "/case.json"));
  const auto kind = info.at("kind").get<std::string>();
  const kt::NamedArrays inputs = kind == "initializer" ? kt::NamedArrays() : kt::load_npz(folder + "/inputs.npz");
  kt::NamedArrays results;
  if (kind == "activation") {
    results.set("value", activation(info, inputs));
  } else if (kind == "initializer") {
    results.set("value", initial_value(info));
  } else if (kind == "regularizer") {
    results.set("value", computed(inputs["weights"], kt::RegularizerSpec::from_config(object_of(info))));
  } else if (kind == "constraint") {
    results.set("value", computed(inputs["weights"], kt::ConstraintSpec::from_config(object_of(info))));
  } else if (kind == "schedule") {
    results.set("value", schedule(object_of(info), inputs));
  } else if (kind == "loss") {
    results.set("value", loss(object_of(info), inputs));
  } else if (kind == "metric") {
    results = metric(object_of(info), info.at("updates").get<std::int64_t>(), inputs);
  } else if (kind == "stateful") {
    results = stateful(folder, info, inputs);
  } else {
    throw kt::ValueError("Cases of this kind can't be checked yet. Received: '" + kind + "'");
  }
  kt::save_npz(arguments.option("--output"), results);
}

}  // namespace conformance
