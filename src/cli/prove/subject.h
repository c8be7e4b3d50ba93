#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "keratin/core/array.h"
#include "keratin/training/model.h"

namespace keratin::inline v0::cli {

struct ProveArguments {
  std::string model;
  std::int64_t rounds = 1000;
  std::string input;
  std::string expected;
  std::int64_t batch_size = 16;
  std::vector<std::int64_t> sizes;
  std::int64_t margin_mib = 4;
  std::string python;
  std::int64_t keras_rounds = 100;
  std::string output = ".";
};

/// The model that is proven, as what it can be made of again in any session, and the data that it is run on.
struct Subject {
  std::string path = {};
  std::string name = {};
  std::string json = {};
  std::vector<Array> weights = {};
  std::vector<std::string> output_names = {};
  std::vector<std::string> losses = {};  ///< chosen here, where the file doesn't say how the model is trained
  std::vector<Array> x = {};
  std::vector<Array> y = {};
  std::int64_t batch_size = 0;
  bool shuffle = true;
  bool has_given_inputs = false;
  std::string refuses_training = {};  ///< why the model can't be trained; empty where it can
};

/// Loads the model, chooses what its file leaves open, and makes data for it. Prints what it found.
Subject subject_of(const ProveArguments& arguments);

/// The model anew in a session: compiled, with its weights.
Model rebuilt(Session& session, const Subject& subject);
/// One round of training, or of predicting where the model can't be trained.
void run_round(Model model, const Subject& subject);

/// As a folder of files, for another process; and back.
void write_subject(const Subject& subject, const std::string& folder);
Subject read_subject(const std::string& folder);

}  // namespace keratin::inline v0::cli
