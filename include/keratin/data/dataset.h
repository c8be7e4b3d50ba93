#pragma once

#include <memory>
#include <optional>

#include "keratin/core/callable.h"
#include "keratin/core/export.h"
#include "keratin/data/data.h"

namespace keratin::inline v0 {

/// A source of batches, epoch by epoch.
class KERATIN_API Dataset {
 public:
  /// Called for one batch after the other; an empty result ends the epoch, and the next call begins another.
  using Generator = Callable<std::optional<Batch>()>;
  static Dataset from_generator(Generator generator);

  /// The next batch, or nothing at the epoch's end.
  std::optional<Batch> next() const;

 private:
  explicit Dataset(Generator generator);
  std::shared_ptr<Generator> generator_;
};

}  // namespace keratin::inline v0
