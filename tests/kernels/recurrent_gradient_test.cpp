#include <cmath>
#include <cstring>
#include <limits>
#include <memory_resource>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/parallel.h"
#include "kernels/recurrent/recurrent.h"

namespace {

using namespace keratin;
using graph::Attribute;
using graph::Spec;

struct Case {
  std::int64_t batch;
  std::int64_t steps;
  std::int64_t units;
  std::int64_t gates;
  std::int64_t features = 0;  ///< 0: the gradient of the kernel isn't asked for
  bool inner = false;
  bool drops = false;
  bool backwards = false;

  std::int64_t width() const { return gates * units; }
  std::string text() const {
    return std::to_string(batch) + "×" + std::to_string(steps) + ", " + std::to_string(features) + " → " +
           std::to_string(gates) + "·" + std::to_string(units) + (inner ? " inner" : "") + (drops ? " drops" : "") +
           (backwards ? " backwards" : "");
  }
};

template <class T>
using Numbers = std::vector<T>;

template <class T>
Numbers<T> numbers(const Shape& shape, unsigned seed) {
  std::minstd_rand generator(seed);
  Numbers<T> values(static_cast<std::size_t>(shape.elements()));
  for (T& value : values) value = static_cast<T>(static_cast<double>(generator() % 2001) / 1000 - 1);
  return values;
}

/// A case's inputs in the op's order, and its outputs added up in double.
template <class T>
class Data {
 public:
  explicit Data(const Case& c) : case_(c) {
    add({c.batch, c.units});
    add({c.batch, c.steps, c.units});
    add({c.batch, c.steps, c.width()});
    if (c.inner) add({c.batch, c.steps, c.units});
    if (c.drops) add({c.batch, c.width()});
    if (c.features > 0) add({c.batch, c.steps, c.features});
  }

  std::vector<Spec> specs;
  std::vector<Numbers<T>> inputs;

  std::vector<Shape> shapes() const {
    const bool both = case_.features > 0 && case_.inner;
    return {{case_.units, case_.width()},
            {case_.width()},
            case_.features > 0 ? Shape{case_.features, case_.width()} : Shape{0},
            {both ? case_.width() : 0}};
  }

  std::vector<Numbers<double>> expected() const {
    std::vector<Numbers<double>> all;
    for (const Shape& shape : shapes()) all.emplace_back(static_cast<std::size_t>(shape.elements()), 0.0);
    const std::int64_t width = case_.width();
    for (std::int64_t item = 0; item < case_.batch; ++item)
      for (std::int64_t time = 0; time < case_.steps; ++time)
        for (std::int64_t j = 0; j < width; ++j) {
          const std::int64_t row = item * case_.steps + time;
          const double of_projection = at(2, row * width + j);
          const bool replaced = case_.inner && j >= width - case_.units;
          const double gradient = replaced ? at(3, row * case_.units + j - (width - case_.units)) : of_projection;
          for (std::int64_t i = 0; i < case_.units; ++i)
            all[0][static_cast<std::size_t>(i * width + j)] += state(item, time, i, j) * gradient;
          all[1][static_cast<std::size_t>(j)] += gradient;
          for (std::int64_t i = 0; i < case_.features; ++i)
            all[2][static_cast<std::size_t>(i * width + j)] +=
                at(inputs.size() - 1, row * case_.features + i) * of_projection;
          if (!all[3].empty()) all[3][static_cast<std::size_t>(j)] += of_projection;
        }
    return all;
  }

 private:
  void add(const Shape& shape) {
    specs.push_back({dtype_of<T>, shape});
    inputs.push_back(numbers<T>(shape, static_cast<unsigned>(inputs.size() + 1)));
  }
  double at(std::size_t input, std::int64_t index) const {
    return static_cast<double>(inputs[input][static_cast<std::size_t>(index)]);
  }
  /// What unit i was before the step, as gate column j multiplied it.
  double state(std::int64_t item, std::int64_t time, std::int64_t i, std::int64_t j) const {
    const std::int64_t before = case_.backwards ? time + 1 : time - 1;
    const bool is_first = before < 0 || before == case_.steps;
    const double h = is_first ? at(0, item * case_.units + i) : at(1, (item * case_.steps + before) * case_.units + i);
    const std::int64_t gate = j / case_.units;
    return case_.drops ? h * at(case_.inner ? 4 : 3, (item * case_.gates + gate) * case_.units + i) : h;
  }

