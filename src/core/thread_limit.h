#pragma once

namespace keratin::inline v0::core {

/// While it lives, Parallel::run on this thread lets no more than `most` threads compute at the same time, this one
/// included. The ranges stay what they are, and so do the results.
class ThreadLimit {
 public:
  explicit ThreadLimit(int most) noexcept;
  ~ThreadLimit();
  ThreadLimit(const ThreadLimit&) = delete;
  ThreadLimit& operator=(const ThreadLimit&) = delete;

  /// `threads`, or what a limit on this thread leaves of them.
  static int of(int threads) noexcept;

 private:
  int before_;
};

}  // namespace keratin::inline v0::core
