#pragma once

// What a long-lived process does, as long as asked for: in short for each run of the tests, in full for the soak tests.
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/core/memory.h"
#include "lifecycle/recipe.h"
#include "support/sanitized.h"

namespace keratin::test {

inline std::int64_t resident_bytes() { return process_memory().resident_bytes; }

/// Resident memory may end this far from where it was once everything had been done before: pages of the heap that
/// fragments hold, nothing that grows.
inline constexpr std::int64_t resident_slack = 256 << 10;

inline void expect_flat(std::int64_t settled, const std::string& when) {
  if (is_sanitized) return;  // freed memory stays in a quarantine there
  EXPECT_LE(std::abs(resident_bytes() - settled), resident_slack) << when << ", from " << settled << " bytes on";
}

inline std::int64_t threads_of_process() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (word == "Threads:") {
      std::int64_t count = 0;
      status >> count;
      return count;
    }
  return -1;
}

inline void expect_same(const GraphStats& now, const GraphStats& before, int at) {
  EXPECT_EQ(now.nodes, before.nodes) << at;
  EXPECT_EQ(now.traces, before.traces) << at;
  EXPECT_EQ(now.plans, before.plans) << at;
  EXPECT_EQ(now.variables, before.variables) << at;
  EXPECT_EQ(now.layers, before.layers) << at;
  EXPECT_EQ(now.models, before.models) << at;
  EXPECT_EQ(now.functions, before.functions) << at;
}

/// Builds, compiles, fits and clears models of ever other shapes in one session.
inline void build_fit_clear(int rounds, int settled_after) {
  Session session({.seed = 1, .threads = 1});
  std::int64_t settled = 0;
  trained(session, largest_recipe());
  session.clear();
  for (int round = 1; round <= rounds; ++round) {
    trained(session, static_cast<std::uint64_t>(round));
    EXPECT_GT(session.memory().current_bytes, 0);
    session.clear();
    const MemoryReport report = session.memory();
    ASSERT_EQ(report.current_bytes, 0) << report;
    ASSERT_EQ(report.mapped_bytes, 0) << report;
    const GraphStats graph = session.graph();
    ASSERT_EQ(graph.nodes + graph.models + graph.layers + graph.variables + graph.functions + graph.traces +
                  graph.plans + graph.scopes,
              0)
        << graph;
    if (round == settled_after) settled = resident_bytes();
    if (round > settled_after && (round % 100 == 0 || round == rounds))
      expect_flat(settled, "after round " + std::to_string(round));
  }
  std::cout << rounds << " rounds: resident " << settled << " B after round " << settled_after << ", "
            << resident_bytes() << " B at the end\n";
}

/// One model, fitted again and again, with a short last batch and validation.
inline void fit_again(int fits, int settled_after) {
  Session session({.seed = 1, .threads = 1});
  const Recipe made{.inputs = 12,
                    .classes = 4,
                    .widths = {16, 16},
                    .optimizer = 4,
                    .extra = 1,
                    .rows = 40,
                    .batch_size = 16,
                    .validates = true};
  const RecipeData data = data_of(made);
  Model model = built(session, made);
  const FitOptions options = fit_options(made, data);
  model.fit(data.x, data.y, options);
  const GraphStats graph = session.graph();
  const MemoryReport memory = session.memory();
  const std::int64_t traces = model.train_stats().traces;
  const std::int64_t plans = model.train_stats().plans_made;
  std::int64_t settled = 0;
  for (int fit = 2; fit <= fits; ++fit) {
    model.fit(data.x, data.y, options);
    expect_same(session.graph(), graph, fit);
    const MemoryReport now = session.memory();
    ASSERT_EQ(now.current_bytes, memory.current_bytes) << "fit " << fit << '\n' << now;
    ASSERT_EQ(now.peak_bytes, memory.peak_bytes) << "fit " << fit << '\n' << now;
    ASSERT_EQ(now.mapped_bytes, memory.mapped_bytes) << "fit " << fit << '\n' << now;
    if (fit == settled_after) settled = resident_bytes();
    if (fit > settled_after && (fit % 1000 == 0 || fit == fits))
      expect_flat(settled, "after fit " + std::to_string(fit));
  }
  EXPECT_EQ(model.train_stats().traces, traces);
  EXPECT_EQ(model.train_stats().plans_made, plans);
  std::cout << fits << " fits: resident " << settled << " B after fit " << settled_after << ", " << resident_bytes()
            << " B at the end\n";
}

/// Sessions that all live at once, each with a trained model.
inline void sessions_at_once(int count) {
  const Recipe made{
      .inputs = 16, .classes = 4, .widths = {32}, .optimizer = 4, .rows = 64, .batch_size = 32, .validates = false};
  const RecipeData data = data_of(made);
  const auto open = [&] {
    auto session = std::make_unique<Session>(SessionOptions{.seed = 3});
    Model model = built(*session, made);
    model.fit(data.x, data.y, fit_options(made, data));
    return std::make_pair(std::move(session), model);
  };
  const auto first = open();  // what is made once in a process is made
  const std::int64_t before = resident_bytes();
  const std::int64_t booked = first.first->memory().current_bytes;
  const std::uint64_t weights = hash_of(first.second.get_weights());

  std::vector<std::pair<std::unique_ptr<Session>, Model>> all;
  for (int i = 0; i < count; ++i) all.push_back(open());
  const std::int64_t each = (resident_bytes() - before) / count;
  for (const auto& [session, model] : all) {
    EXPECT_EQ(session->memory().current_bytes, booked);
    EXPECT_EQ(hash_of(model.get_weights()), weights);
  }
  const std::int64_t threads = threads_of_process();
  std::cout << count << " sessions alive: " << booked << " B booked and " << each << " B resident each, " << threads
            << " threads in the process\n";
  // Twice what is on the books, for pages begun, and 64 KiB for what is not: handles, the names of things, oneDNN.
  if (!is_sanitized) {
    EXPECT_LE(each, 2 * booked + (64 << 10));
  }
  for (auto& [session, model] : all) {
    session->clear();
    EXPECT_EQ(session->memory().current_bytes, 0);
    EXPECT_THROW(model.get_weights(), StaleHandleError);
  }
  const std::int64_t cleared = (resident_bytes() - before) / count;
  all.clear();
  first.first->clear();  // gives the heap's free pages back too
  const std::int64_t left = (resident_bytes() - before) / count;
  std::cout << "cleared: " << cleared << " B resident each; ended: " << left << " B\n";
  if (!is_sanitized) {
    EXPECT_LE(cleared, 32 << 10) << "a cleared session is about 2 KB on the heap, on pages that many share";
    EXPECT_LE(left, 4 << 10);
  }
}

}  // namespace keratin::test
