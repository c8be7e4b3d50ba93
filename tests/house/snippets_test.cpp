// Code that a page quotes is in a program that is compiled and run.
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "source_tree.h"

namespace {

/// Lines without their indentation, and without empty ones.
std::string plain(const std::string& text) {
  std::istringstream lines(text);
  std::string all;
  for (std::string line; std::getline(lines, line);)
    if (const std::size_t first = line.find_first_not_of(' '); first != std::string::npos)
      all += line.substr(first) + '\n';
  return all;
}

std::string content(const std::string& path) {
  std::ifstream file(house::root() / path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Snippets, ThePageOfTroublesQuotesTheProgramOfTroubles) {
  const std::string page = content("docs/troubles.md");
  const std::string program = plain(content("examples/troubles.cpp"));
  int count = 0;
  for (std::size_t at = page.find("```cpp\n"); at != std::string::npos; at = page.find("```cpp\n", at)) {
    at += 7;
    const std::string snippet = plain(page.substr(at, page.find("```", at) - at));
    EXPECT_NE(program.find(snippet), std::string::npos) << snippet;
    ++count;
  }
  EXPECT_GE(count, 7);
}

}  // namespace
