#pragma once

#include <string>
#include <vector>

#include <keratin/keratin.h>

namespace keratin::test {

/// One kind of network, with data for it.
struct Kind {
  std::string name;
  Model (*build)(Session& session);  ///< compiled
  std::vector<Array> x;
  std::vector<Array> y;
  bool is_stateful = false;
};

/// Rows of each kind's data, and of a batch.
inline constexpr std::int64_t kind_rows = 24;
inline constexpr std::int64_t kind_batch = 8;

/// Twenty kinds: dense, convolutional, recurrent, with attention, with several inputs and outputs, shared, stateful.
std::vector<Kind> twenty_kinds();

}  // namespace keratin::test
