// The books against what the kernel counts: at least 95 % of the private memory that a large fit adds is explained.
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "keratin/keratin.h"
#include "support/sanitized.h"

namespace {

using namespace keratin;

/// A line of /proc/self/smaps_rollup, in bytes.
std::int64_t rollup(const std::string& name) {
  std::ifstream file("/proc/self/smaps_rollup");
  for (std::string word; file >> word;)
    if (word == name + ":") {
      std::int64_t kilobytes = 0;
      file >> kilobytes;
      return kilobytes << 10;
    }
  return -1;
}

/// What the session's own pages and the primitives' code explain, without the heap.
std::int64_t explained(const MemoryExplanation& explanation) {
  std::int64_t sum = explanation.slack_bytes + explanation.primitive_bytes;
  for (const auto& [category, bytes] : explanation.by_category) sum += bytes;
  return sum;
}

Model compiled(Session& session, const std::vector<LayerSpec>& layers) {
  Sequential model(session, layers);
  model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  return model;
}

/// Fits a small model, then a large one, and compares what both added.
void explain(const char* name, const std::vector<LayerSpec>& small, const std::vector<LayerSpec>& large,
             const Shape& row) {
  if (test::is_sanitized) GTEST_SKIP() << "a sanitizer keeps memory of its own";
  Session session({.seed = 1, .threads = 1});
  Shape shape = row;
  shape.insert(0, 256);
  const Array x = Array::random_normal(shape, {.seed = 1});
  const Array y = Array::zeros({256}, int32);
  compiled(session, small).fit(x, y, {.batch_size = 128, .epochs = 2, .verbose = 0});
  Model model = compiled(session, large);
  const std::int64_t booked_before = session.memory().current_bytes;
  const MemoryExplanation before = session.explained_memory();
  const std::int64_t private_before = rollup("Private_Dirty");
  model.fit(x, y, {.batch_size = 128, .epochs = 2, .verbose = 0});
  const std::int64_t added = rollup("Private_Dirty") - private_before;
  const MemoryExplanation after = session.explained_memory();
  const std::int64_t said = explained(after) - explained(before);
  std::cout << name << ": added " << added << " B, explained " << said << " B ("
            << 100.0 * static_cast<double>(said) / static_cast<double>(added) << " %), heap "
            << after.heap_bytes - before.heap_bytes << " B\n"
            << after << '\n';
  const MemoryPlan plan = model.memory_plan({.batch_size = 128, .rows = 256});  // it takes memory itself
  EXPECT_GE(plan.peak_bytes - booked_before, MiB(8).count) << plan;
  EXPECT_GE(added, MiB(8).count);
  EXPECT_GE(static_cast<double>(said), 0.95 * static_cast<double>(added)) << after;
  EXPECT_LE(static_cast<double>(said), 1.05 * static_cast<double>(added)) << "nothing is counted twice\n" << after;
}

std::vector<LayerSpec> dense(std::int64_t width) {
  return {layers::Input({64}), layers::Dense(width, {.activation = "relu"}),
          layers::Dense(width, {.activation = "relu"}), layers::Dense(10, {.activation = "softmax"})};
}

std::vector<LayerSpec> convolutional(std::int64_t filters) {
  return {layers::Input({16, 16, 3}), layers::Conv2D(filters, 3, {.activation = "relu"}),
          layers::MaxPooling2D(2),    layers::Conv2D(filters, 3, {.activation = "relu"}),
          layers::Flatten(),          layers::Dense(10, {.activation = "softmax"})};
}

std::vector<LayerSpec> recurrent(std::int64_t units) {
  return {layers::Input({20, 8}), layers::LSTM(units, {.return_sequences = true}), layers::LSTM(units),
          layers::Dense(10, {.activation = "softmax"})};
}

TEST(ExplainedMemory, OfDenseLayers) { explain("dense", dense(16), dense(1024), {64}); }
TEST(ExplainedMemory, OfConvolutions) { explain("convolutional", convolutional(4), convolutional(64), {16, 16, 3}); }
TEST(ExplainedMemory, OfRecurrentLayers) { explain("recurrent", recurrent(4), recurrent(128), {20, 8}); }

TEST(ExplainedMemory, IsTheSumOfItsParts) {
  Session session({.threads = 1});
  Model model = compiled(session, dense(256));
  model.fit(Array::zeros({64, 64}), Array::zeros({64}, int32), {.verbose = 0});
  const MemoryExplanation all = session.explained_memory();
  EXPECT_GT(all.by_category.at(MemoryCategory::parameters), 4 * 256 * 64);
  EXPECT_GT(all.library_bytes, 0);
  EXPECT_GT(all.file_backed_bytes, 0);
  EXPECT_GE(explained(all) + all.library_bytes + all.heap_bytes + all.unexplained_bytes, all.resident_bytes);
  std::ostringstream text;
  text << all;
  EXPECT_NE(text.str().find("parameters"), std::string::npos) << text.str();
  EXPECT_NE(text.str().find("pages of files"), std::string::npos) << text.str();
  session.clear();
  const MemoryExplanation cleared = session.explained_memory();
  for (const auto& [category, bytes] : cleared.by_category) EXPECT_EQ(bytes, 0);
  EXPECT_EQ(cleared.slack_bytes, 0);
}

TEST(ExplainedMemory, CountsOnlyPagesThatWereWritten) {
  Session session({.threads = 1});
  session.variable(Array::zeros({1 << 20}), "written");
  const MemoryExplanation all = session.explained_memory();
  const std::int64_t booked = session.memory().by_category.at(MemoryCategory::parameters);
  EXPECT_EQ(booked, 4 << 20);
  EXPECT_GE(all.by_category.at(MemoryCategory::parameters), booked * 99 / 100) << "its array was copied into it";
  EXPECT_LE(all.by_category.at(MemoryCategory::parameters), booked);
}

TEST(ProcessMemory, TellsPagesOfFilesAndTheLimit) {
  const ProcessMemory memory = process_memory();
  EXPECT_GT(memory.file_backed_bytes, 0) << "the program itself";
  EXPECT_LT(memory.file_backed_bytes, memory.virtual_bytes);
  EXPECT_GE(memory.limit_bytes, 0);
  if (memory.limit_bytes > 0) {
    EXPECT_GT(memory.limit_bytes, memory.resident_bytes);
  }
}

}  // namespace
