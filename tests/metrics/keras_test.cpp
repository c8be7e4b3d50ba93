// Every metric with its options, with weights and masks and without, against the states and the result that Keras had
// after each batch.
#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/options.h"
#include "graph/builder.h"
#include "keratin/metrics/metrics.h"
#include "keratin/session/session.h"
#include "metrics/data/accuracies.h"
#include "metrics/data/areas.h"
#include "metrics/data/counts.h"
#include "metrics/data/errors.h"
#include "metrics/data/label_areas.h"
#include "metrics/data/losses.h"
#include "metrics/data/overlaps.h"
#include "metrics/data/reductions.h"
#include "metrics/data/scores.h"

namespace {

using namespace keratin;
using test::MetricBatch;
using test::MetricCase;

const std::vector<MetricCase>& all_cases() {
  static const std::vector<MetricCase> all = [] {
    std::vector<MetricCase> cases;
    for (const auto* const of_file : {&test::reductions::cases, &test::accuracies::cases, &test::errors::cases,
                                      &test::losses::cases, &test::scores::cases, &test::overlaps::cases,
                                      &test::counts::cases, &test::areas::cases, &test::label_areas::cases})
      cases.insert(cases.end(), of_file->begin(), of_file->end());
    return cases;
  }();
  return all;
}

std::vector<Array> inputs_of(const MetricBatch& batch) {
  std::vector<Array> inputs{batch.y_true.array()};
  for (const test::Values* const values : {&batch.y_pred, &batch.weight, &batch.mask})
    if (values->is_given()) inputs.push_back(values->array());
  return inputs;
}

/// update_state inside of a function, and the result if it is asked for.
std::vector<Tensor> update(Metric& metric, const MetricBatch& batch, std::span<const Tensor> x) {
  const Tensor y_pred = batch.y_pred.is_given() ? x[1] : Tensor();
  const Tensor& masked = batch.y_pred.is_given() ? x[1] : x[0];
  if (batch.mask.is_given()) graph::builder_of(masked, "a mask").set_mask(masked, x.back());
  const std::size_t weight = batch.y_pred.is_given() ? 2 : 1;
  metric.update_state(x[0], y_pred, batch.weight.is_given() ? x[weight] : Tensor());
  return {metric.result()};
}

Array updated(Session& session, Metric& metric, const MetricBatch& batch, ExecutionMode mode) {
  const auto function =
      session.function([&](std::span<const Tensor> x) { return update(metric, batch, x); }, {.mode = mode});
  return function.call(inputs_of(batch)).at(0);
}

void expect_near(const Array& got, const test::Values& expected) {
  const Array wanted = expected.array();
  ASSERT_EQ(got.shape(), wanted.shape());
  const Array numbers = got.astype(float32);
  for (std::size_t i = 0; i < wanted.data<float>().size(); ++i) {
    const float value = wanted.data<float>()[i];
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(numbers.data<float>()[i])) << i;
    } else {
      EXPECT_NEAR(numbers.data<float>()[i], value, 2e-6F + 2e-6F * std::abs(value)) << i;
    }
  }
}

void expect_states(const Metric& metric, const MetricCase& given, const MetricBatch& batch) {
  std::vector<std::string> names;
  std::vector<float> numbers;
  for (const Variable& state : metric.variables()) {
    names.push_back(state.name());
    const Array values = state.value().astype(float32).contiguous();
    numbers.insert(numbers.end(), values.data<float>().begin(), values.data<float>().end());
    EXPECT_EQ(state.category(), MemoryCategory::metrics);
  }
  EXPECT_EQ(names, given.states);
  ASSERT_EQ(numbers.size(), batch.states.size());
  for (std::size_t i = 0; i < numbers.size(); ++i)
    EXPECT_NEAR(numbers[i], batch.states[i], 2e-6F + 2e-6F * std::abs(batch.states[i])) << i;
}

class Metrics : public testing::TestWithParam<std::size_t> {
 protected:
  const MetricCase& given() const { return all_cases()[GetParam()]; }
  MetricSpec spec() const { return MetricSpec::from_config(given().object()); }
};

TEST_P(Metrics, AreWhatKerasHasAfterEachBatch) {
  for (const ExecutionMode mode : {ExecutionMode::graph, ExecutionMode::eager}) {
    Session session({.threads = 1});
    const Handle<Metric> metric = spec().add_to(session);
    for (const MetricBatch& batch : given().batches) {
      expect_near(updated(session, *metric, batch, mode), batch.result);
      expect_states(*metric, given(), batch);
    }
    metric->reset_state();
    for (const Variable& state : metric->variables())
      EXPECT_EQ(max_abs_difference(state.value(), Array::zeros(state.shape(), state.dtype())), 0.0);
  }
}

TEST_P(Metrics, WorkOnArraysOutsideOfFunctions) {
  Session session({.threads = 1});
  const Handle<Metric> metric = spec().add_to(session);
  for (const MetricBatch& batch : given().batches) {
    if (batch.mask.is_given()) return;  // arrays carry none
    const auto or_none = [](const test::Values& values) {
      return values.is_given() ? std::optional<Array>(values.array()) : std::nullopt;
    };
    metric->update_state(batch.y_true.array(), or_none(batch.y_pred), or_none(batch.weight));
    expect_near(metric->value(), batch.result);
  }
  EXPECT_EQ(session.graph().functions, 0);
}

TEST_P(Metrics, AreMergedToWhatOneWouldHaveSeen) {
  const auto& batches = given().batches;
  Session session({.threads = 1});
  Session other({.threads = 1});
  const Handle<Metric> first = spec().add_to(session);
  const Handle<Metric> rest = spec().add_to(other);
  const Handle<Metric> unused = spec().add_to(other);
  const Handle<Metric> all = spec().add_to(session);
  updated(session, *first, batches.front(), ExecutionMode::eager);
  for (std::size_t i = 1; i < batches.size(); ++i) updated(other, *rest, batches[i], ExecutionMode::eager);
  all->merge_state({first, rest, unused});
  expect_states(*all, given(), batches.back());
  expect_near(all->value(), batches.back().result);
}

TEST_P(Metrics, DescribeThemselvesAsKerasDoes) {
  const auto text = [](const ConfigValue& config) { return to_string(config); };
  const ConfigValue described = spec().config();
  const Config expected{{"module", "keras.metrics"},
                        {"class_name", given().metric},
                        {"config", given().config},
                        {"registered_name", ConfigValue()}};
  EXPECT_EQ(text(described), text(expected));
  EXPECT_EQ(text(MetricSpec::from_config(described).config()), text(described));
  Session session({.threads = 1});
  EXPECT_EQ(text(spec().add_to(session)->config()), text(given().config));
}

INSTANTIATE_TEST_SUITE_P(Keras, Metrics, testing::Range(std::size_t{0}, all_cases().size()), [](const auto& instance) {
  return all_cases()[instance.param].metric + "_" + std::to_string(instance.param);
});

}  // namespace
