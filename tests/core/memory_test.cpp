#include "keratin/core/memory.h"

#include <cstring>
#include <memory>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace {

using namespace keratin;

template <class T>
std::string text_of(const T& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

TEST(Bytes, KeepsWhatAnIntWouldLose) {
  EXPECT_EQ(GiB(4).count, 4294967296);
  EXPECT_EQ(MiB(64).count, 67108864);
  EXPECT_LT(KiB(1023), MiB(1));
}

TEST(Bytes, PrintsWithAUnit) {
  EXPECT_EQ(to_string(Bytes{0}), "0 B");
  EXPECT_EQ(to_string(Bytes{812}), "812 B");
  EXPECT_EQ(to_string(Bytes{1024}), "1.00 KiB");
  EXPECT_EQ(to_string(Bytes{1572864}), "1.50 MiB");
  EXPECT_EQ(to_string(Bytes{(1 << 20) - 1}), "1.00 MiB");
  EXPECT_EQ(to_string(Bytes{-2048}), "-2.00 KiB");
  EXPECT_EQ(to_string(GiB(3)), "3.00 GiB");
}

TEST(MemoryReport, PrintsATableOfCategoriesAndOwners) {
  MemoryReport report;
  report.current_bytes = 3072;
  report.peak_bytes = 4096;
  report.mapped_bytes = 65536;
  report.by_category[MemoryCategory::parameters] = 3072;
  report.by_category[MemoryCategory::metrics] = 0;
  report.peak_by_category[MemoryCategory::parameters] = 4096;
  report.owners.push_back({"dense/kernel", "train.cpp:7", MemoryCategory::parameters, 3072});
  EXPECT_EQ(text_of(report),
            "Memory: 3.00 KiB in use, peak 4.00 KiB, mapped 64.00 KiB, no budget\n"
            "  category              in use     at peak\n"
            "  parameters          3.00 KiB    4.00 KiB\n"
            "         bytes  category        owner         line\n"
            "      3.00 KiB  parameters      dense/kernel  train.cpp:7\n");
}

TEST(MemoryReport, SumsUpTheSmallOwners) {
  MemoryReport report;
  report.peak_bytes = 1;
  for (int i = 0; i < 15; ++i) report.owners.push_back({"o", "", MemoryCategory::graph, 100});
  EXPECT_NE(text_of(report).find("500 B  in 5 more"), std::string::npos);
}

TEST(ClearReport, SaysWhatWasLetGo) {
  ClearReport report;
  report.bytes = 2048;
  report.mapped_bytes = 65536;
  report.models = 1;
  report.nodes = 17;
  report.where = "main.cpp:9";
  EXPECT_EQ(text_of(report),
            "Cleared 2.00 KiB (64.00 KiB given back to the system) at main.cpp:9: 1 model, 0 layers, 0 variables, 0 "
            "functions, 17 graph nodes");
}

TEST(MemorySnapshot, ComparesByOwnerAndLineLargestGrowthFirst) {
  const auto kind = MemoryCategory::parameters;
  const MemorySnapshot before({{"a", "x.cpp:1", kind, 100}, {"b", "x.cpp:2", kind, 50}, {"gone", "", kind, 10}});
  const MemorySnapshot after({{"b", "x.cpp:2", kind, 80},
                              {"a", "x.cpp:1", kind, 100},
                              {"new", "x.cpp:3", kind, 500},
                              {"a", "x.cpp:9", kind, 1}});
  const SnapshotDifference difference = after.compare_to(before);
  EXPECT_EQ(difference.bytes, 30 + 500 + 1 - 10);
  ASSERT_EQ(difference.top.size(), 4u);
  EXPECT_EQ(difference.top[0].owner, "new");
  EXPECT_EQ(difference.top[0].where, "x.cpp:3");
  EXPECT_EQ(difference.top[0].bytes, 500);
  EXPECT_EQ(difference.top[1].bytes, 30);
  EXPECT_EQ(difference.top[2].where, "x.cpp:9");
  EXPECT_EQ(difference.top[3].owner, "gone");
  EXPECT_EQ(difference.top[3].bytes, -10);
  EXPECT_TRUE(before.compare_to(before).top.empty());
  EXPECT_NE(text_of(difference).find("+500 B"), std::string::npos);
}

TEST(ProcessMemory, SeesMemoryThatIsTouched) {
  const ProcessMemory before = process_memory();
  EXPECT_GT(before.resident_bytes, 0);
  EXPECT_GE(before.peak_resident_bytes, before.resident_bytes);
  EXPECT_GT(before.virtual_bytes, before.resident_bytes);
  constexpr std::size_t size = 32 << 20;
  const auto memory = std::make_unique<char[]>(size);
  std::memset(memory.get(), 1, size);
  const ProcessMemory after = process_memory();
  EXPECT_GT(after.resident_bytes, before.resident_bytes + (30 << 20));
}

TEST(MemoryCategory, HasANameEach) {
  EXPECT_EQ(name_of(MemoryCategory::parameters), "parameters");
  EXPECT_EQ(name_of(MemoryCategory::metrics), "metrics");
}

}  // namespace
