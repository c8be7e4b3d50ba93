#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "keratin/saving/model_checkpoint.h"

namespace keratin::test {

/// The file name that a template becomes.
struct CheckpointNameCase {
  std::string pattern;
  std::int64_t epoch = 0;
  std::int64_t batch = 0;  ///< −1: none
  std::string name;
};

/// The epochs after which ModelCheckpoint saves.
struct CheckpointCase {
  callbacks::ModelCheckpointOptions options;
  std::vector<double> losses;
  std::vector<std::int64_t> saved;
};

/// The batches, counted through, after which ModelCheckpoint saves.
struct CheckpointBatchCase {
  std::int64_t save_freq = 0;
  std::int64_t batches = 0;
  std::int64_t epochs = 0;
  std::vector<std::int64_t> saved;
};

}  // namespace keratin::test
