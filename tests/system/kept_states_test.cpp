// What a run inside of a fit puts back of states needs no memory: it is done in a destructor.
#include <gtest/gtest.h>

#include "keratin/layers/core.h"
#include "keratin/layers/recurrent.h"
#include "keratin/training/model.h"
#include "support/sanitized.h"
#include "system/heap.h"
#include "training/kept_weights.h"
#include "training/live_model.h"
#include "training/states.h"

namespace {

using namespace keratin;

TEST(KeptStates, ArePutBackWhereTheHeapHasEnded) {
  if (test::is_sanitized) GTEST_SKIP() << "the sanitizer's heap can't be made to end";
  Session session({.seed = 1, .threads = 1});
  Sequential model(session, {layers::Input({3, 2}, {.batch_size = 2}), layers::LSTM(4, {.stateful = true})});
  const Array x = Array::random_normal({2, 3, 2}, {.seed = 1});
  model.predict(x);
  training::LiveModel& live = training::LiveModel::of(model);
  training::KeptWeights kept(live.core(), training::stateful_layers(live).front().states, "kept", live.where());
  kept.take();
  const NamedArrays before = model.states();
  model.predict(x);
  ASSERT_GT(max_abs_difference(model.states().at("lstm/state_0"), before.at("lstm/state_0")), 0.0);
  std::int64_t refused = 0;
  {
    const test::HeapEndsAt end(0, test::HeapEnd::for_good);
    kept.put_back();
    refused = end.refused();
  }
  EXPECT_EQ(refused, 0);
  for (const auto& [name, state] : before) EXPECT_EQ(max_abs_difference(model.states().at(name), state), 0.0) << name;
}

}  // namespace
