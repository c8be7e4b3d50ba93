#include "session/session_builder.h"

#include <utility>

#include "keratin/core/log.h"
#include "session/core.h"

namespace keratin::inline v0::session {
namespace {

constexpr std::int64_t large_constant = std::int64_t{1} << 20;

}  // namespace

SessionBuilder::SessionBuilder(Core& core, const std::string& owner, SourceLine where, std::string name)
    : BuilderMemory(core.arena(), owner, where), graph::Builder(&graph_memory, std::move(name)), core_(core) {}

FunctionalBuilder::FunctionalBuilder(Core& core, SourceLine where, std::atomic<std::int64_t>& nodes)
    : SessionBuilder(core, "functional graph", where, "the functional graph of session '" + core.name() + "'"),
      nodes_(nodes) {}

FunctionalBuilder::~FunctionalBuilder() { nodes_ -= own_; }

void FunctionalBuilder::added(graph::NodeId /*node*/) {
  ++own_;
  ++nodes_;
}

void TraceBuilder::added(graph::NodeId node) {
  if (graph().node(node).op != &graph::constant_op) return;
  const Array& array = graph().constants().back();
  if (array.nbytes() <= large_constant) return;
  const std::string line = to_string(where());
  log::write(log::Level::warning, "An array of " + to_string(Bytes{array.nbytes()}) + " became a constant of " +
                                      name() + (line.empty() ? "" : " (" + line + ")") +
                                      ", and is held by each of its plans. Pass it as an argument, or keep it in a "
                                      "session.variable(). Received: " +
                                      graph::to_string(graph::Spec{array.dtype(), array.shape()}));
}

void check_session(const graph::Builder& builder, const Core& core, const std::string& what) {
  const auto* const ours = dynamic_cast<const SessionBuilder*>(&builder);
  if (ours == nullptr || &ours->core() == &core) return;
  throw ValueError("Sessions share nothing: " + what + " belongs to the session '" + core.name() +
                   "', and can't be used in " + builder.name() + ", which belongs to the session '" +
                   ours->core().name() + "'. Make it in that session, or pass its value as an Array");
}

}  // namespace keratin::inline v0::session
