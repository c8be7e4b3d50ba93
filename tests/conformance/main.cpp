// The program that conformance cases are run through: predict, gradient, check, and batch for many in one process.
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>

#include <nlohmann/json.hpp>

#include "commands.h"

namespace conformance {
namespace kt = keratin;

Arguments::Arguments(const std::vector<std::string>& all) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!all[i].starts_with("--")) {
      words.push_back(all[i]);
    } else {
      if (i + 1 == all.size()) throw kt::ValueError("A value is missing after " + all[i]);
      options[all[i]] = all[i + 1];
      ++i;
    }
  }
}

const std::string& Arguments::option(const std::string& name) const {
  const auto found = options.find(name);
  if (found == options.end()) throw kt::ValueError("The option " + name + " is missing");
  return found->second;
}

std::string Arguments::option_or(const std::string& name, const std::string& fallback) const {
  return options.contains(name) ? option(name) : fallback;
}

const std::string& Arguments::word(std::size_t index, const char* what) const {
  if (index >= words.size()) throw kt::ValueError(std::string(what) + " is missing");
  return words[index];
}

std::vector<kt::Array> numbered(const kt::NamedArrays& arrays, const std::string& prefix) {
  if (arrays.contains(prefix)) return {arrays[prefix]};
  std::vector<kt::Array> all;
  while (arrays.contains(prefix + std::to_string(all.size())))
    all.push_back(arrays[prefix + std::to_string(all.size())]);
  return all;
}

void run(const std::vector<std::string>& command) {
  const std::string name = command.empty() ? "" : command.front();
  const Arguments arguments(command.empty() ? command : std::vector<std::string>(command.begin() + 1, command.end()));
  if (name == "predict") return predict(arguments);
  if (name == "gradient") return gradient(arguments);
  if (name == "check") return check(arguments);
  throw kt::ValueError("The command is predict, gradient, check or batch. Received: '" + name + "'");
}

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
