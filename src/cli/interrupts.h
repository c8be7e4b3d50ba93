#pragma once

#include <atomic>
#include <stop_token>
#include <thread>

namespace keratin::inline v0::cli {

/// Thrown where a command ends because of a signal: the program's exit code is 128 and the signal's number then.
struct Stopped {
  int signal = 0;
};

/// While it lives, SIGINT and SIGTERM ask for a stop, with which the work at hand ends in order; a second one ends the
/// program at once. The library itself installs no handler: signals are the program's.
class Interrupts {
 public:
  /// Blocks both signals for this thread and those started by it from now on; a thread of its own waits for them.
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  std::stop_token token() const { return source_.get_token(); }
  /// Throws Stopped after a signal.
  void check() const;

 private:
  void wait_for_signals(int signals);

  std::stop_source source_;
  std::atomic<int> signal_ = 0;
  int end_ = -1;  ///< an eventfd that ends the thread
  std::jthread thread_;
};

}  // namespace keratin::inline v0::cli
