#include "data/embedded_data.h"

#include <cstring>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "support/tests_dir.h"

namespace {

namespace data = keratin::datasets_data;

struct Case {
  const char* file;
  std::span<const std::byte> (*embedded)() noexcept;
};

class EmbeddedData : public testing::TestWithParam<Case> {};

TEST_P(EmbeddedData, IsItsFileByteForByte) {
  const auto path = std::filesystem::path(keratin::test::tests_file("../src/data/files")) / GetParam().file;
  std::ifstream file(path, std::ios::binary);
  const std::string expected{std::istreambuf_iterator<char>(file), {}};
  const auto embedded = GetParam().embedded();
  ASSERT_EQ(embedded.size(), expected.size());
  ASSERT_GT(expected.size(), 500u);
  EXPECT_EQ(std::memcmp(embedded.data(), expected.data(), expected.size()), 0);
}

INSTANTIATE_TEST_SUITE_P(All, EmbeddedData,
                         testing::Values(Case{"digits.csv.gz", data::digits_csv_gz},
                                         Case{"wine_data.csv.gz", data::wine_data_csv_gz},
                                         Case{"iris.csv.gz", data::iris_csv_gz},
                                         Case{"sunspots.csv.gz", data::sunspots_csv_gz},
                                         Case{"co2.csv.gz", data::co2_csv_gz}));

}  // namespace
