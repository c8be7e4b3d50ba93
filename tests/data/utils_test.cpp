#include "keratin/data/utils.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

#include "data/data/keras.h"
#include "data/pipeline_case.h"
#include "data/random_state.h"
#include "keratin/core/error.h"

namespace {

namespace kt = keratin;
namespace utils = keratin::utils;
using kt::test::count_to;
using kt::test::numbers_of;

TEST(Utils, WindowsAreKerass) {
  for (const kt::test::RecordedWindows& recorded : kt::test::recorded_windows) {
    const kt::Array time = kt::Array::arange(recorded.rows, kt::float32);
    kt::Array data = kt::Array::empty({recorded.rows, 2});
    for (std::size_t i = 0; i < static_cast<std::size_t>(recorded.rows); ++i) {
      data.mutable_data<float>()[2 * i] = static_cast<float>(i);
      data.mutable_data<float>()[2 * i + 1] = 100.F + static_cast<float>(i);
    }
    std::optional<kt::Array> targets;
    if (recorded.y.is_given()) {
      targets = kt::Array::empty({recorded.rows});
      for (std::size_t i = 0; i < static_cast<std::size_t>(recorded.rows); ++i)
        targets->mutable_data<float>()[i] = 2.F * static_cast<float>(i);
    }
    const auto dataset =
        utils::timeseries_dataset_from_array(data, targets, recorded.sequence_length, recorded.options);
    const auto expected = recorded.x.numbers;
    EXPECT_EQ(numbers_of(dataset), std::vector<double>(expected.begin(), expected.end()));
    std::vector<std::int64_t> sizes;
    std::vector<float> labels;
    for (const kt::Batch& batch : dataset) {
      if (recorded.options.batch_size) sizes.push_back(batch.x[0].shape()[0]);
      if (!targets) continue;
      const auto y = batch.y[0].data<float>();
      labels.insert(labels.end(), y.begin(), y.end());
    }
    EXPECT_EQ(sizes, recorded.batch_sizes);
    EXPECT_EQ(labels, recorded.y.numbers);
  }
}

TEST(Utils, ShuffledWindowsAreTheSameInAnotherOrder) {
  const kt::Array data = kt::Array::arange(50, kt::float32);
  const auto dataset = utils::timeseries_dataset_from_array(data, std::nullopt, 1, {.shuffle = true, .seed = 3});
  auto numbers = numbers_of(dataset);
  EXPECT_FALSE(std::ranges::is_sorted(numbers));
  EXPECT_NE(numbers, numbers_of(dataset));
  std::ranges::sort(numbers);
  EXPECT_EQ(numbers, numbers_of(count_to(50)));
}

TEST(Utils, WindowsRefuseWhatKerasRefuses) {
  const kt::Array data = kt::Array::arange(10, kt::float32);
  const auto of = [&](std::int64_t length, utils::TimeseriesOptions options) {
    return utils::timeseries_dataset_from_array(data, std::nullopt, length, options);
  };
  EXPECT_THROW(of(0, {}), kt::ValueError);
  EXPECT_THROW(of(3, {.sequence_stride = 0}), kt::ValueError);
  EXPECT_THROW(of(3, {.sequence_stride = 10}), kt::ValueError);
  EXPECT_THROW(of(3, {.sampling_rate = 0}), kt::ValueError);
  EXPECT_THROW(of(3, {.sampling_rate = 10}), kt::ValueError);
  EXPECT_THROW(of(3, {.batch_size = 0}), kt::ValueError);
  EXPECT_THROW(of(3, {.start_index = -1}), kt::ValueError);
  EXPECT_THROW(of(3, {.start_index = 10}), kt::ValueError);
  EXPECT_THROW(of(3, {.end_index = 10}), kt::ValueError);
  EXPECT_THROW(of(3, {.start_index = 5, .end_index = 5}), kt::ValueError);
  EXPECT_THROW(of(11, {}), kt::ValueError);
  EXPECT_THROW(utils::timeseries_dataset_from_array(kt::Array(), std::nullopt, 1), kt::ShapeError);
}

TEST(Utils, PadsAsKeras) {
  const std::vector<std::vector<int>> ragged = {{1, 2, 3}, {4}, {}, {5, 6, 7, 8}};
  for (const kt::test::RecordedPadding& recorded : kt::test::recorded_paddings) {
    const kt::Array result = utils::pad_sequences(ragged, recorded.options);
    EXPECT_EQ(result.dtype(), recorded.options.dtype);
    EXPECT_EQ(kt::max_abs_difference(result, recorded.result.array(result.dtype())), 0);
  }
}

TEST(Utils, PadsTextAndSequencesOfVectors) {
  const std::vector<std::vector<std::string>> texts = {{"a", "b"}, {"c"}};
  const kt::Array padded = utils::pad_sequences(texts, {.dtype = kt::string, .padding = "post", .text_value = "-"});
  EXPECT_EQ(padded.data<std::string>()[3], "-");
  const std::vector<kt::Array> vectors = {kt::Array::ones({3, 2}), kt::Array::ones({1, 2})};
  const kt::Array result = utils::pad_sequences(vectors, {.maxlen = 2, .dtype = kt::float32});
  EXPECT_EQ(result.shape(), kt::Shape({2, 2, 2}));
  EXPECT_EQ(result.at<float>({1, 0, 1}), 0.F);
  EXPECT_EQ(result.at<float>({1, 1, 1}), 1.F);
  EXPECT_THROW(utils::pad_sequences({kt::Array::ones({3, 2}), kt::Array::ones({3, 1})}), kt::ShapeError);
  EXPECT_THROW(utils::pad_sequences({kt::Array()}), kt::ShapeError);
  EXPECT_THROW(utils::pad_sequences(std::vector<kt::Array>()), kt::ValueError);
  EXPECT_THROW(utils::pad_sequences(vectors, {.maxlen = -1}), kt::ValueError);
  EXPECT_THROW(utils::pad_sequences(texts), kt::DTypeError);
}

TEST(Utils, NormalizesAsKeras) {
  for (const kt::test::RecordedNorm& recorded : kt::test::recorded_norms)
    EXPECT_TRUE(
        kt::all_close(utils::normalize(recorded.x.array(), recorded.options), recorded.result.array(), 1e-5, 1e-6))
        << recorded.options.axis << ' ' << recorded.options.order;
  const kt::Array x = kt::Array::copy_of({3, -4});
  EXPECT_TRUE(kt::all_close(utils::normalize(x, {.order = INFINITY}), kt::Array::copy_of({0.75F, -1.F})));
  EXPECT_TRUE(kt::all_close(utils::normalize(x, {.order = 0}), kt::Array::copy_of({1.5F, -2.F})));
  EXPECT_THROW(utils::normalize(x, {.axis = 1}), kt::ValueError);
}

TEST(Utils, CategoriesAreKerass) {
  for (const kt::test::RecordedCategories& recorded : kt::test::recorded_categories) {
    const kt::Array result = utils::to_categorical(recorded.x.array(kt::int32), recorded.num_classes);
    EXPECT_EQ(result.shape(), recorded.result.array().shape());
    EXPECT_EQ(kt::max_abs_difference(result, recorded.result.array()), 0);
  }
  EXPECT_THROW(utils::to_categorical(kt::Array::copy_of({0, 3}), 3), kt::ValueError);
  EXPECT_THROW(utils::to_categorical(kt::Array::copy_of({0, -1})), kt::ValueError);
  EXPECT_THROW(utils::to_categorical(kt::Array::zeros({0})), kt::ValueError);
}

TEST(Utils, SplitsADataset) {
  const auto [left, right] = utils::split_dataset(count_to(10), {.left_size = 0.75});
  EXPECT_EQ(numbers_of(left).size(), 8U);  // 7.5, as Python rounds
  EXPECT_EQ(numbers_of(right), (std::vector<double>{8, 9}));
  const auto [first, last] = utils::split_dataset(count_to(10), {.left_size = 2, .right_size = 3});
  EXPECT_EQ(numbers_of(first), (std::vector<double>{0, 1}));
  EXPECT_EQ(numbers_of(last), (std::vector<double>{7, 8, 9}));
  const auto [mixed, rest] = utils::split_dataset(count_to(100), {.right_size = 0.5, .shuffle = true});
  EXPECT_FALSE(std::ranges::is_sorted(numbers_of(mixed)));
  EXPECT_EQ(mixed.concatenate(rest).cardinality(), 100);

  EXPECT_THROW(utils::split_dataset(count_to(10), {}), kt::ValueError);
  EXPECT_THROW(utils::split_dataset(count_to(10), {.left_size = 10}), kt::ValueError);
  EXPECT_THROW(utils::split_dataset(count_to(10), {.left_size = 1.0}), kt::ValueError);
  EXPECT_THROW(utils::split_dataset(count_to(10), {.left_size = 6, .right_size = 5}), kt::ValueError);
  EXPECT_THROW(utils::split_dataset(count_to(3), {.left_size = 0.1}), kt::ValueError);
  EXPECT_THROW(utils::split_dataset(count_to(3).repeat(), {.left_size = 1}), kt::ValueError);
}

TEST(Utils, OrdersAreNumPys) {
  for (const kt::test::RecordedOrder& recorded : kt::test::recorded_orders) {
    std::vector<std::int64_t> order(recorded.order.size());
    std::iota(order.begin(), order.end(), 0);
    kt::data::RandomState(recorded.seed).shuffle(std::span(order));
    EXPECT_EQ(order, recorded.order) << recorded.seed;
  }
}

}  // namespace
