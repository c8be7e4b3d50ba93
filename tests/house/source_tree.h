#pragma once

#include <filesystem>
#include <string>
#include <vector>

/// The project's files as the house tests read them.
namespace house {

/// The project's root.
std::filesystem::path root();

/// All .h and .cpp files below the given folders of the project, relative to its root, sorted.
std::vector<std::filesystem::path> sources(const std::vector<std::string>& folders);

std::vector<std::string> lines(const std::filesystem::path& relative);

struct Include {
  std::string target;  ///< between the quotes or brackets
  int line;            ///< from 1
};
std::vector<Include> includes(const std::filesystem::path& relative);

}  // namespace house
