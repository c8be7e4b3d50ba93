#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "ops/op_trace.h"
#include "ops/registry.h"
#include "ops/rows.h"

namespace keratin::test {
namespace {

class OpRowTest : public testing::TestWithParam<OpRow> {};

double tolerance_of(const OpRow& row, DType tested, DType result) {
  if (!is_floating(result) && result != complex64) return 0.0;
  const auto is_half = [](DType dtype) { return dtype == bfloat16 || dtype == float16; };
  if (is_half(tested) || is_half(result)) return row.tolerance_bfloat16;
  return result == float64 && tested == float64 ? row.tolerance_float64 : row.tolerance;
}

/// |a − b| ≤ tolerance · (1 + |b|) everywhere; equal infinities and NaN with NaN are close.
testing::AssertionResult close(const Array& result, const Array& expected, double tolerance) {
  if (result.shape() != expected.shape())
    return testing::AssertionFailure() << "shape " << result.shape() << " instead of " << expected.shape();
  const Array a = result.astype(float64);
  const Array b = expected.astype(float64);
  for (std::size_t i = 0; i < a.data<double>().size(); ++i) {
    const double x = a.data<double>()[i];
    const double y = b.data<double>()[i];
    if (x == y || (std::isnan(x) && std::isnan(y)) || std::abs(x - y) <= tolerance * (1 + std::abs(y))) continue;
    return testing::AssertionFailure() << "element " << i << " is " << x << " instead of " << y;
  }
  return testing::AssertionSuccess();
}

void expect_reference(const OpRow& row, DType dtype, const std::vector<Array>& inputs, int threads) {
  SCOPED_TRACE(std::string(name_of(dtype)) + " with " + std::to_string(threads) + " threads");
  Trace trace(row, specs_of(row, inputs));
  const std::vector<Array> results = trace.run_outputs(inputs, threads);
  ASSERT_FALSE(results.empty());
  EXPECT_EQ(name_of(results[0].dtype()), name_of(row.result_dtype(dtype)));
  for (std::size_t i = 0; i < results.size(); ++i) {  // what was promised is what came
    EXPECT_EQ(trace.outputs()[i].shape(), results[i].shape());
    EXPECT_EQ(name_of(trace.outputs()[i].dtype()), name_of(results[i].dtype()));
  }
  if (!row.reference) return;
  std::vector<Array> wide;
  for (const Array& input : inputs) wide.push_back(input.astype(float64).contiguous());
  const std::vector<Array> expected = row.reference(wide);
  ASSERT_EQ(results.size(), expected.size());
  for (std::size_t i = 0; i < results.size(); ++i)
    EXPECT_TRUE(close(results[i], expected[i], tolerance_of(row, dtype, results[i].dtype()))) << "result " << i;
}

TEST_P(OpRowTest, ValuesAreTheReferences) {
  for (const DType dtype : GetParam().dtypes)
    for (const int threads : {1, 3}) expect_reference(GetParam(), dtype, draw(GetParam(), dtype), threads);
}

TEST_P(OpRowTest, BatchesOfOneAndOfNone) {
  const OpRow& row = GetParam();
  if (!row.batch) return;
  for (const DType dtype : row.dtypes) {
    expect_reference(row, dtype, draw(row, dtype, 1), 1);
    if (row.empty_batch) expect_reference(row, dtype, draw(row, dtype, 0), 1);
  }
}

bool gets_gradient(const Input& input) { return input.differentiable && is_floating(input.dtype.value_or(float64)); }

/// d probe / d element, by central differences.
double finite_difference(Trace& trace, std::vector<Array> inputs, std::size_t input, std::size_t element) {
  const double value = inputs[input].data<double>()[element];
  const double step = 1e-5 * std::max(1.0, std::abs(value));
  inputs[input].mutable_data<double>()[element] = value + step;
  const double above = trace.run_probe(inputs);
  inputs[input].mutable_data<double>()[element] = value - step;
  return (above - trace.run_probe(inputs)) / (2 * step);
}

TEST_P(OpRowTest, GradientsAreFiniteDifferences) {
  const OpRow& row = GetParam();
  if (!row.gradient) return;
  const std::vector<Array> inputs = draw(row, float64);
  Trace forward(row, specs_of(row, inputs));
  Trace both(row, specs_of(row, inputs));
  ASSERT_TRUE(forward.add_probe() && both.add_probe()) << "no output is floating";
  both.add_gradients();
  const std::vector<Array> all = both.with_weights(inputs);
  const std::vector<Array> results = both.run_all(all);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!gets_gradient(row.inputs[i])) continue;
    const Array& gradient = results[both.outputs().size() + i];
    ASSERT_EQ(gradient.shape(), inputs[i].shape());
    const std::span<const double> values = gradient.data<double>();
    const std::size_t stride = std::max<std::size_t>(1, values.size() / 40);  // a sample of large ones
    for (std::size_t j = 0; j < values.size(); j += stride) {
      const double expected = finite_difference(forward, all, i, j);
      EXPECT_NEAR(values[j], expected, row.tolerance_gradient * (1 + std::abs(expected)))
          << "input " << i << ", element " << j;
    }
  }
}

