#include "session/core.h"

#include <random>
#include <sstream>
#include <utility>

#include "keratin/core/log.h"
#include "session/core_impl.h"
#include "session/work.h"

namespace keratin::inline v0::session {
namespace {

std::uint64_t seed_of(const SessionOptions& options) {
  if (options.seed) return *options.seed;
  std::random_device random;
  return std::uint64_t{random()} << 32 | random();
}

std::string text_of(std::thread::id thread) {
  std::ostringstream text;
  text << thread;
  return text.str();
}

int checked_threads(int threads) {
  if (threads >= 0) return threads;
  throw ValueError("A session's threads must be 1 or more, or 0 for the machine's cores. Received: threads=" +
                   std::to_string(threads));
}

Bytes checked_budget(Bytes budget) {
  if (budget.count >= 0) return budget;
  throw ValueError("A session's memory_budget can't be negative. Received: " + std::to_string(budget.count) + " bytes");
}

}  // namespace

Core::Impl::Impl(const SessionOptions& options, SourceLine made_at)
    : arena(checked_budget(options.memory_budget)),
      parallel(checked_threads(options.threads)),
      seed(seed_of(options)),
      name(options.name),
      dtype_policy(options.dtype_policy),
      where(made_at),
      variables(arena, seed),
      workspace(arena) {
  levels.push_back({});
  busy.reserve(4);  // clear() says so there, and must not fail for want of memory
  note_process_before_sessions();
}

Origin Core::Impl::origin(SourceLine made_at) noexcept {
  Origin origin{.id = ++last_id, .fit = 0, .where = made_at};
  if (work == nullptr) return origin;
  origin.fit = work->number();
  if (work->where().line > 0) origin.where = work->where();
  return origin;
}

void Core::Impl::check_process() const {
  if (!made.is_other_process()) return;
  throw ForkedError("The session '" + name + "' was made " +
                    (where.line > 0 ? "at " + to_string(where) + ' ' : std::string()) +
                    "in another process, of which this one is a copy made by fork(). Its threads were not copied, and "
                    "its memory may have been in the middle of a change. Make a session after the fork, in the process "
                    "that uses it; results come back through a pipe or a file. The parent's session goes on working");
}

void Core::Impl::check_open(std::string_view what) const {
  if (!ended) return;
  throw NoSessionError("The session '" + name + "' has ended, and " + std::string(what) +
                       " needs one that lives. Keep the Session object as long as it is used");
}

Core::Core(SessionOptions options, SourceLine where) : impl_(std::make_unique<Impl>(options, where)) {}

Core::~Core() {
  if (impl_->made.is_other_process()) {
    // Threads that are not here may have been in the middle of anything: what the session holds goes with the process.
    static_cast<void>(impl_.release());
    return;
  }
  if (!impl_->ended) impl_->end_everything(reason_of("the end of session ", impl_->name, ", made at ", impl_->where));
}

core::Arena& Core::arena() noexcept { return impl_->arena; }
core::Parallel& Core::parallel() noexcept { return impl_->parallel; }
std::uint64_t Core::seed() const noexcept { return impl_->seed; }
int Core::threads() const noexcept { return impl_->parallel.threads(); }
const std::string& Core::name() const noexcept { return impl_->name; }
const DTypePolicy& Core::dtype_policy() const noexcept { return impl_->dtype_policy; }

std::string Core::unique_name(std::string_view base) { return impl_->names.unique(base); }

Core::Entry::Entry(Core& core) : core_(core) {
  Impl& impl = core.impl();
  impl.check_process();
  const std::thread::id self = std::this_thread::get_id();
  std::thread::id holder = impl.holder.load(std::memory_order_relaxed);
  if (holder != self) {
    holder = {};
    if (!impl.holder.compare_exchange_strong(holder, self, std::memory_order_acquire)) {
      std::string work;
      const std::lock_guard lock(impl.mutex);
      if (!impl.busy.empty()) work = ", which runs " + impl.busy.front() + ',';
      throw ConcurrentUseError("The session '" + impl.name + "' is used by one thread at a time: thread " +
                               text_of(holder) + work + " is inside. Give each thread a session of its own, or let " +
                               "them take turns. Received: a call from thread " + text_of(self));
    }
  }
  if (impl.depth++ == 0) impl.next_level_at_entry = impl.next_level;
}

Core::Entry::~Entry() {
  Impl& impl = core_.impl();
  if (--impl.depth > 0) return;
  const std::shared_ptr<Core> ending = std::move(impl.ends_after_work);
  const std::vector<std::uint64_t> scopes = std::exchange(impl.scopes_after_work, {});
  impl.holder.store({}, std::memory_order_release);
  for (const std::uint64_t scope : scopes) core_.close_scope(scope);
  if (ending != nullptr) ending->end();
}

bool Core::Impl::is_at_work_here() const noexcept {
  return holder.load(std::memory_order_relaxed) == std::this_thread::get_id() && depth > 0;
}

Core::Busy::Busy(Core& core, std::string_view what) : core_(core) {
  Impl& impl = core.impl();
  const std::lock_guard lock(impl.mutex);
  impl.busy.emplace_back(what);
}

Core::Busy::~Busy() {
  Impl& impl = core_.impl();
  const std::lock_guard lock(impl.mutex);
  if (!impl.busy.empty()) impl.busy.pop_back();
}

void Core::require_idle(std::string_view wanted) const {
  std::string work;
  {
    const std::lock_guard lock(impl_->mutex);
    if (!impl_->busy.empty()) work = impl_->busy.front();
  }
  if (work.empty() && impl_->running > 0) work = "a function";
  if (work.empty()) return;
  throw SessionBusyError("The session '" + impl_->name + "' is running " + work +
                         ", which must have ended first: stop it (in a callback: context.stop()), and ask again after "
                         "it has returned. Received: " +
                         std::string(wanted));
}

GraphStats Core::graph_stats() const noexcept {
  const Counters& counters = impl_->counters;
  GraphStats stats;
  stats.nodes = counters.nodes;
  stats.models = counters.models;
  stats.layers = counters.layers;
  stats.variables = counters.variables;
  stats.functions = counters.functions;
  stats.traces = counters.traces;
  stats.plans = counters.plans;
  stats.scopes = counters.scopes;
  return stats;
}

CallbackStats Core::callbacks() const { return impl_->callbacks.stats(); }

void Core::attach_callback(const std::string& class_name, const std::weak_ptr<const void>& life) {
  const SourceLine where = impl_->work == nullptr ? SourceLine() : impl_->work->where();
  const std::int64_t call = impl_->work == nullptr ? 0 : impl_->work->number();
  const std::string warning = impl_->callbacks.attach(class_name, life, where, call);
  if (!warning.empty()) log::write(log::Level::warning, warning);
}

void Core::detach_callbacks(std::size_t count) noexcept { impl_->callbacks.detach(count); }

void Core::book_callback(const std::string& class_name, std::int64_t bytes) noexcept {
  impl_->callbacks.book(class_name, bytes);
}

}  // namespace keratin::inline v0::session