  Case case_;
};

/// The kernel's outputs, with a workspace of NaN and guards behind it and them.
template <class T>
std::vector<Numbers<T>> run(const Case& c, const Data<T>& data, int threads) {
  constexpr std::size_t guard = 4096;
  constexpr T untouched = 77;
  std::vector<Spec> outputs;
  for (const Shape& shape : data.shapes()) outputs.push_back({dtype_of<T>, shape});
  const std::vector<Attribute> attributes{
      {"backwards", c.backwards}, {"inner", c.inner}, {"drops", c.drops}, {"projects", c.features > 0}};
  const graph::KernelPtr kernel =
      kernels::recurrent_kernel_gradient_kernel({.attributes = graph::Attributes(attributes),
                                                 .inputs = data.specs,
                                                 .outputs = outputs,
                                                 .threads = threads,
                                                 .memory = std::pmr::new_delete_resource()});
  const std::size_t size = kernel->workspace_bytes() / sizeof(T);
  Numbers<T> workspace(size + guard, untouched);
  std::fill_n(workspace.begin(), size, std::numeric_limits<T>::quiet_NaN());
  std::vector<Numbers<T>> results;
  std::vector<std::byte*> to;
  std::vector<const std::byte*> from;
  for (const Spec& output : outputs)
    results.emplace_back(static_cast<std::size_t>(output.elements()) + guard, untouched);
  for (Numbers<T>& result : results) to.push_back(reinterpret_cast<std::byte*>(result.data()));
  for (const Numbers<T>& input : data.inputs) from.push_back(reinterpret_cast<const std::byte*>(input.data()));
  core::Parallel parallel(threads);
  kernel->run({from, to, reinterpret_cast<std::byte*>(workspace.data()), parallel});
  const auto check = [&](Numbers<T>& all, std::size_t used, const char* what) {
    for (std::size_t i = used; i < all.size(); ++i) EXPECT_EQ(all[i], untouched) << "behind " << what;
    all.resize(used);
  };
  check(workspace, size, "the workspace");
  for (std::size_t i = 0; i < results.size(); ++i)
    check(results[i], static_cast<std::size_t>(outputs[i].elements()), "an output");
  return results;
}

template <class T>
void expect_sums(const Case& c, int threads) {
  SCOPED_TRACE(c.text() + " with " + std::to_string(threads) + " threads");
  const Data<T> data(c);
  const auto got = run(c, data, threads);
  const auto wanted = data.expected();
  const double terms = static_cast<double>(c.batch * c.steps) + 1.0;
  const double tolerance = (std::is_same_v<T, float> ? 1.2e-7 : 1e-15) * terms;  // each term is at most 1
  for (std::size_t output = 0; output < wanted.size(); ++output) {
    double worst = 0.0;
    for (std::size_t i = 0; i < wanted[output].size(); ++i) {
      const double error = std::abs(static_cast<double>(got[output][i]) - wanted[output][i]);
      worst = std::isnan(error) ? std::numeric_limits<double>::infinity() : std::max(worst, error);
    }
    EXPECT_LE(worst, tolerance) << "output " << output;
  }
  EXPECT_EQ(run(c, data, threads), got) << "the same again";
}

/// Of one row and unit; of many rows, which threads share; of so many columns that they share those; of units that fill
/// no vector; of nothing.
const std::vector<Case> cases{{1, 1, 1, 1},        {1, 1, 1, 4, 1},    {3, 4, 5, 3, 7},   {8, 50, 19, 4, 33},
                              {8, 50, 19, 3, 33},  {40, 33, 16, 3, 1}, {5, 7, 160, 4, 9}, {5, 7, 160, 3, 9},
                              {1, 4, 600, 1, 530}, {0, 3, 4, 4, 2}};

class RecurrentKernelGradient : public testing::TestWithParam<int> {};

TEST_P(RecurrentKernelGradient, AddsUpWhatEachStepAdds) {
  for (const Case& sizes : cases)
    for (const bool inner : {false, true})
      for (const bool drops : {false, true})
        for (const bool projects : {false, true}) {
          Case c = sizes;
          c.inner = inner && c.gates == 3;
          c.drops = drops;
          c.backwards = inner != drops;
          if (!projects) c.features = 0;
          expect_sums<float>(c, GetParam());
          expect_sums<double>(c, GetParam());
          if (testing::Test::HasFailure()) return;
        }
}

INSTANTIATE_TEST_SUITE_P(Threads, RecurrentKernelGradient, testing::Values(1, 2, 3, 16));

}  // namespace
