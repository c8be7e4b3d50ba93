#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <source_location>
#include <string>
#include <vector>

#include "keratin/core/array.h"
#include "keratin/core/export.h"
#include "keratin/data/data.h"
#include "keratin/training/callback.h"
#include "keratin/training/model.h"

namespace keratin::inline v0::diagnostics {

struct ContaminationOptions {
  /// Not given: what the states of stateful layers have, else 32. Rows that fill no batch are left out.
  std::optional<std::int64_t> batch_size = std::nullopt;
  std::int64_t batches = 0;  ///< at most so many, from the first; 0: all
};

/// A layer that one batch changes for the next, in inference.
struct CarryingLayer {
  std::string layer;  ///< its path, without the model's
  std::string class_name;
  std::int64_t state_bytes = 0;  ///< of what it carries
  /// Whether Model::reset_states sets it to 0: what Layer::states() names. Other variables are the layer's own affair.
  bool resettable = true;
  double shift = 0.0;  ///< the most that an output changes where this layer alone starts anew with each batch
};

/// How far a batch's outputs depend on the batches before it: the largest difference of an output.
struct BatchDependence {
  std::int64_t batch = 0;
  double reset = 0.0;      ///< states kept, against states reset before the batch
  double exchanged = 0.0;  ///< in order, against neighbouring batches exchanged (1, 0, 3, 2, …)
};

/// A layer whose result for a row depends on the batch's other rows.
struct MixingLayer {
  std::string layer;
  std::string class_name;
  bool training = false;  ///< in training alone
  double shift = 0.0;     ///< the largest difference in the first row's result as the other rows became copies of it
};

/// What contamination() found. Differences are absolute; `largest_output` says what they are to be compared with.
struct ContaminationReport {
  std::string model;
  std::int64_t batch_size = 0;
  std::vector<CarryingLayer> layers = {};
  double max_shift = 0.0;  ///< the largest of `batches`
  double largest_output = 0.0;
  std::vector<BatchDependence> batches = {};
  std::vector<MixingLayer> mixing = {};
  /// The same of the whole model, by what its outputs do: in inference, in training.
  double rows_shift = 0.0;
  double rows_shift_in_training = 0.0;
};
KERATIN_API std::ostream& operator<<(std::ostream& out, const ContaminationReport& report);

/// Runs the model on x, in inference but for the search for layers that mix rows, and compares: which layers carry
/// state from batch to batch, how far each batch's outputs depend on the batches before, which layers mix a batch's
/// rows. One batch alone is run twice. States, weights, random streams, metrics and the model's traces are as before
/// afterwards; copies of its variables that aren't trainable are on the books while it runs. Throws StatefulError for
/// another batch size than states have, and ValueError where x doesn't fill a batch.
///
///     std::cout << kt::diagnostics::contamination(model, x, {.batch_size = 4}) << '\n';
KERATIN_API ContaminationReport contamination(const Model& model, const Data& x,
                                              const ContaminationOptions& options = {},
                                              std::source_location where = std::source_location::current());

}  // namespace keratin::inline v0::diagnostics