/// The float64 gradients, from float32's inputs.
TEST_P(OpRowTest, Float32GradientsAreTheFloat64Ones) {
  const OpRow& row = GetParam();
  if (!row.gradient || std::find(row.dtypes.begin(), row.dtypes.end(), float32) == row.dtypes.end()) return;
  const std::vector<Array> inputs = draw(row, float32);
  Trace trace(row, specs_of(row, inputs));
  ASSERT_TRUE(trace.add_probe());
  trace.add_gradients();
  const std::vector<Array> all = trace.with_weights(inputs);
  std::vector<Array> wide;
  for (const Array& array : all) wide.push_back(array.dtype() == float32 ? array.astype(float64) : array);
  Trace reference(row, specs_of(row, std::span(wide).first(inputs.size())));
  ASSERT_TRUE(reference.add_probe());
  reference.add_gradients();
  const std::vector<Array> results = trace.run_all(all);
  const std::vector<Array> expected = reference.run_all(wide);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (gets_gradient(row.inputs[i])) {
      const std::size_t at = trace.outputs().size() + i;
      EXPECT_TRUE(close(results[at], expected[at], 10 * row.tolerance)) << "input " << i;
    }
}

TEST_P(OpRowTest, NoGradientFlowsWhereNoneIs) {
  const OpRow& row = GetParam();
  if (row.gradient) return;
  const std::vector<Array> inputs = draw(row, row.dtypes[0]);
  Trace trace(row, specs_of(row, inputs));
  if (!trace.add_probe()) return;
  try {
    trace.add_gradients();
  } catch (const NotDifferentiableError&) {
    return;
  }
  for (const Tensor& gradient : trace.gradients()) EXPECT_TRUE(gradient.is_empty());
}

/// With gradients where the row has them.
std::unique_ptr<Trace> full_trace(const OpRow& row, std::span<const graph::Spec> specs) {
  auto trace = std::make_unique<Trace>(row, specs);
  if (row.gradient && trace->add_probe()) trace->add_gradients();
  return trace;
}

std::vector<Array> full_inputs(const OpRow& row, Trace& trace, std::span<const Array> inputs) {
  return row.gradient ? trace.with_weights(inputs) : std::vector<Array>(inputs.begin(), inputs.end());
}

bool same_bits(const Array& a, const Array& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() &&
         (a.nbytes() == 0 ||
          std::memcmp(a.contiguous().raw(), b.contiguous().raw(), static_cast<std::size_t>(a.nbytes())) == 0);
}

TEST_P(OpRowTest, InPlaceGivesTheSameBits) {
  const OpRow& row = GetParam();
  for (const DType dtype : row.dtypes) {
    SCOPED_TRACE(name_of(dtype));
    const std::vector<Array> inputs = draw(row, dtype);
    const std::unique_ptr<Trace> trace = full_trace(row, specs_of(row, inputs));
    const std::vector<Array> all = full_inputs(row, *trace, inputs);
    const std::vector<Array> expected = trace->run_all(all);
    for (int input = 0; input < 4; ++input) {
      const std::vector<Array> results = trace->run_all(all, input);
      for (std::size_t i = 0; i < results.size(); ++i)
        EXPECT_TRUE(same_bits(results[i], expected[i])) << "result " << i << " on input " << input;
    }
  }
}

void expect_fits(const Shape& symbolic, const Shape& concrete) {
  ASSERT_EQ(symbolic.rank(), concrete.rank());
  for (std::size_t i = 0; i < concrete.rank(); ++i)
    EXPECT_TRUE(symbolic.dims()[i] == -1 || symbolic.dims()[i] == concrete.dims()[i])
        << symbolic << " for " << concrete;
}

TEST_P(OpRowTest, UnknownBatchInfersAndRunsAsKnownOnes) {
  const OpRow& row = GetParam();
  if (!row.batch) return;
  const DType dtype = row.dtypes[0];
  const std::unique_ptr<Trace> symbolic = full_trace(row, specs_of(row, draw(row, dtype), true));
  std::vector<std::optional<std::int64_t>> batches{std::nullopt, 1};
  if (row.empty_batch) batches.emplace_back(0);
  for (const std::optional<std::int64_t> batch : batches) {
    SCOPED_TRACE("batch " + (batch ? std::to_string(*batch) : "of the row"));
    const std::vector<Array> inputs = draw(row, dtype, batch);
    const std::unique_ptr<Trace> concrete = full_trace(row, specs_of(row, inputs));
    const std::vector<Array> all = full_inputs(row, *concrete, inputs);
    const std::vector<Array> expected = concrete->run_all(all);
    const std::vector<Array> results = symbolic->run_all(all);
    ASSERT_EQ(results.size(), expected.size());
    for (std::size_t i = 0; i < concrete->outputs().size(); ++i)
      expect_fits(symbolic->outputs()[i].shape(), concrete->outputs()[i].shape());
    for (std::size_t i = 0; i < results.size(); ++i)
      EXPECT_TRUE(close(results[i], expected[i], 10 * tolerance_of(row, dtype, results[i].dtype()))) << i;
  }
}

TEST_P(OpRowTest, HoldsTheOpsItNames) {
  const OpRow& row = GetParam();
  const std::unique_ptr<Trace> trace = full_trace(row, specs_of(row, draw(row, row.dtypes[0])));
  std::set<std::string_view> held;
  for (const graph::Node& node : trace->graph().nodes()) held.insert(node.op->name);
  for (const std::string& op : row.ops)
    EXPECT_TRUE(held.contains(op)) << op << " is not in\n" << to_text(trace->graph());
}

INSTANTIATE_TEST_SUITE_P(Rows, OpRowTest, testing::ValuesIn(all_rows()),
                         [](const testing::TestParamInfo<OpRow>& row) { return row.param.name; });

TEST(OpRows, CoverTheWholeRegistry) {
  std::set<std::string, std::less<>> covered;
  for (const OpRow& row : all_rows()) covered.insert(row.ops.begin(), row.ops.end());
  for (const graph::OpDef* const op : ops::registry()) EXPECT_TRUE(covered.contains(op->name)) << op->name;
}

}  // namespace
}  // namespace keratin::test
