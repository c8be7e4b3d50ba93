#include "commands.h"

#include <algorithm>
#include <span>

namespace conformance {
namespace kt = keratin;

Arguments::Arguments(const std::vector<std::string>& all) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!all[i].starts_with("--")) {
      words.push_back(all[i]);
    } else {
      if (i + 1 == all.size()) throw kt::ValueError("A value is missing after " + all[i]);
      options[all[i]] = all[i + 1];
      ++i;
    }
  }
}

const std::string& Arguments::option(const std::string& name) const {
  const auto found = options.find(name);
  if (found == options.end()) throw kt::ValueError("The option " + name + " is missing");
  return found->second;
}

std::string Arguments::option_or(const std::string& name, const std::string& fallback) const {
  return options.contains(name) ? option(name) : fallback;
}

const std::string& Arguments::word(std::size_t index, const char* what) const {
  if (index >= words.size()) throw kt::ValueError(std::string(what) + " is missing");
  return words[index];
}

std::vector<kt::Array> numbered(const kt::NamedArrays& arrays, const std::string& prefix) {
  if (arrays.contains(prefix)) return {arrays[prefix]};
  std::vector<kt::Array> all;
  while (arrays.contains(prefix + std::to_string(all.size())))
    all.push_back(arrays[prefix + std::to_string(all.size())]);
  return all;
}

void run(const std::vector<std::string>& command) {
  const std::string name = command.empty() ? "" : command.front();
  const Arguments arguments(command.empty() ? command : std::vector<std::string>(command.begin() + 1, command.end()));
  if (name == "predict") return predict(arguments);
  if (name == "gradient") return gradient(arguments);
  if (name == "train") return train(arguments);
  if (name == "evaluate") return evaluate(arguments);
  if (name == "check") return check(arguments);
  if (name == "resave") return resave(arguments);
  if (name == "built") return built(arguments);
  throw kt::ValueError(
      "The command is predict, gradient, train, evaluate, check, resave, built or batch. Received: '" + name + "'");
}

namespace {

/// Real Keras compares 16-bit floats as float32, and .npz files have no bfloat16.
kt::Array comparable(const kt::Array& array) {
  return kt::size_of(array.dtype()) == 2 && kt::is_floating(array.dtype()) ? array.astype(kt::float32) : array;
}

}  // namespace

void predict(const Arguments& arguments) {
  kt::Session session;
  kt::Model model = kt::load_model(session, arguments.word(0, "MODEL.keras"), {.compile = false});
  const std::vector<kt::Array> x = numbered(kt::load_npz(arguments.option("--input")), "x");
  const std::int64_t batch_size = std::stoll(arguments.option_or("--batch-size", "32"));
  const kt::Outputs outputs = model.predict(x, {.batch_size = batch_size});
  kt::NamedArrays results;
  for (std::size_t i = 0; i < outputs.size(); ++i) results.set("y" + std::to_string(i), comparable(outputs[i]));
  kt::save_npz(arguments.option("--output"), results);
}

void gradient(const Arguments& arguments) {
  kt::Session session;
  kt::Model model = kt::load_model(session, arguments.word(0, "MODEL.keras"));
  if (!model.is_compiled()) throw kt::ValueError("The model could not be compiled as its file says");
  const kt::NamedArrays given = kt::load_npz(arguments.option("--input"));
  std::vector<kt::Array> inputs = numbered(given, "x");
  const std::size_t count = inputs.size();
  const std::vector<kt::Array> targets = numbered(given, "y");
  const std::vector<kt::Array> weights = numbered(given, "sample_weight");
  inputs.insert(inputs.end(), targets.begin(), targets.end());
  inputs.insert(inputs.end(), weights.begin(), weights.end());

  std::vector<std::string> names{"loss"};
  std::vector<kt::Variable> trainable;
  const std::vector<kt::Variable> trained = model.trainable_variables();
  for (const auto& [path, variable] : model.saved_weights()) {
    if (std::find(trained.begin(), trained.end(), variable) == trained.end()) continue;
    names.push_back(path);
    trainable.push_back(variable);
  }
  const auto step = session.function([&](std::span<const kt::Tensor> all) {
    const kt::Tensor loss =
        model.compute_loss(all.first(count), all.subspan(count, targets.size()), all.last(weights.size()));
    std::vector<kt::Tensor> results = kt::gradients(loss, trainable);
    results.insert(results.begin(), loss);
    return results;
  });
  const std::vector<kt::Array> values = step.call(inputs);
  kt::NamedArrays results;
  for (std::size_t i = 0; i < values.size(); ++i) results.set(names[i], comparable(values[i]));
  kt::save_npz(arguments.option("--output"), results);
}

}  // namespace conformance
