// What Keras's decoder gives with narrow beams, and what is refused; the rest is in the harness's rows.
#include <array>
#include <complex>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/core/complex.h"
#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/session/session.h"

namespace {

using namespace keratin;
using ops::CtcStrategy;

/// (2, 6, 4)
Array logits() {
  return Array::copy_of(std::vector<float>{0.6f,  0.6f,  0.0f,  -0.4f, -0.9f, -0.2f, -0.2f, -0.9f, -0.9f, 1.0f,
                                           0.3f,  -0.5f, -0.1f, 0.9f,  0.8f,  0.7f,  -0.2f, 0.0f,  0.4f,  -0.9f,
                                           0.1f,  -0.5f, 0.8f,  -0.9f, 0.4f,  0.7f,  -0.5f, 0.8f,  0.7f,  -1.0f,
                                           0.4f,  -1.0f, 0.0f,  -0.1f, -0.6f, -0.4f, 0.6f,  -0.4f, -0.7f, 0.4f,
                                           -0.1f, 0.6f,  -0.5f, -0.4f, 0.6f,  0.0f,  0.0f,  -0.5f})
      .reshaped({2, 6, 4});
}

struct Decoded {
  Array labels;
  Array scores;
};

Decoded decoded(CtcStrategy strategy, std::int64_t beam_width, std::int64_t top_paths, bool merge_repeated = true,
                std::int64_t mask_index = 0, const Array& lengths = Array::copy_of({6, 4})) {
  Session session({.threads = 2});
  const auto f = session.function([&](std::span<const Tensor> x) {
    const auto [labels, scores] =
        ops::ctc_decode(x[0], x[1], strategy, beam_width, top_paths, merge_repeated, mask_index);
    return std::vector<Tensor>{labels, scores};
  });
  const std::vector<Array> results = f.call(std::vector<Array>{logits(), lengths});
  return {results[0], results[1]};
}

void expect(const Decoded& result, const std::vector<std::int32_t>& labels, const std::vector<float>& scores) {
  EXPECT_TRUE(all_close(result.labels, Array::copy_of(labels).reshaped(result.labels.shape()), 0.0, 0.0))
      << result.labels;
  EXPECT_TRUE(all_close(result.scores, Array::copy_of(scores).reshaped(result.scores.shape()), 1e-5, 1e-6))
      << result.scores;
}

TEST(CtcDecode, FindsWhatKerasFindsWithNarrowBeams) {
  expect(decoded("beam_search", 2, 2),
         {1, 2, -1, -1, -1, -1, 3, -1, -1, -1, -1, -1, 1, 2, 1, -1, -1, -1, 1, -1, -1, -1, -1, -1},
         {-2.9281263f, -4.7001305f, -3.4899821f, -3.5875704f});
  expect(decoded("beam_search", 3, 2),
         {1, 2, -1, -1, -1, -1, 3, 2, -1, -1, -1, -1, 1, 2, 1, -1, -1, -1, 3, -1, -1, -1, -1, -1},
         {-2.8646836f, -3.9484801f, -2.8820834f, -3.3132098f});
  expect(decoded("beam_search", 50, 2),
         {2, 1, 2, -1, -1, -1, 1, 3, -1, -1, -1, -1, 1, 2, -1, -1, -1, -1, 3, -1, -1, -1, -1, -1},
         {-2.6608062f, -2.6870306f, -2.5755651f, -2.7174051f});
  expect(decoded("beam_search", 2, 1, true, 2), {0, 1, -1, -1, -1, -1, 3, 0, -1, -1, -1, -1},
         {-4.0850468f, -2.8758361f});
  expect(decoded("greedy", 100, 1, false, 2), {0, 1, 1, 1, -1, -1, 3, 0, 0, 0, -1, -1}, {-3.5f, -2.1f});
}

Array loss_of(const Array& labels, const Array& label_lengths, const Array& steps, std::int64_t mask_index = 0) {
  Session session({.threads = 1});
  const auto f = session.function([&](std::span<const Tensor> x) {
    return std::vector<Tensor>{ops::ctc_loss(x[0], x[1], x[2], x[3], mask_index)};
  });
  return f.call(std::vector<Array>{labels, logits(), label_lengths, steps}).at(0);
}

TEST(Ctc, RefusesWhatDoesNotFit) {
  const Array labels = Array::copy_of({1, 2, 3, 1}).reshaped({2, 2});
  const Array two = Array::copy_of({2, 2});
  const Array six = Array::copy_of({6, 6});
  EXPECT_EQ(loss_of(labels, two, six).shape(), (Shape{2}));
  EXPECT_THROW(loss_of(Array::copy_of({1, 2, 3, 4}).reshaped({2, 2}), two, six), ValueError) << "no such class";
  EXPECT_THROW(loss_of(labels, Array::copy_of({2, 3}), six), ValueError) << "more labels than there are";
  EXPECT_THROW(loss_of(labels, two, Array::copy_of({7, 6})), ValueError) << "more steps than there are";
  EXPECT_THROW(loss_of(labels, two, six, 4), ValueError) << "no such blank";
  EXPECT_THROW(loss_of(labels, Array::copy_of({2, 2, 2}), six), ShapeError);
  EXPECT_THROW(loss_of(two, two, six), ShapeError);
  EXPECT_THROW(decoded("beam_search", 2, 3), ValueError) << "more paths than the beam has";
  EXPECT_THROW(decoded("beam_search", 0, 0), ValueError);
  EXPECT_THROW(decoded("greedy", 1, 1, true, -5), ValueError);
  EXPECT_THROW(decoded("greedy", 1, 1, true, 0, Array::copy_of({6, 7})), ValueError);
  EXPECT_THROW(CtcStrategy(name("beams")), ValueError);
}

TEST(Ctc, HasNoSecondGradient) {
  Session session({.threads = 1});
  const auto f = session.function([&](const Tensor& x, const Tensor& labels) {
    const Tensor lengths = ops::sum(ops::ones_like(labels), 1);
    const Tensor loss = ops::sum(ops::ctc_loss(labels, x, lengths, 3 * lengths));
    return ops::sum(gradients(ops::sum(ops::square(gradients(loss, {x})[0])), {x})[0]);
  });
  EXPECT_THROW(f(logits(), Array::copy_of({1, 2, 3, 1}).reshaped({2, 2})), NotDifferentiableError);
}

TEST(Polar, GivesComplexNumbers) {
  Session session({.threads = 1});
  const auto f = session.function([](const Tensor& size, const Tensor& angle) { return ops::polar(size, angle); });
  const Array result = f(Array::copy_of({2.0f, 3.0f}).reshaped({2, 1}), Array::copy_of({0.5f, -1.0f, 2.0f}));
  ASSERT_EQ(result.shape(), (Shape{2, 3}));
  ASSERT_EQ(result.dtype(), complex64);
  const auto values = result.data<std::complex<float>>();
  for (std::size_t i = 0; i < 6; ++i) {
    const std::complex<float> expected = std::polar(i < 3 ? 2.0f : 3.0f, std::array{0.5f, -1.0f, 2.0f}[i % 3]);
    EXPECT_NEAR(values[i].real(), expected.real(), 1e-6);
    EXPECT_NEAR(values[i].imag(), expected.imag(), 1e-6);
  }
  EXPECT_EQ(f(Array::copy_of({1, 2}), Array::copy_of({0, 0})).dtype(), complex64);
}

}  // namespace
