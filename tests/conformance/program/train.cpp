#include <algorithm>
#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

#include "commands.h"

namespace conformance {
namespace kt = keratin;
using Json = nlohmann::ordered_json;

namespace {

/// x, y and weights of the file --input, as the model compiled in MODEL.keras takes them.
struct Given {
  kt::Data x;
  kt::Data y;
  kt::Data sample_weight;
};

Given given(const Arguments& arguments) {
  const kt::NamedArrays arrays = kt::load_npz(arguments.option("--input"));
  return {numbered(arrays, "x"), numbered(arrays, "y"), numbered(arrays, "sample_weight")};
}

kt::Model compiled_model(kt::Session& session, const Arguments& arguments) {
  kt::Model model = kt::load_model(session, arguments.word(0, "MODEL.keras"));
  if (!model.is_compiled()) throw kt::ValueError("The model could not be compiled as its file says");
  return model;
}

/// "0=1.0,1=2.5".
kt::FlatMap<std::int64_t, double> class_weights(const std::string& text) {
  kt::FlatMap<std::int64_t, double> weights;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string pair = text.substr(at, end - at);
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos)
      throw kt::ValueError("--class-weight takes pairs like 0=1.0,1=2.5. Received: '" + text + "'");
    weights[std::stoll(pair.substr(0, equals))] = std::stod(pair.substr(equals + 1));
    at = end + 1;
  }
  return weights;
}

void write_json(const std::string& path, const Json& values) {
  std::ofstream out(path);
  out << values.dump() << '\n';
  if (!out.flush()) throw kt::FileError("'" + path + "' can't be written");
}

}  // namespace

void train(const Arguments& arguments) {
  kt::Session session;
  kt::Model model = compiled_model(session, arguments);
  const Given data = given(arguments);
  const std::string shuffle = arguments.option_or("--shuffle", "true");
  if (shuffle != "true" && shuffle != "false")
    throw kt::ValueError("--shuffle is true or false. Received: '" + shuffle + "'");
  const kt::History history = model.fit(data.x, data.y,
                                        {.batch_size = std::stoll(arguments.option_or("--batch-size", "32")),
                                         .epochs = std::stoll(arguments.option_or("--epochs", "1")),
                                         .verbose = 0,
                                         .validation_split = std::stod(arguments.option_or("--validation-split", "0")),
                                         .shuffle = shuffle == "true",
                                         .class_weight = class_weights(arguments.option_or("--class-weight", "")),
                                         .sample_weight = data.sample_weight});
  Json numbers = Json::object();
  for (const std::string& name : history.names()) numbers[name] = history[name];
  write_json(arguments.option("--history"), numbers);
  model.save(arguments.option("--output"));
}

void evaluate(const Arguments& arguments) {
  kt::Session session;
  kt::Model model = compiled_model(session, arguments);
  const Given data = given(arguments);
  const kt::Logs logs = model.evaluate(data.x, data.y,
                                       {.batch_size = std::stoll(arguments.option_or("--batch-size", "32")),
                                        .verbose = 0,
                                        .sample_weight = data.sample_weight});
  Json numbers = Json::object();
  for (std::size_t i = 0; i < logs.size(); ++i) numbers[logs.name(i)] = logs.value(i);
  write_json(arguments.option("--output"), numbers);
}

}  // namespace conformance
