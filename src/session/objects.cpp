#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "session/core_impl.h"
#include "session/traced_function.h"
#include "session/traced_function_impl.h"

namespace keratin::inline v0::session {
namespace {

LiveObject object_of(std::string kind, std::string name, const Origin& origin, std::int64_t count = 1) {
  return {.kind = std::move(kind),
          .name = std::move(name),
          .where = to_string(origin.where),
          .fit = origin.fit,
          .id = origin.id,
          .count = count};
}

const char* kind_of(ComponentKind kind) noexcept {
  switch (kind) {
    case ComponentKind::layer:
      return "layer";
    case ComponentKind::model:
      return "model";
    case ComponentKind::metric:
      return "metric";
    case ComponentKind::optimizer:
      return "optimizer";
    case ComponentKind::other:
      break;
  }
  return "component";
}

void list(Component& component, std::vector<LiveObject>& objects) {
  const ComponentState& state = Inner::state(component);
  if (!state.life->alive()) return;
  objects.push_back(object_of(kind_of(state.kind), state.path, state.origin));
  for (const auto& child : state.children) list(*child, objects);
}

/// "(f32[?,6], i32[?])".
std::string text_of(std::span<const graph::Spec> inputs) {
  std::string text;
  for (const graph::Spec& spec : inputs) text += (text.empty() ? "(" : ", ") + graph::to_string(spec);
  return text.empty() ? "()" : text + ")";
}

/// The values of a graph, in one entry.
LiveObject tensors_of(const graph::Graph& graph, const std::string& name, const Origin& origin) {
  return object_of("tensor", name, origin, static_cast<std::int64_t>(graph.nodes().size()));
}

}  // namespace

void TracedFunction::list(std::vector<LiveObject>& objects) const {
  objects.push_back(object_of("function", impl_->path, impl_->origin));
  for (const auto& trace : impl_->traces) {
    const std::string name = impl_->path + text_of(trace->signature);
    objects.push_back(object_of("trace", name, trace->origin));
    objects.push_back(tensors_of(*trace->graph, name, trace->origin));
    for (const auto& cached : trace->plans)
      objects.push_back(object_of("plan", impl_->path + text_of(cached->plan->inputs()), cached->origin));
  }
}

ObjectReport Core::objects() const {
  ObjectReport report;
  std::vector<LiveObject>& objects = report.objects;
  for (const Level& level : impl_->levels) {
    if (level.is_scope) objects.push_back(object_of("scope", "graph_scope", level.origin));
    if (level.functional == nullptr || level.functional->graph().nodes().empty()) continue;
    objects.push_back(object_of("graph", "functional graph", level.graph_origin));
    objects.push_back(tensors_of(level.functional->graph(), "functional graph", level.graph_origin));
  }
  for (const auto& root : impl_->roots) session::list(*root, objects);
  for (const FunctionRecord& record : impl_->functions) record.function->list(objects);
  for (const auto& [id, variable] : impl_->variables.all())
    objects.push_back(object_of("variable", variable->path, variable->origin));
  std::ranges::stable_sort(objects, {}, &LiveObject::id);
  return report;
}

}  // namespace keratin::inline v0::session
