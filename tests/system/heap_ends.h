#pragma once

#include <cstdint>
#include <iostream>
#include <new>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "lifecycle/recipe.h"
#include "system/heap.h"

namespace keratin::test {

/// Made before the heap ends: what asks for memory then is the library.
struct HeapWork {
  Recipe recipe{.inputs = 5,
                .classes = 3,
                .widths = {4},
                .optimizer = 4,
                .extra = 2,
                .rows = 12,
                .batch_size = 8,
                .validates = true};
  std::vector<LayerSpec> layers = layers_of(recipe);
  CompileOptions compile_options = test::compile_options(recipe);
  RecipeData data = data_of(recipe);
  FitOptions fit_options = test::fit_options(recipe, data);

  Model train(Session& session) {
    Sequential model(session, layers);
    model.compile(std::move(compile_options));
    model.fit(data.x, data.y, fit_options);
    return model;
  }
};

/// Trains with a heap that ends at this call; true if it was enough.
inline bool trains_until(std::int64_t call, HeapEnd how, Session& session, Model& model) {
  HeapWork work;
  const HeapEndsAt end(call, how);
  try {
    model = work.train(session);
  } catch (const OutOfMemoryError&) {
    return false;
  } catch (const std::bad_alloc&) {  // not even the error's text found room
    return false;
  }
  return end.refused() == 0;
}

/// The heap ends at every `stride`th call of it in turn: nothing is lost, and the session goes on.
inline void train_where_the_heap_ends(HeapEnd how, std::int64_t stride) {
  Session session({.seed = 1, .threads = 1});
  const std::uint64_t expected = hash_of(HeapWork().train(session).get_weights());
  session.clear();
  std::int64_t call = 0;
  std::int64_t round = 0;
  for (Model model; !trains_until(call, how, session, model); call += stride, ++round) {
    ASSERT_EQ(session.callbacks().attached, 0) << "call " << call;
    const bool clears = round % 8 != 0;
    if (clears) {
      session.clear();
      ASSERT_EQ(session.memory().current_bytes, 0) << "call " << call;
      ASSERT_EQ(session.graph().nodes, 0) << "call " << call;
    }
    if (round % 64 > 1) continue;
    const std::uint64_t hash = hash_of(HeapWork().train(session).get_weights());
    if (clears) {
      ASSERT_EQ(hash, expected) << "call " << call;
    }
    session.clear();
    ASSERT_EQ(session.memory().current_bytes, 0) << "call " << call;
  }
  std::cout << "trains with " << call << " calls of the heap; it ended in " << round << " trainings\n";
}

}  // namespace keratin::test
