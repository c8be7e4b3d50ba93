#include "keratin/session/stats.h"

#include <ostream>

#include "core/write_count.h"
#include "keratin/core/memory.h"

namespace keratin::inline v0 {

using core::write_count;

std::ostream& operator<<(std::ostream& out, const GraphStats& stats) {
  out << "Session graph:";
  write_count(out, stats.nodes, "node", " ");
  write_count(out, stats.models, "model", ", ");
  write_count(out, stats.layers, "layer", ", ");
  write_count(out, stats.variables, "variable", ", ");
  write_count(out, stats.functions, "function", ", ");
  write_count(out, stats.traces, "cached trace", ", ");
  write_count(out, stats.plans, "cached plan", ", ");
  write_count(out, stats.scopes, "open scope", ", ");
  return out;
}

std::ostream& operator<<(std::ostream& out, const CallbackStats& stats) {
  write_count(out, stats.attached, "callback", "");
  out << " attached";
  for (std::size_t i = 0; i < stats.names.size(); ++i) out << (i == 0 ? ": " : ", ") << stats.names[i];
  for (const CallbackClass& each : stats.classes)
    out << "\n  " << each.name << ": " << each.seen << " seen, " << each.attached << " attached, " << each.alive
        << " alive, " << to_string(Bytes{each.bytes}) << " kept for them";
  return out;
}

std::ostream& operator<<(std::ostream& out, const FunctionStats& stats) {
  out << "Function '" << stats.name << "':";
  write_count(out, stats.calls, "call", " ");
  write_count(out, stats.traces, "trace", ", ");
  out << " (" << stats.cached << " cached,";
  write_count(out, stats.nodes, "node", " ");
  out << ')';
  write_count(out, stats.plans_made, "plan", ", ");
  out << " (" << stats.plans << " cached, workspace " << to_string(Bytes{stats.workspace_bytes}) << ')';
  if (stats.retrace_warnings > 0) write_count(out, stats.retrace_warnings, "retrace warning", ", ");
  if (stats.reasons.empty()) return out;
  out << "\n  why it was traced, the last times:";
  std::int64_t number = stats.traces - static_cast<std::int64_t>(stats.reasons.size());
  for (const std::string& reason : stats.reasons) out << "\n  " << ++number << ". " << reason;
  return out;
}

}  // namespace keratin::inline v0
