#include "cli/commands.h"

#include <iostream>
#include <span>
#include <utility>

#include "keratin/core/error.h"
#include "keratin/saving/load_model.h"
#include "keratin/saving/npz.h"

namespace keratin::inline v0::cli {
namespace {

void write(const std::string& path, const Outputs& outputs, bool are_numbered) {
  if (is_npy(path)) {
    if (outputs.size() != 1)
      throw ValueError("A .npy file holds one array, and the model has " + std::to_string(outputs.size()) +
                       " outputs. Give --output a name that ends with .npz");
    return outputs[0].save(path);
  }
  NamedArrays results;
  for (std::size_t i = 0; i < outputs.size(); ++i)
    results.set(are_numbered ? "y" + std::to_string(i) : outputs.names()[i], outputs[i]);
  save_npz(path, results);
}

/// Zeros for each input, with `sizes` in place of what the model leaves open.
std::vector<Array> zeros_for(const Model& model, std::int64_t batch_size, const std::vector<std::int64_t>& sizes) {
  std::vector<Array> all;
  std::size_t used = 0;
  for (const Tensor& input : model.inputs()) {
    Shape shape = input.shape();
    if (shape[0] < 0) shape[0] = batch_size;
    for (std::int64_t axis = 1; axis < std::int64_t(shape.rank()); ++axis) {
      if (shape[axis] >= 0) continue;
      if (used == sizes.size())
        throw ValueError("An input of the shape " + to_string(input.shape()) +
                         " leaves sizes open. Give each of them with --size");
      shape[axis] = sizes[used++];
    }
    all.push_back(Array::zeros(shape, input.dtype()));
  }
  return all;
}

}  // namespace

void predict(const PredictArguments& arguments) {
  Session session;
  Model model = load_model(session, arguments.model, {.compile = false});
  const Rows inputs = inputs_of(arguments.input);
  write(arguments.output, model.predict(inputs.x, {.batch_size = arguments.batch_size}), inputs.are_numbered);
}

void summary(const SummaryArguments& arguments) {
  Session session;
  const Model model = load_model(session, arguments.model, {.compile = false});
  std::cout << model.summary({.line_length = arguments.line_length,
                              .expand_nested = arguments.expand_nested,
                              .show_trainable = arguments.show_trainable});
}

void plan(const PlanArguments& arguments) {
  Session session;
  Model model = load_model(session, arguments.model);
  const std::vector<Array> zeros = zeros_for(model, arguments.batch_size, arguments.sizes);
  if (!model.is_compiled()) {
    std::cout << "Training: the file doesn't say how the model was compiled, or not all of it is available here.\n\n";
  } else if (!arguments.sizes.empty()) {
    std::cout << "Training: not planned where the model leaves sizes open.\n\n";
  } else {
    std::cout << "Training, in batches of " << arguments.batch_size << " rows:\n"
              << model.memory_plan({.batch_size = arguments.batch_size, .rows = arguments.rows}) << "\n\n";
  }
  const auto step = session.function([&](std::span<const Tensor> x) { return model.call(x, {.training = false}); },
                                     {.name = "predict"});
  static_cast<void>(step.call(zeros));
  std::cout << "Predicting, in batches of " << arguments.batch_size << " rows:\n" << session.memory() << '\n';
  if (arguments.graph) std::cout << "\nThe steps of prediction:\n" << step.graph_text(true) << '\n';
}

}  // namespace keratin::inline v0::cli
