#pragma once

#include <CLI/CLI.hpp>

#include "cli/prove/subject.h"

namespace keratin::inline v0::cli {

/// Shows on a user's own model what the library promises; throws std::runtime_error where something of it isn't so.
void prove(const ProveArguments& arguments);

/// The commands `prove` and, for the process that it starts, `prove-rounds`.
class ProveCommand {
 public:
  explicit ProveCommand(CLI::App& app);

 private:
  ProveArguments arguments_;
  std::string folder_;
  std::int64_t margin_bytes_ = 0;
};

}  // namespace keratin::inline v0::cli
