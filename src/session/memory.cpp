#include <algorithm>
#include <set>

#include "session/core_impl.h"
#include "session/traced_function.h"

namespace keratin::inline v0::session {
namespace {

MemoryOwner planned(const VariableState& variable) {
  return {variable.path, to_string(variable.where), variable.category, variable.bytes()};
}

/// What plans need beyond what is there.
struct Need {
  std::vector<VariableState*> variables;
  const runtime::Plan* largest = nullptr;  ///< by workspace; nullptr if none is larger than what is there
  std::int64_t bytes = 0;
};

Need need_of(const Core::Impl& impl, std::span<const runtime::Plan* const> plans) {
  Need need;
  std::set<graph::VariableId> ids;
  std::int64_t growth = 0;
  for (const runtime::Plan* const plan : plans) {
    ids.insert(plan->variables().begin(), plan->variables().end());
    if (impl.workspace.growth(*plan) <= growth) continue;
    growth = impl.workspace.growth(*plan);
    need.largest = plan;
  }
  need.variables = impl.variables.without_memory(std::vector<graph::VariableId>(ids.begin(), ids.end()));
  need.bytes = growth;
  for (const VariableState* const variable : need.variables) need.bytes += variable->bytes();
  return need;
}

}  // namespace

MemoryReport Core::memory() const { return impl_->arena.report(); }

MemoryReport Core::projected(std::span<const runtime::Plan* const> plans, std::int64_t extra) const {
  const Need need = need_of(*impl_, plans);
  MemoryReport report = impl_->arena.report();
  report.current_bytes += need.bytes + extra;
  for (const VariableState* const variable : need.variables) {
    report.owners.push_back(planned(*variable));
    report.by_category[variable->category] += variable->bytes();
  }
  if (need.largest != nullptr) {
    // The workspace that is there makes room for the larger one.
    for (const runtime::Plan::Share& share : impl_->workspace.shares())
      report.by_category[share.category] -= static_cast<std::int64_t>(share.bytes);
    for (const core::Arena::Share& share : workspace_shares(impl_->owner_of(*need.largest))) {
      report.by_category[share.tag.category] += share.bytes;
      report.owners.push_back(
          {std::string(share.tag.owner), to_string(share.tag.where), share.tag.category, share.bytes});
    }
  }
  if (report.current_bytes > report.peak_bytes) {
    report.peak_bytes = report.current_bytes;
    report.peak_by_category = report.by_category;
  }
  std::stable_sort(report.owners.begin(), report.owners.end(),
                   [](const MemoryOwner& a, const MemoryOwner& b) { return a.bytes > b.bytes; });
  return report;
}

bool Core::has_room_for(std::span<const runtime::Plan* const> plans, std::int64_t extra) const {
  return impl_->arena.fits(need_of(*impl_, plans).bytes + extra);
}

void Core::allocate_for(std::span<const runtime::Plan* const> plans, std::int64_t extra, std::string_view what) {
  const Entry entry(*this);
  const Need need = need_of(*impl_, plans);
  if (need.variables.empty() && need.largest == nullptr && extra == 0) return;
  std::vector<MemoryOwner> owners;
  owners.reserve(need.variables.size());
  for (const VariableState* const variable : need.variables) owners.push_back(planned(*variable));
  if (need.largest != nullptr)
    for (MemoryOwner& owner : need.largest->owners_at_peak()) owners.push_back(std::move(owner));
  impl_->arena.check(need.bytes + extra, what, owners);
  if (!need.variables.empty()) ++impl_->preparations;
  impl_->variables.allocate(need.variables);
  if (need.largest == nullptr) return;
  impl_->workspace.reserve(impl_->owner_of(*need.largest));
}

}  // namespace keratin::inline v0::session
