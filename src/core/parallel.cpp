#include "core/parallel.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <exception>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <sched.h>

#include "core/fork.h"
#include "core/parts_of_a_thread.h"
#include "core/short_turns.h"
#include "core/thread_limit.h"

// Weak: the OpenMP runtime is there when oneDNN or the host brings one; we link none.
extern "C" {
int omp_get_max_threads() __attribute__((weak));
void omp_set_num_threads(int threads) __attribute__((weak));
}

namespace keratin::inline v0::core {
namespace {

/// How long a waiting thread looks before it sleeps: as long as waking it would take, so that it loses at most twice
/// what is lost anyway. It bridges what a step does on one thread, and ends soon after the last step.
constexpr std::chrono::microseconds wait_before_sleep{100};
constexpr int spins_between_looks = 32;  ///< at the clock

void pause() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/// Returns once `value` differs from `old`.
void wait_while(const std::atomic<std::uint32_t>& value, std::uint32_t old) noexcept {
  if (value.load(std::memory_order_acquire) != old) return;  // mostly so: the clock needn't be looked at
  const auto end = std::chrono::steady_clock::now() + wait_before_sleep;
  do {
    for (int spin = 0; spin < spins_between_looks; ++spin) {
      if (value.load(std::memory_order_acquire) != old) return;
      pause();
    }
  } while (std::chrono::steady_clock::now() < end);
  value.wait(old, std::memory_order_acquire);
}

int machine_cores() noexcept {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

/// A call of run(): its ranges are fixed, who takes which is not.
struct Job {
  std::int64_t count = 0;
  std::int64_t grain = 1;
  std::int64_t blocks = 0;  ///< of `grain` indices; ranges end at their borders
  std::uint32_t parts = 0;
  Parallel::Body body = nullptr;
  void* context = nullptr;

  Job() = default;
  Job(std::int64_t total, std::int64_t wanted_grain, int threads, Parallel::Body function, void* argument) noexcept
      : count(total), grain(std::max<std::int64_t>(1, wanted_grain)), body(function), context(argument) {
    blocks = count / grain + (count % grain != 0 ? 1 : 0);
    parts = static_cast<std::uint32_t>(std::min<std::int64_t>(std::int64_t{parts_of_a_thread} * threads, blocks));
  }

  std::int64_t first_of(std::uint32_t part) const noexcept {
    const std::int64_t each = blocks / parts;
    const std::int64_t longer = std::min<std::int64_t>(part, blocks % parts);
    return std::min(count, (each * part + longer) * grain);
  }
  void run(std::uint32_t part) const { body(context, first_of(part), first_of(part + 1)); }
  void run_all() const {
    for (std::uint32_t part = 0; part < parts; ++part) run(part);
  }
};

}  // namespace

/// The workers and the job at hand. A part is claimed by whoever is there: a worker that the system doesn't schedule
/// delays nobody, as the caller takes its parts.
struct Parallel::Pool {
  std::vector<std::thread> workers;
  Job job;
  std::atomic<bool> busy = false;
  std::atomic<bool> stopping = false;
  /// Job number (high half) and the next part to claim: a late worker's claim on an old job fails.
  std::atomic<std::uint64_t> ticket = 0;
  std::atomic<std::uint32_t> job_number = 0;  ///< what sleeping workers watch
  std::atomic<std::uint32_t> unfinished = 0;
  MadeIn made;           ///< the process whose threads the workers are
  bool refused = false;  ///< the system gave fewer threads than wanted; not asked again before the next stop()
  std::mutex failure_mutex;
  std::exception_ptr failure;

  /// Runs parts of job `number` until none is left.
  void work(std::uint32_t number) noexcept {
    std::uint64_t next = ticket.load(std::memory_order_acquire);
    while (next >> 32 == number) {
      // The number of parts stays what it is as long as one of them is unclaimed; else the exchange fails.
      const auto part = static_cast<std::uint32_t>(next & 0xffffu);
      const auto parts = static_cast<std::uint32_t>((next >> 16) & 0xffffu);
      if (part >= parts) return;
      if (!ticket.compare_exchange_weak(next, next + 1, std::memory_order_acq_rel, std::memory_order_acquire)) continue;
      try {
        job.run(part);
      } catch (...) {
        const std::lock_guard lock(failure_mutex);
        if (!failure) failure = std::current_exception();
      }
      if (unfinished.fetch_sub(1, std::memory_order_acq_rel) == 1) unfinished.notify_one();
      next = ticket.load(std::memory_order_acquire);
    }
  }

