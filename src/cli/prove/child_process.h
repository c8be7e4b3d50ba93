#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace keratin::inline v0::cli {

/// A program that is spoken with in lines: what it prints is read, and it reads what it is told. It has a process group
/// of its own, so that a terminal's Ctrl-C reaches its parent alone, which ends it.
class ChildProcess {
 public:
  /// Starts it; what it writes to stderr goes to the file `errors`. Throws std::system_error where there is no such
  /// program.
  ChildProcess(std::vector<std::string> arguments, const std::string& errors);
  /// Ends it where it runs still, and waits for it.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Its next line; nothing where it has ended, or a stop was asked for.
  std::optional<std::string> read_line(const std::stop_token& stop);
  void write_line(std::string_view line);
  /// Waits for its end: its exit code, or 128 and the number of the signal that ended it.
  int wait();
  pid_t pid() const noexcept { return pid_; }

 private:
  pid_t pid_ = -1;
  int from_ = -1;
  int to_ = -1;
  std::string buffer_;
};

/// All that it wrote to the file `errors`; empty where there is none.
std::string errors_in(const std::string& errors);

/// Private resident memory of another process (Private_Dirty in /proc/PID/smaps_rollup), as the kernel counts it.
std::int64_t private_resident_bytes(pid_t process);

}  // namespace keratin::inline v0::cli
