#include "keratin/training/callbacks/memory_monitor.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "support/files.h"
#include "support/logged.h"
#include "training/training_case.h"

namespace {

using namespace keratin;
using namespace keratin::test;

const Array x = wave({20, 6}, 1);
const Array y = classes(20, 3, 2);

std::vector<std::vector<std::string>> cells_of(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::vector<std::string>> lines;
  for (std::string line; std::getline(file, line);) {
    std::istringstream in(line);
    lines.emplace_back();
    for (std::string cell; std::getline(in, cell, ',');) lines.back().push_back(cell);
  }
  return lines;
}

class Monitor : public testing::Test {
 protected:
  History fit(callbacks::MemoryMonitor& monitor, std::int64_t epochs = 3) {
    return model_.fit(x, y, {.batch_size = 5, .epochs = epochs, .verbose = 0, .callbacks = {borrow(monitor)}});
  }
  Session session_{{.seed = 1}};
  Sequential model_ = compiled_classifier(session_);
};

TEST_F(Monitor, RecordsWhatTheSessionHoldsAfterEachEpoch) {
  callbacks::MemoryMonitor monitor;
  fit(monitor);
  ASSERT_EQ(monitor.records().size(), 3u);
  EXPECT_EQ(monitor.records()[2].epoch, 2);
  EXPECT_EQ(monitor.records()[2].batch, -1);
  EXPECT_EQ(monitor.records()[0].session.current_bytes, monitor.records()[2].session.current_bytes) << "flat";
  EXPECT_EQ(monitor.records()[0].session.by_category.at(MemoryCategory::parameters),
            session_.memory().by_category.at(MemoryCategory::parameters));
  EXPECT_EQ(monitor.records()[0].graph.traces, 1);
  EXPECT_GT(monitor.records()[0].process.resident_bytes, 0);
  EXPECT_LE(monitor.records()[0].seconds, monitor.records()[2].seconds);
  fit(monitor, 1);
  EXPECT_EQ(monitor.records().size(), 1u) << "of the last fit";
}

TEST_F(Monitor, RecordsEveryFewBatchesAndEpochs) {
  callbacks::MemoryMonitor monitor({.every_epochs = 2, .every_batches = 3});
  fit(monitor, 3);  // 12 batches
  std::vector<std::pair<std::int64_t, std::int64_t>> at;
  for (const callbacks::MemoryRecord& record : monitor.records()) at.emplace_back(record.epoch, record.batch);
  EXPECT_EQ(at, (std::vector<std::pair<std::int64_t, std::int64_t>>{{0, 2}, {1, 1}, {1, -1}, {2, 0}, {2, 3}}));
}

TEST_F(Monitor, WarnsOnceAFitAndNamesTheOwners) {
  callbacks::MemoryMonitor monitor({.warn_at = Bytes{100}});
  const Logged logged;
  EXPECT_EQ(fit(monitor)["loss"].size(), 3u);
  ASSERT_EQ(logged.messages().size(), 1u);
  EXPECT_NE(logged.messages()[0].find("the session holds"), std::string::npos) << logged.messages()[0];
  EXPECT_NE(logged.messages()[0].find("warn_at is 100 B"), std::string::npos) << logged.messages()[0];
  EXPECT_NE(logged.messages()[0].find("largest owners: "), std::string::npos) << logged.messages()[0];
  EXPECT_EQ(monitor.stopped_by(), "");
  fit(monitor);
  EXPECT_EQ(logged.messages().size(), 2u);
}

TEST_F(Monitor, EndsTheTrainingAboveALimitOfTheSessionOrTheProcess) {
  const Logged logged;
  callbacks::MemoryMonitor session({.stop_at = Bytes{100}});
  EXPECT_EQ(fit(session)["loss"].size(), 1u);
  EXPECT_NE(session.stopped_by().find("the session holds"), std::string::npos) << session.stopped_by();
  callbacks::MemoryMonitor process({.every_epochs = 0, .every_batches = 1, .process_stop_at = KiB(4)});
  EXPECT_EQ(fit(process)["loss"].size(), 1u);
  EXPECT_EQ(process.records().size(), 1u) << "after the first batch";
  EXPECT_NE(process.stopped_by().find("process_stop_at"), std::string::npos) << process.stopped_by();
  callbacks::MemoryMonitor neither({.stop_at = GiB(1000), .process_stop_at = GiB(1000)});
  EXPECT_EQ(fit(neither)["loss"].size(), 3u);
  EXPECT_EQ(logged.messages().size(), 2u);
}

TEST_F(Monitor, WritesALogThatFitsGoOnWith) {
  const Scratch folder;
  callbacks::MemoryMonitor monitor({.log_dir = folder.path("logs")});
  fit(monitor, 2);
  fit(monitor, 1);
  const auto lines = cells_of(folder.path("logs/memory.csv"));
  ASSERT_EQ(lines.size(), 4u) << "one line of names";
  EXPECT_EQ(lines[0][0], "seconds");
  for (const auto& line : lines) EXPECT_EQ(line.size(), lines[0].size());
  const auto column = [&](const std::string& name) {
    return static_cast<std::size_t>(std::find(lines[0].begin(), lines[0].end(), name) - lines[0].begin());
  };
  EXPECT_EQ(lines[3][column("session_bytes")], std::to_string(monitor.records().back().session.current_bytes));
  EXPECT_EQ(lines[3][column("parameters")],
            std::to_string(session_.memory().by_category.at(MemoryCategory::parameters)));
  EXPECT_EQ(lines[3][column("traces")], "1");
  EXPECT_EQ(lines[2][column("epoch")], "1");
  EXPECT_GT(std::stoll(lines[1][column("process_bytes")]), 0);
}

TEST_F(Monitor, RefusesNegativeNumbersAndFoldersThatCanNotBe) {
  EXPECT_THROW(callbacks::MemoryMonitor({.every_epochs = -1}), ValueError);
  EXPECT_THROW(callbacks::MemoryMonitor({.stop_at = Bytes{-1}}), ValueError);
  callbacks::MemoryMonitor monitor({.log_dir = "/dev/null/logs"});
  EXPECT_THROW(fit(monitor), FileError);
  EXPECT_EQ(session_.callbacks().attached, 0);
}

}  // namespace