  void worker_main(std::uint32_t seen) noexcept {
    ask_for_short_turns();  // where a busy process has the core, a step goes on without this worker until it gets it
    for (;;) {
      wait_while(job_number, seen);
      seen = job_number.load(std::memory_order_acquire);
      if (stopping.load(std::memory_order_acquire)) return;
      work(seen);
    }
  }

  /// Starts the workers that are missing; where the system gives no more threads, the others do the work.
  void start(int wanted) {
    if (refused || static_cast<int>(workers.size()) >= wanted) return;
    workers.reserve(static_cast<std::size_t>(wanted));
    // Signals are the host's: they go to its threads.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
      const std::uint32_t seen = job_number.load(std::memory_order_relaxed);
      while (static_cast<int>(workers.size()) < wanted) workers.emplace_back(&Pool::worker_main, this, seen);
    } catch (const std::system_error&) {
      refused = true;
    } catch (const std::bad_alloc&) {  // what a thread starts with lies on the heap
      refused = true;
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  void run() {
    unfinished.store(job.parts, std::memory_order_relaxed);
    const std::uint32_t number = job_number.load(std::memory_order_relaxed) + 1;
    ticket.store((std::uint64_t{number} << 32) | (job.parts << 16), std::memory_order_release);
    job_number.store(number, std::memory_order_release);
    if (job.parts > workers.size()) {
      job_number.notify_all();
    } else {
      for (std::uint32_t i = 1; i < job.parts; ++i) job_number.notify_one();
    }
    work(number);
    while (const std::uint32_t left = unfinished.load(std::memory_order_acquire)) wait_while(unfinished, left);
    if (failure) std::rethrow_exception(std::exchange(failure, nullptr));
  }

  void stop() noexcept {
    stopping.store(true, std::memory_order_release);
    job_number.fetch_add(1, std::memory_order_release);
    job_number.notify_all();
    for (std::thread& worker : workers) worker.join();
    workers.clear();
    refused = false;
    stopping.store(false, std::memory_order_relaxed);
  }
};

Parallel::Parallel(int threads)
    : threads_(std::clamp(threads > 0 ? threads : machine_cores(), 1, 1024)), pool_(std::make_unique<Pool>()) {}

Parallel::~Parallel() {
  stop();
  // In a child process nobody is there to wait for, and a thread of its own may have a worker's old handle.
  if (pool_->made.is_other_process()) static_cast<void>(pool_.release());
}

void Parallel::run(std::int64_t count, std::int64_t grain, Body body, void* context) {
  if (count <= 0) return;
  const Job job(count, grain, threads_, body, context);
  if (job.parts < 2) return body(context, 0, count);
  // Alone, a body that calls run() again, or a second thread: the same ranges, one after the other.
  const int at_once = ThreadLimit::of(threads_);
  if (at_once < 2 || pool_->busy.exchange(true, std::memory_order_acquire)) return job.run_all();
  struct Idle {
    std::atomic<bool>& busy;
    ~Idle() { busy.store(false, std::memory_order_release); }
  } const idle{pool_->busy};
  pool_->start(at_once - 1);
  pool_->job = job;
  pool_->run();
}

void Parallel::stop() noexcept {
  if (!pool_->made.is_other_process()) pool_->stop();
}

OpenMpThreads::OpenMpThreads(int threads) noexcept
    : before_(omp_get_max_threads != nullptr ? omp_get_max_threads() : 0), now_(before_) {
  set(threads);
}

OpenMpThreads::~OpenMpThreads() { set(before_); }

void OpenMpThreads::set(int threads) noexcept {
  if (threads == now_ || threads < 1 || omp_set_num_threads == nullptr) return;
  omp_set_num_threads(threads);
  now_ = threads;
}

}  // namespace keratin::inline v0::core
