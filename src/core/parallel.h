#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>

namespace keratin::inline v0::core {

/// A session's own workers. They sleep when there is nothing to do (after a short spin), start at the first use that
/// needs them and end with stop(): a thousand idle sessions cost no thread.
class Parallel {
 public:
  /// `threads` counts the calling thread; 1 runs everything on it. 0 takes the machine's cores.
  explicit Parallel(int threads = 0);
  ~Parallel();
  Parallel(const Parallel&) = delete;
  Parallel& operator=(const Parallel&) = delete;

  int threads() const noexcept { return threads_; }

  using Body = void (*)(void* context, std::int64_t first, std::int64_t last);
  /// Calls body over [0, count) in contiguous ranges that don't depend on timing (the split depends on count, grain
  /// and threads alone). Runs on the caller alone if count ≤ grain. Allocates nothing after the workers' start.
  void run(std::int64_t count, std::int64_t grain, Body body, void* context);

  template <class F>
  void operator()(std::int64_t count, std::int64_t grain, F&& body) {
    run(
        count, grain,
        [](void* context, std::int64_t first, std::int64_t last) {
          (*static_cast<std::remove_reference_t<F>*>(context))(first, last);
        },
        const_cast<void*>(static_cast<const void*>(&body)));
  }

  /// Ends the workers; the next use that needs them starts them again.
  void stop() noexcept;

 private:
  struct Pool;
  int threads_;
  std::unique_ptr<Pool> pool_;
};

/// Sets the OpenMP thread count of the calling thread (the one oneDNN reads), and puts the host's value back at the
/// end. Does nothing where no OpenMP runtime is loaded.
class OpenMpThreads {
 public:
  explicit OpenMpThreads(int threads) noexcept;
  ~OpenMpThreads();
  OpenMpThreads(const OpenMpThreads&) = delete;
  OpenMpThreads& operator=(const OpenMpThreads&) = delete;
  void set(int threads) noexcept;  ///< changes it within the scope; cheap when nothing changes

 private:
  int before_;
  int now_;
};

}  // namespace keratin::inline v0::core
