#include "keratin/testing/left_behind.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace keratin::inline v0::testing {
namespace {

bool is_of(std::string_view path, const std::vector<std::string>& owners) {
  return std::ranges::any_of(owners, [&](const std::string& owner) {
    return path == owner || (path.starts_with(owner) && path[owner.size()] == '/');
  });
}

using Counted = std::pair<std::string_view, std::int64_t GraphStats::*>;
constexpr std::array counted{
    Counted{"nodes", &GraphStats::nodes},         Counted{"models", &GraphStats::models},
    Counted{"layers", &GraphStats::layers},       Counted{"variables", &GraphStats::variables},
    Counted{"functions", &GraphStats::functions}, Counted{"traces", &GraphStats::traces},
    Counted{"plans", &GraphStats::plans},         Counted{"graph scopes open", &GraphStats::scopes}};

}  // namespace

SessionMark::SessionMark(const Session& session) : memory_(session.snapshot()), graph_(session.graph()) {}

std::string SessionMark::left_behind(const Session& session, const std::vector<std::string>& may_stay) const {
  std::string text;
  for (const MemoryOwner& owner : session.snapshot().compare_to(memory_).top) {
    if (owner.bytes <= 0 || is_of(owner.owner, may_stay)) continue;
    text += "\n  " + to_string(Bytes{owner.bytes}) + " of " + std::string(name_of(owner.category)) + " of '" +
            owner.owner + "'" + (owner.where.empty() ? "" : ", made at ") + owner.where;
  }
  const GraphStats now = session.graph();
  for (const auto& [name, member] : counted)
    if (may_stay.empty() && now.*member > graph_.*member)
      text += "\n  " + std::string(name) + ": " + std::to_string(now.*member - graph_.*member);
  return text;
}

}  // namespace keratin::inline v0::testing
