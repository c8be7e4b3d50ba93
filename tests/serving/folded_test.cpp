// What a Predictor computes of its weights alone: once, with the bits of predict, on its own books.
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "compile/compiler.h"
#include "core/process_account.h"
#include "keratin/diagnostics/profiler.h"
#include "keratin/layers/attention.h"
#include "keratin/layers/convolutional.h"
#include "keratin/layers/embedding.h"
#include "keratin/layers/pooling.h"
#include "keratin/layers/recurrent.h"
#include "serving/served.h"
#include "serving/weights.h"
#include "session/core_impl.h"
#include "session/traces.h"
#include "training/live_model.h"

namespace {

using namespace keratin;
using namespace keratin::test;

struct Case {
  const char* name;
  std::function<Model(Session&)> make;
  std::function<Array(std::int64_t)> rows;
};

Array words(std::int64_t rows) {
  return Array::random_uniform({rows, 7}, {.minval = 0, .maxval = 39.9, .seed = 4}).astype(int32);
}

/// Networks whose weights go through casts, reshapes, roots and divisions before they meet the input.
std::vector<Case> cases() {
  const auto image = [](std::int64_t rows) { return noise({rows, 6, 6, 16}, 7); };
  const auto sequence = [](std::int64_t rows) { return noise({rows, 9, 4}, 7); };
  return {
      {"dense", [](Session& session) { return trained(session, 70); },
       [](std::int64_t rows) {
         return noise({rows, 6}, 7);
       }},
      {"wide",
       [](Session& session) {
         return Sequential(session,
                           {layers::Input({300}), layers::Dense(530, {.activation = "relu"}), layers::Dense(90)});
       },
       [](std::int64_t rows) {
         return noise({rows, 300}, 7);
       }},
      {"convolutional",
       [](Session& session) {
         return Sequential(
             session,
             {layers::Input({6, 6, 16}), layers::Conv2D(16, 3, {.use_bias = false}), layers::BatchNormalization(),
              layers::DepthwiseConv2D(3, {.padding = "same"}), layers::GroupNormalization({.groups = 2}),
              layers::SpectralNormalization(layers::Conv2D(5, 2)), layers::GlobalAveragePooling2D()});
       },
       image},
      {"recurrent",
       [](Session& session) {
         return Sequential(session, {layers::Input({9, 4}), layers::LSTM(16, {.return_sequences = true}),
                                     layers::GRU(32), layers::Dense(3)});
       },
       sequence},
      {"attention",
       [](Session& session) {
         const Tensor x = session.input({7}, {.dtype = int32});
         const Tensor h = layers::Embedding(40, 8)(x);
         const Tensor y = layers::LayerNormalization()(layers::MultiHeadAttention(2, 4)({h, h}));
         return Model({x}, {layers::Dense(2)(layers::GlobalAveragePooling1D()(y))});
       },
       words},
  };
}

/// Opens what Model::freeze uses.
struct Opened : Model {
  explicit Opened(const Model& model) : Model(model) {}
  using Model::live;
};

std::unique_ptr<runtime::Plan> folded_plan(const Model& model, const Array& x, core::Arena& arena) {
  training::LiveModel& live = Opened(model).live();
  const auto graph = live.predict_graph(std::pmr::new_delete_resource());
  serving::Weights weights(arena);
  for (const graph::VariableId id : session::variables_of(*graph)) {
    const session::VariableState& variable = *live.core().impl().variables.find(id);
    weights.add(id, variable.spec, session::Inner::data(session::Inner::handle(variable)), {});
  }
  serving::PlanWeights plan_weights(weights);
  const graph::Spec spec{graph->spec(graph->inputs()[0]).dtype, x.shape()};
  compile::CompileOptions options;
  options.frozen = &plan_weights;
  return compile::compile(*graph, {&spec, 1}, options, std::pmr::new_delete_resource());
}

/// Steps that read neither an input nor what a step before them made.
std::vector<std::string> of_weights_alone(const runtime::Plan& plan) {
  std::vector<std::string> names;
  for (const runtime::Step& step : plan.steps()) {
    bool is_bound = false;
    for (const runtime::Address& address : plan.inputs_of(step))
      is_bound = is_bound || address.base == runtime::Base::workspace || address.base == runtime::Base::input ||
                 address.base == runtime::Base::output;
    if (!is_bound) names.push_back(std::string(plan.owner(step.owner)));
  }
  return names;
}

TEST(FoldedWeights, PredictionsAreThoseOfTheModelBitForBit) {
  for (const char* const policy : {"float32", "mixed_bfloat16", "mixed_float16"}) {
    for (const int threads : {1, 2}) {
      for (const Case& each : cases()) {
        Session session({.seed = 3, .threads = threads, .dtype_policy = name(policy)});
        Model model = each.make(session);
        const Predictor predictor = model.freeze();
        for (const std::int64_t rows : {1, 3, 32}) {
          const Array x = each.rows(rows);
          const Array expected = model.predict(x);
          EXPECT_EQ(max_abs_difference(Array(predictor.predict(x)).astype(float32), expected.astype(float32)), 0.0)
              << each.name << " " << policy << " " << threads << " " << rows;
        }
      }
    }
  }
}

TEST(FoldedWeights, NoStepIsLeftThatReadsWeightsAlone) {
  for (const char* const policy : {"float32", "mixed_bfloat16", "mixed_float16"})
    for (const Case& each : cases()) {
      Session session({.seed = 3, .dtype_policy = name(policy)});
      const Model model = each.make(session);
      core::Arena arena;
      const auto plan = folded_plan(model, each.rows(3), arena);
      EXPECT_EQ(of_weights_alone(*plan), std::vector<std::string>{}) << each.name << " " << policy;
      EXPECT_EQ(arena.current_bytes(), 0) << "all that was kept for it goes with it";
    }
}

/// The calls of kernels of one op for one owner, in one prediction.
std::int64_t calls_of(const diagnostics::ProfileReport& report, const std::string& op, const std::string& owner) {
  std::int64_t calls = 0;
  for (const diagnostics::OpTime& time : report.times)
    if (time.op == op && time.owner.find(owner) != std::string::npos) calls += time.calls;
  return calls;
}

/// Layers of 200 · 200 weights, which mixed_float16 rounds before it multiplies with them.
Model rounding(Session& session, int layers) {
  const Tensor x = session.input({200});
  Tensor y = x;
  for (int i = 0; i < layers; ++i) y = layers::Dense(200, {.use_bias = false})(y);
  return Model({x}, {y});
}
constexpr std::int64_t kernel_bytes = 200 * 200 * 4;

TEST(FoldedWeights, AKernelIsRoundedOnceAndIsOnTheBooks) {
  Session session({.seed = 3, .dtype_policy = "mixed_float16"});
  Model model = rounding(session, 1);
  const Array x = noise({3, 200}, 7);
  diagnostics::Profiler profiler;
  model.predict(x);
  const std::int64_t by_model = calls_of(profiler.report(), "fused", "dense");
  const std::int64_t mapped = core::ProcessAccount::mapped_bytes();
  std::optional<Predictor> predictor = model.freeze({.max_workspaces = 2});
  predictor->warm_up({1, 3});
  const MemoryReport report = predictor->memory();
  EXPECT_EQ(report.by_category.at(MemoryCategory::parameters), 2 * kernel_bytes) << "one for all workspaces and plans\n"
                                                                                 << report;
  std::int64_t rounded = 0;
  for (const MemoryOwner& owner : report.owners)
    if (owner.owner == "dense/fused" && owner.category == MemoryCategory::parameters) rounded += owner.bytes;
  EXPECT_EQ(rounded, kernel_bytes) << report;
  profiler.reset();
  predictor->predict(x);
  EXPECT_EQ(calls_of(profiler.report(), "fused", "dense"), by_model - 1) << "to float16, and back";
  predictor.reset();
  EXPECT_EQ(core::ProcessAccount::mapped_bytes(), mapped) << "nothing of it is left";
}

TEST(FoldedWeights, WhatNoPlanReadsAnyMoreIsReleased) {
  Session session({.seed = 3, .dtype_policy = "mixed_bfloat16"});
  const Predictor predictor = trained(session, 500).freeze({.max_workspaces = 1, .max_plans = 1});
  predictor.predict(noise({1, 6}, 1));
  const std::int64_t first = predictor.memory().by_category.at(MemoryCategory::parameters);
  for (std::int64_t rows = 2; rows <= 32; ++rows) predictor.predict(noise({rows, 6}, 1));
  predictor.predict(noise({1, 6}, 1));
  EXPECT_EQ(predictor.memory().by_category.at(MemoryCategory::parameters), first);
}

/// A plan that folds nothing has one rounded kernel at a time.
TEST(FoldedWeights, WhereTheBudgetHasNoRoomForThemTheyAreComputedAtEachRun) {
  Session session({.seed = 3, .dtype_policy = "mixed_float16"});
  Model model = rounding(session, 4);
  const Array x = noise({3, 200}, 7);
  const Array expected = Array(model.predict(x)).astype(float32);
  const auto programs = [&](std::int64_t budget) {
    const Predictor predictor = model.freeze({.max_workspaces = 1, .memory_budget = Bytes{budget}});
    const diagnostics::Profiler profiler;
    EXPECT_EQ(max_abs_difference(Array(predictor.predict(x)).astype(float32), expected), 0.0);
    EXPECT_LE(predictor.memory().peak_bytes, budget);
    return calls_of(profiler.report(), "fused", "");
  };
  EXPECT_EQ(programs(7 * kernel_bytes), programs(9 * kernel_bytes) + 4);
}

}  // namespace
