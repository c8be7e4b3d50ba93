// Every metric, with weights and without, against the state and the result that Keras had after each batch.
#include "metrics/data/keras.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/metrics/metrics.h"
#include "keratin/session/session.h"

namespace {

using namespace keratin;
using test::MetricCase;

Handle<Metric> add_metric(Session& session, const MetricCase& given) {
  const metrics::CrossentropyOptions crossentropy{.from_logits = given.from_logits,
                                                  .label_smoothing = given.label_smoothing};
  if (given.metric == "Mean") return session.add(metrics::Mean());
  if (given.metric == "Accuracy") return session.add(metrics::Accuracy());
  if (given.metric == "BinaryAccuracy") return session.add(metrics::BinaryAccuracy({.threshold = given.threshold}));
  if (given.metric == "CategoricalAccuracy") return session.add(metrics::CategoricalAccuracy());
  if (given.metric == "SparseCategoricalAccuracy") return session.add(metrics::SparseCategoricalAccuracy());
  if (given.metric == "MeanSquaredError") return session.add(metrics::MeanSquaredError());
  if (given.metric == "MeanAbsoluteError") return session.add(metrics::MeanAbsoluteError());
  if (given.metric == "CategoricalCrossentropy") return session.add(metrics::CategoricalCrossentropy(crossentropy));
  if (given.metric == "SparseCategoricalCrossentropy")
    return session.add(metrics::SparseCategoricalCrossentropy(crossentropy));
  return session.add(metrics::BinaryCrossentropy(crossentropy));
}

class Metrics : public testing::TestWithParam<std::size_t> {
 protected:
  const MetricCase& given() const { return test::keras_metrics[GetParam()]; }
};

TEST_P(Metrics, AreWhatKerasHasAfterEachBatch) {
  for (const ExecutionMode mode : {ExecutionMode::graph, ExecutionMode::eager}) {
    Session session({.threads = 1});
    const Handle<Metric> metric = add_metric(session, given());
    const auto result = session.function([&] { return metric->result(); }, {.mode = mode});
    const std::vector<Variable> state = metric->variables();
    ASSERT_EQ(state.size(), 2u);
    EXPECT_EQ(state[0].name(), "total");
    EXPECT_EQ(state[1].name(), "count");
    EXPECT_EQ(result().item<float>(), 0.0f) << "nothing was counted";
    for (const test::MetricBatch& batch : given().batches) {
      std::vector<Array> inputs{batch.y_true.array()};
      for (const test::Values* const values : {&batch.y_pred, &batch.weight})
        if (values->is_given()) inputs.push_back(values->array());
      const auto update = session.function(
          [&](std::span<const Tensor> x) -> std::vector<Tensor> {
            metric->update_state(x[0], batch.y_pred.is_given() ? x[1] : Tensor(),
                                 batch.weight.is_given() ? x.back() : Tensor());
            return {};
          },
          {.mode = mode});
      update.call(std::span<const Array>(inputs));
      EXPECT_NEAR(state[0].value().item<float>(), batch.total, 2e-6f);
      EXPECT_NEAR(state[1].value().item<float>(), batch.count, 1e-6f);
      EXPECT_NEAR(result().item<float>(), batch.result, 1e-6f);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Keras, Metrics, testing::Range(std::size_t{0}, test::keras_metrics.size()),
                         [](const auto& instance) {
                           return std::string(test::keras_metrics[instance.param].metric) + "_" +
                                  std::to_string(instance.param);
                         });

}  // namespace
