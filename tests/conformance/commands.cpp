#include "commands.h"

#include <algorithm>
#include <span>

namespace conformance {
namespace kt = keratin;

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
    const kt::Tensor weight = weights.empty() ? kt::Tensor() : all.back();
    const kt::Tensor loss = model.compute_loss(all.first(count), all.subspan(count, targets.size()), weight);
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
