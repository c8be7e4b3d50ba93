#include "source_tree.h"

#include <algorithm>
#include <fstream>
#include <regex>

namespace house {

namespace fs = std::filesystem;

fs::path root() { return KERATIN_SOURCE_DIR; }

std::vector<fs::path> sources(const std::vector<std::string>& folders) {
  std::vector<fs::path> found;
  for (const auto& folder : folders) {
    if (!fs::exists(root() / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root() / folder)) {
      const auto extension = entry.path().extension();
      if (entry.is_regular_file() && (extension == ".h" || extension == ".cpp"))
        found.push_back(fs::relative(entry.path(), root()));
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<std::string> lines(const fs::path& relative) {
  std::ifstream file(root() / relative);
  std::vector<std::string> read;
  for (std::string line; std::getline(file, line);) read.push_back(line);
  return read;
}

std::vector<Include> includes(const fs::path& relative) {
  static const std::regex pattern(R"(^\s*#\s*include\s*["<]([^">]+)[">])");
  std::vector<Include> found;
  int number = 0;
  for (const auto& line : lines(relative)) {
    ++number;
    if (std::smatch match; std::regex_search(line, match, pattern)) found.push_back({match[1], number});
  }
  return found;
}

}  // namespace house
