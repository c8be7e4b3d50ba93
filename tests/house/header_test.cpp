// Each public header compiles alone and without a warning, and the umbrella stays light.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "source_tree.h"

namespace {

namespace fs = std::filesystem;

struct Result {
  int status;
  std::string output;
};

// Runs the compiler on a file that includes the header and nothing else; output: what it printed.
Result compile(const std::string& header, const std::string& options) {
  const fs::path folder = fs::temp_directory_path() / ("keratin_header_" + std::to_string(::getpid()));
  fs::create_directories(folder);
  std::ofstream(folder / "alone.cpp") << "#include <" << header << ">\n";
  std::string command = std::string(KERATIN_CXX) + " -std=c++20 -I" + (house::root() / "include").string();
  if (header == "keratin/eigen.h") command += " -isystem " KERATIN_EIGEN_INCLUDE;
  command += " " + options + " " + (folder / "alone.cpp").string() + " > " + (folder / "output").string() + " 2>&1";
  const int status = std::system(command.c_str());
  std::ifstream file(folder / "output");
  std::string output{std::istreambuf_iterator<char>(file), {}};
  fs::remove_all(folder);
  return {status, std::move(output)};
}

std::vector<std::string> public_headers() {
  std::vector<std::string> headers;
  for (const auto& file : house::sources({"include"}))
    headers.push_back(fs::relative(house::root() / file, house::root() / "include").string());
  return headers;
}

class PublicHeader : public testing::TestWithParam<std::string> {};

TEST_P(PublicHeader, CompilesAlone) {
  const auto [status, output] =
      compile(GetParam(), "-fsyntax-only -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror");
  EXPECT_EQ(status, 0) << output;
}

INSTANTIATE_TEST_SUITE_P(All, PublicHeader, testing::ValuesIn(public_headers()), [](const auto& instance) {
  return std::regex_replace(instance.param, std::regex("[^A-Za-z0-9]"), "_");
});

TEST(Umbrella, IsLightAndPullsInNoLibrary) {
  const auto [status, output] = compile("keratin/keratin.h", "-E");
  ASSERT_EQ(status, 0) << output;
  EXPECT_LT(std::count(output.begin(), output.end(), '\n'), 75'000);
  const std::regex library("^# [0-9]+ \".*/(eigen3|Eigen|oneapi|dnnl|spdlog|fmt|nlohmann)[/.]");
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    const bool from_library = line.starts_with("# ") && std::regex_search(line, library);
    EXPECT_FALSE(from_library) << line;
  }
}

}  // namespace
