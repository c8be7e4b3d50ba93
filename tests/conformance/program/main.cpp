// The program that conformance cases are run through: predict, gradient, train, evaluate, check,
// and batch for many in one process.
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>

#include <nlohmann/json.hpp>

#include "commands.h"

namespace conformance {
namespace {

/// The commands of a list, one after the other; notes how each ended beside the list.
void batch(const std::string& list) {
  const auto commands = nlohmann::json::parse(std::ifstream(list)).get<std::vector<std::vector<std::string>>>();
  std::ofstream report(list + ".done", std::ios::app);
  for (const std::vector<std::string>& command : commands) {
    nlohmann::json ended = {{"ok", true}, {"error", nullptr}};
    try {
      run(command);
    } catch (const std::exception& error) {
      ended = {{"ok", false}, {"error", error.what()}};
    }
    report << ended.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
  }
}

}  // namespace
}  // namespace conformance

int main(int argc, char** argv) try {
  const std::vector<std::string> command(argv + 1, argv + argc);
  if (command.size() == 2 && command.front() == "batch") {
    conformance::batch(command[1]);
  } else {
    conformance::run(command);
  }
  return EXIT_SUCCESS;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return EXIT_FAILURE;
}
