#include "cli/interrupts.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace keratin::inline v0::cli {
namespace {

sigset_t handled() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

Interrupts::Interrupts() {
  const sigset_t set = handled();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  const int signals = signalfd(-1, &set, SFD_CLOEXEC);
  end_ = eventfd(0, EFD_CLOEXEC);
  if (signals < 0 || end_ < 0) throw std::system_error(errno, std::generic_category(), "signals can't be waited for");
  thread_ = std::jthread([this, signals] { wait_for_signals(signals); });
}

Interrupts::~Interrupts() {
  const std::uint64_t one = 1;
  if (write(end_, &one, sizeof one) < 0) std::terminate();
  thread_.join();
  close(end_);
  const sigset_t set = handled();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void Interrupts::wait_for_signals(int signals) {
  std::array<pollfd, 2> both{
      {{.fd = signals, .events = POLLIN, .revents = 0}, {.fd = end_, .events = POLLIN, .revents = 0}}};
  while (poll(both.data(), both.size(), -1) >= 0 || errno == EINTR) {
    if ((both[1].revents & POLLIN) != 0) break;
    signalfd_siginfo info{};
    if ((both[0].revents & POLLIN) == 0 || read(signals, &info, sizeof info) != sizeof info) continue;
    const int number = static_cast<int>(info.ssi_signo);
    if (signal_ != 0) _exit(128 + number);
    signal_ = number;
    source_.request_stop();
  }
  close(signals);
}

void Interrupts::check() const {
  if (const int number = signal_; number != 0) throw Stopped{number};
}

}  // namespace keratin::inline v0::cli
