#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "keratin/data/data.h"
#include "keratin/training/model.h"

namespace keratin::inline v0::cli {

/// Where the rows that a model is run, trained or evaluated on are.
struct DataFiles {
  std::string input = {};                 ///< .npy, .npz or .csv
  std::string target = {};                ///< .npy, beside an input that has none
  std::vector<std::string> columns = {};  ///< of a .csv: the targets; empty: the last one
};

/// Rows, as a command takes them from files.
struct Rows {
  Data x = {};
  Data y = {};
  Data sample_weight = {};
  bool are_numbered = false;  ///< the inputs were called x0, x1, …
};

/// The inputs alone. Throws FileError for what can't be read, ValueError for arrays that can't be told apart.
Rows inputs_of(const std::string& path);
/// Inputs and targets for the model, which says how its inputs and outputs are called.
Rows rows_of(const DataFiles& files, const Model& model);

/// Results for the outputs of these names, in their order, as y (y0, y1, …) or under their names.
std::vector<Array> outputs_of(const std::string& path, const std::vector<std::string>& names);

bool is_npy(const std::string& path);

}  // namespace keratin::inline v0::cli
