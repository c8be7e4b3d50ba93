#include <algorithm>
#include <exception>
#include <iterator>
#include <memory>
#include <utility>

#include "keratin/core/log.h"
#include "session/core_impl.h"
#include "session/traced_function.h"

namespace keratin::inline v0::session {

std::uint64_t Core::Impl::open_level(bool is_scope, SourceLine level_where) {
  Level level;
  level.id = next_level++;
  level.is_scope = is_scope;
  level.where = level_where;
  level.origin = origin(level_where);
  levels.push_back(std::move(level));
  if (is_scope) ++counters.scopes;
  return levels.back().id;
}

void Core::Impl::leave_level(std::uint64_t id) noexcept {
  const auto found = std::find_if(levels.begin(), levels.end(), [&](const Level& level) { return level.id == id; });
  if (found == levels.end()) return;
  if (found->is_scope) --counters.scopes;
  levels.erase(found);
}

bool Core::Impl::is_open(std::uint64_t id) const noexcept {
  return std::any_of(levels.begin(), levels.end(), [&](const Level& level) { return level.id == id; });
}

void Core::Impl::end_level(std::uint64_t id, std::string_view reason) noexcept {
  for (Level& level : levels)
    if (level.id == id && level.functional) level.functional->end(reason);
  end_functions(reason, nullptr, id);
  const auto belongs = [id](const auto& root) { return Inner::level(*root) == id; };
  for (std::size_t i = roots.size(); i-- > 0;)
    if (belongs(roots[i])) end_component(*roots[i], reason);
  variables.end_level(id, reason);
  counters.variables = static_cast<std::int64_t>(variables.size());
  leave_level(id);
  // Last, one by one, and without memory for a list of them: destructors run the user's code, and may look at the rest.
  for (auto last = roots.rbegin(); (last = std::find_if(roots.rbegin(), roots.rend(), belongs)) != roots.rend();) {
    const std::unique_ptr<Component> gone = std::move(*last);
    roots.erase(std::next(last).base());
  }
}

graph::Builder& Core::functional_builder() {
  impl_->check_open("a layer's call");
  Level& level = impl_->levels.back();
  if (!level.functional) {
    level.functional = std::make_unique<FunctionalBuilder>(*this, level.where, impl_->counters.nodes);
    level.graph_origin = impl_->origin(level.where.line > 0 ? level.where : impl_->where);
  }
  return *level.functional;
}

std::uint64_t Core::open_scope(SourceLine where) {
  const Entry entry(*this);
  impl_->check_open("a graph scope");
  return impl_->open_level(true, where);
}

void Core::close_scope(std::uint64_t id) noexcept {
  if (impl_->made.is_other_process()) return;
  try {
    if (impl_->is_at_work_here() && id < impl_->next_level_at_entry) {
      impl_->scopes_after_work.push_back(id);
      return;
    }
    const Entry entry(*this);
    if (!impl_->is_open(id)) return;  // clear() has ended it
    const auto end = [&](const Level& level) {
      impl_->end_level(level.id, reason_of("the end of a graph_scope()", {}, " opened at ", level.where));
    };
    for (std::size_t i = impl_->levels.size(); impl_->levels[--i].id != id;) {
      if (!impl_->levels[i].is_scope) continue;
      log::write(log::Level::error, "Graph scopes close in reverse order: the one opened at " +
                                        to_string(impl_->levels[i].where) +
                                        " was still open inside of one that closed, and was closed before it");
      end(impl_->levels[i]);
    }
    for (const Level& level : impl_->levels)
      if (level.id == id) return end(level);
  } catch (const std::exception& error) {  // a destructor can't throw
    log::write(log::Level::error, std::string("A graph scope could not be closed: ") + error.what());
  }
}

}  // namespace keratin::inline v0::session
