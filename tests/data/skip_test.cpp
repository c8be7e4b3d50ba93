// What is left out is what would have come.
#include <algorithm>

#include <gtest/gtest.h>

#include "data/stage.h"
#include "keratin/data/dataset.h"

namespace {

using namespace keratin;

Array numbers(std::int64_t count) { return Array::arange(count, float32); }

struct Pipeline {
  std::string name;
  Dataset dataset;
  bool is_repeatable = true;
};

std::vector<Pipeline> pipelines() {
  const Dataset rows = Dataset::from_arrays(numbers(11));
  const Dataset function =
      Dataset::from_function(5, [](std::int64_t i) { return Batch{Array::full({1}, static_cast<double>(i))}; });
  const auto doubled = [](const Batch& batch) {
    Array x = batch.x[0].copy();
    for (float& each : x.mutable_data<float>()) each *= 2.0f;
    return Batch{x};
  };
  const auto is_odd = [](const Batch& batch) { return static_cast<int>(batch.x[0].item<float>()) % 2 == 1; };
  const Dataset shuffled = rows.shuffle(4, {.seed = 2});
  int made = 0;
  const Dataset generated = Dataset::from_generator([made]() mutable -> std::optional<Batch> {
    return made++ % 8 == 7 ? std::nullopt : std::optional<Batch>(Batch{numbers(2)});
  });
  return {{"rows", rows},
          {"function", function},
          {"zip", Dataset::zip(rows, function)},
          {"map", rows.map([](Batch batch) { return batch; })},
          {"filter", rows.filter(is_odd)},
          {"take", rows.take(7)},
          {"skip", rows.skip(7)},
          {"skip all", rows.skip(20)},
          {"repeat", shuffled.repeat(3)},
          {"repeat what has no known length", rows.filter(is_odd).repeat(3)},
          {"repeat without end", shuffled.repeat().take(40)},
          {"concatenate", rows.concatenate(function)},
          {"batch", rows.batch(4)},
          {"batch without the rest", rows.batch(4, {.drop_remainder = true})},
          {"unbatch", rows.batch(4).unbatch()},
          {"shuffle", shuffled},
          {"all of it", shuffled.batch(2).map(doubled).prefetch(2)},
          {"files", Dataset::interleave({"a", "b", "c"}, [=](const std::string&) { return function; })},
          {"cache", shuffled.cache(), false},
          {"cache of what repeats", shuffled.cache().batch(2).repeat(2), false},
          {"generator", generated, false}};
}

std::vector<float> rest_of(data::Cursor& cursor) {
  std::vector<float> all;
  while (const std::optional<Batch> batch = cursor.next())
    for (const float each : batch->x[0].contiguous().data<float>()) all.push_back(each);
  return all;
}

std::vector<std::vector<float>> elements_of(data::Cursor& cursor) {
  std::vector<std::vector<float>> all;
  while (const std::optional<Batch> batch = cursor.next()) {
    const Array x = batch->x[0].contiguous();
    all.emplace_back(x.data<float>().begin(), x.data<float>().end());
  }
  return all;
}

TEST(Skip, LeavesOutWhatWouldHaveCome) {
  for (const Pipeline& each : pipelines()) {
    const data::Stage& stage = *data::Stage::of(each.dataset);
    EXPECT_EQ(stage.is_repeatable(), each.is_repeatable) << each.name;
    if (!each.is_repeatable) continue;
    for (const std::uint64_t epoch : {0, 3}) {
      const std::vector<std::vector<float>> all = elements_of(*stage.begin(epoch));
      const auto count = static_cast<std::int64_t>(all.size());
      for (std::int64_t before = 0; before <= std::min<std::int64_t>(count, 2); ++before)
        for (std::int64_t left_out = 0; left_out <= count + 2; ++left_out) {
          const std::unique_ptr<data::Cursor> cursor = stage.begin(epoch);
          for (std::int64_t i = 0; i < before; ++i) cursor->next();
          const std::int64_t passed = std::min(left_out, count - before);
          EXPECT_EQ(cursor->skip(left_out), passed) << each.name << " " << epoch << " " << before;
          std::vector<float> rest;
          for (auto i = static_cast<std::size_t>(before + passed); i < all.size(); ++i)
            rest.insert(rest.end(), all[i].begin(), all[i].end());
          EXPECT_EQ(rest_of(*cursor), rest) << each.name << " " << epoch << " " << before << " " << left_out;
        }
    }
  }
}

TEST(Skip, MakesNothingOfWhatIsLeftOut) {
  std::int64_t made = 0;
  const Dataset rows = Dataset::from_function(1000, [&](std::int64_t i) {
    ++made;
    return Batch{Array::full({1}, static_cast<double>(i))};
  });
  const auto same = [&](Batch batch) {
    ++made;
    return batch;
  };
  const Dataset batches = rows.map(same).batch(10).map(same).repeat().prefetch(1);
  const std::unique_ptr<data::Cursor> cursor = data::Stage::of(batches)->begin(0);
  EXPECT_EQ(cursor->skip(1000000), 1000000);
  EXPECT_EQ(made, 0);
  EXPECT_EQ(cursor->next()->x[0].data<float>()[0], 0.0f);
}

}  // namespace
