// Files stay small enough to read.
#include <algorithm>

#include <gtest/gtest.h>

#include "source_tree.h"

namespace {

TEST(Size, NoFileIsAbove600Lines) {
  for (const auto& file : house::sources({"include", "src", "tests", "examples", "benchmarks"}))
    EXPECT_LE(house::lines(file).size(), 600u) << file;
}

TEST(Size, TheMedianFileOfTheLibraryIsShort) {
  std::vector<std::size_t> sizes;
  for (const auto& file : house::sources({"include", "src"})) sizes.push_back(house::lines(file).size());
  ASSERT_FALSE(sizes.empty());
  const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2);
  std::nth_element(sizes.begin(), middle, sizes.end());
  EXPECT_LE(*middle, 200u);
}

}  // namespace
