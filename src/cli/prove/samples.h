#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "keratin/core/array.h"
#include "keratin/training/model.h"

namespace keratin::inline v0::cli {

struct SampleOptions {
  std::int64_t batch_size = 16;          ///< unless the model fixes one
  std::vector<std::int64_t> sizes = {};  ///< for what inputs leave open, in order
};

/// Arrays that were made for a model, with a word on what they hold.
struct Samples {
  std::vector<Array> arrays;
  std::vector<std::string> contents;  ///< "normal", "integers below 50"
  std::int64_t batch_size = 0;
  bool has_fixed_batch = false;
};

/// Inputs that the model takes: two full batches and, where the model allows it, a short one. What an input is allowed
/// to hold is found by trying: indices that the model refuses tell how many there are. Throws ValueError where sizes
/// are open and none that were tried fit.
Samples inputs_for(Model& model, const SampleOptions& options);

/// Targets for one output of the given values, which the loss of this name takes.
Samples targets_for(const std::vector<Array>& outputs, const std::vector<std::string>& losses);

/// A loss for each output by what it holds: probabilities of classes, one probability, or numbers.
std::vector<std::string> losses_for(const std::vector<Array>& outputs);

}  // namespace keratin::inline v0::cli
