#include "training/run_state.h"

#include <algorithm>

#include "graph/spec.h"
#include "keratin/core/error.h"
#include "session/core.h"
#include "training/kept_weights.h"
#include "training/live_model.h"

namespace keratin::inline v0::training {
namespace {

void add_new(std::vector<Variable>& all, const std::vector<Variable>& more) {
  for (const Variable& each : more)
    if (std::ranges::find(all, each) == all.end()) all.push_back(each);
}

/// The variables of a component and its parts, whatever its class means by variables().
std::vector<Variable> all_variables(const Component& component) { return component.variables(); }

}  // namespace

std::vector<Variable> lasting_variables(LiveModel& model) {
  std::vector<Variable> all = session::Inner::own_variables(model);
  // Layers of a functional model may belong to somebody else.
  for (const Layer* const layer : model.layers()) add_new(all, all_variables(*layer));
  for (const Component* const part : session::Inner::children(model))
    if (part->kind() != ComponentKind::metric) add_new(all, all_variables(*part));
  return all;
}

std::vector<Variable> metric_variables(LiveModel& model) {
  std::vector<Variable> all;
  for (const Component* const part : session::Inner::children(model))
    if (part->kind() == ComponentKind::metric) add_new(all, all_variables(*part));
  return all;
}

RunState::Values values_of(std::span<const Variable> variables) {
  RunState::Values values;
  values.reserve(variables.size());
  for (const Variable& variable : variables) values.emplace_back(variable.path(), content_of(variable));
  return values;
}

void restore_values(std::span<const Variable> variables, const RunState::Values& values, const char* what) {
  // By their order: a model of the same program may have another name.
  const auto text = [](const std::string& path, DType dtype, const Shape& shape) {
    return "'" + path + "' " + graph::to_string(graph::Spec{dtype, shape});
  };
  for (std::size_t i = 0; i < std::min(variables.size(), values.size()); ++i)
    if (const auto& [path, value] = values[i];
        variables[i].shape() != value.shape() || variables[i].dtype() != value.dtype())
      throw FileError("The run can't go on, as its " + std::string(what) + " are those of another model: " +
                      text(variables[i].path(), variables[i].dtype(), variables[i].shape()) + " can't become " +
                      text(path, value.dtype(), value.shape()));
  if (variables.size() != values.size())
    throw FileError("The run can't go on, as its " + std::string(what) + " are those of another model, which has " +
                    std::to_string(values.size()) + ". This one has " + std::to_string(variables.size()));
  for (std::size_t i = 0; i < variables.size(); ++i) session::Inner::write(variables[i], values[i].second);
}

}  // namespace keratin::inline v0::training
