#include "session/work.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <limits>

#include "core/processor_time.h"
#include "keratin/core/log.h"
#include "session/core_impl.h"
#include "session/origin.h"

namespace keratin::inline v0::session {
namespace {

/// What plans and initial values took for a while goes back to the system. A large heap with many holes takes long for
/// that, and calls of ever new sizes plan each time: where it does, it has no more than a twentieth of the time, and
/// what is due waits for a later call. The time is this thread's own: a trim costs no more where other processes want
/// the processor.
void trim_heap_at_times(bool has_prepared) noexcept {
  using Clock = std::chrono::steady_clock;
  constexpr Clock::rep share = 20;
  constexpr std::chrono::milliseconds short_while{5};
  static std::atomic<bool> is_due = false;
  static std::atomic<Clock::rep> next = std::numeric_limits<Clock::rep>::min();
  if (has_prepared) is_due.store(true, std::memory_order_relaxed);
  if (!is_due.load(std::memory_order_relaxed)) return;
  Clock::rep from = next.load(std::memory_order_relaxed);
  const bool is_mine =
      Clock::now().time_since_epoch().count() >= from &&
      next.compare_exchange_strong(from, std::numeric_limits<Clock::rep>::max(), std::memory_order_relaxed);
  if (!is_mine) return;
  is_due.store(false, std::memory_order_relaxed);
  const auto begin = core::processor_time();
  trim_heap();
  const auto cost = core::processor_time() - begin;
  const Clock::duration pause = cost < short_while ? Clock::duration::zero() : share * cost;
  next.store((Clock::now() + pause).time_since_epoch().count(), std::memory_order_relaxed);
}

}  // namespace

Work::Work(Core& core, std::string_view kind, SourceLine where)
    : entry_(core),
      core_(core),
      outer_(core.impl().work),
      kind_(kind),
      where_(where),
      number_(++core.impl().works),
      preparations_before_(core.impl().preparations) {
  core.impl().work = this;
}

Work::~Work() {
  Core::Impl& impl = core_.impl();
  impl.work = outer_;
  if (outer_ != nullptr || impl.made.is_other_process()) return;
  trim_heap_at_times(impl.preparations != preparations_before_);
  if (where_.line == 0) return;
  try {
    const std::string warning = impl.leaks.note(core_, kind_, where_);
    if (!warning.empty()) log::write(log::Level::warning, warning);
  } catch (const std::exception&) {
    // There is no memory for the warning, or for what it needs: the call's own result counts more.
  }
}

bool Core::is_first_to_say(std::string_view topic) {
  if (impl_->work == nullptr || impl_->work->where().line == 0) return true;
  const SourceLine where = impl_->work->where();
  const bool was_said = std::ranges::any_of(
      impl_->said, [&](const auto& each) { return each.first == topic && is_same_line(each.second, where); });
  if (!was_said) impl_->said.emplace_back(topic, where);
  return !was_said;
}

}  // namespace keratin::inline v0::session
