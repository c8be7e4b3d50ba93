#include <cstdlib>
#include <new>
#include <optional>
#include <utility>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include "keratin/core/log.h"
#include "session/core_impl.h"
#include "session/traced_function.h"
#include "session/work.h"

namespace keratin::inline v0::session {

void trim_heap() noexcept {
#if defined(__GLIBC__)
  ::malloc_trim(0);
#endif
}

ClearReport Core::Impl::end_everything(std::string_view reason) noexcept {
  ClearReport report;
  report.bytes = arena.current_bytes();
  report.mapped_bytes = arena.mapped_bytes();
  report.nodes = counters.nodes;
  report.variables = counters.variables;
  report.models = counters.models;
  report.layers = counters.layers;
  report.functions = counters.functions;
  // Handles first: destructors of the user's objects run below, and may look at them.
  for (Level& level : levels)
    if (level.functional) level.functional->end(reason);
  const std::vector<FunctionRecord> gone_functions = std::exchange(functions, {});
  for (const auto& root : roots) end_component(*root, reason);
  for (const FunctionRecord& record : gone_functions) record.function->end(reason);
  variables.end_all(reason);
  while (!roots.empty()) {
    const std::unique_ptr<Component> gone = std::move(roots.back());
    roots.pop_back();
  }
  levels.resize(1);
  levels.front() = {};
  workspace.forget();
  names.restart();
  callbacks.restart();
  leaks.restart();
  works = 0;
  for (auto* const counter : {&counters.variables, &counters.functions, &counters.scopes}) *counter = 0;
  arena.release_all();
  parallel.stop();
  if (report.mapped_bytes > 0) trim_heap();
  return report;
}

ClearReport Core::clear(SourceLine where) {
  const Entry entry(*this);
  impl_->check_open("clear()");
  std::optional<Busy> at_work;  // an evaluate or predict alone keeps nobody but clear() waiting
  if (impl_->work != nullptr) at_work.emplace(*this, impl_->work->kind());
  require_idle("clear()");
  const Busy busy(*this, "clear()");
  ClearReport report = impl_->end_everything(reason_of("session.clear()", {}, " at ", where));
  try {
    report.where = to_string(where);
  } catch (const std::bad_alloc&) {  // all has ended, which is what was asked for
  }
  return report;
}

void Core::end() noexcept {
  if (impl_->made.is_other_process()) return;
  if (impl_->is_at_work_here()) {
    impl_->ends_after_work = weak_from_this().lock();
    if (impl_->ends_after_work != nullptr) return;
  }
  if (impl_->ended.exchange(true)) return;
  try {
    const Entry entry(*this);
    impl_->end_everything(reason_of("the end of session ", impl_->name, ", made at ", impl_->where));
  } catch (const ConcurrentUseError& error) {
    impl_->ended = false;  // the last one out ends it
    log::write(log::Level::error, std::string("A session ended while another thread used it. ") + error.what());
  }
}

}  // namespace keratin::inline v0::session
