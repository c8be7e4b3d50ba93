#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace keratin::test {

struct ProcessLimits {
  std::int64_t address_space = 0;  ///< RLIMIT_AS, as `ulimit -v` sets it; 0: none
  std::int64_t data = 0;           ///< RLIMIT_DATA: private writable memory, touched or not; 0: none
  std::int64_t file_size = 0;      ///< RLIMIT_FSIZE: of each file that is written; 0: none
  double killed_after = 0.0;       ///< seconds until SIGKILL; 0: never
};

struct ProcessResult {
  int status = -1;  ///< exit status; 128 + the signal for a process that one ended
  std::string output;
  double cpu_seconds = 0.0;  ///< user and system, from exec on

  /// The word after `key` in the output.
  std::string value(const std::string& key) const;
  std::vector<std::string> lines() const;
};

/// Runs tests/programs/trainer.cpp to its end; its stdout and stderr are the output.
ProcessResult run_trainer(const std::vector<std::string>& arguments, const ProcessLimits& limits = {});

}  // namespace keratin::test
