#include "keratin/data/dataset.h"

#include <utility>

#include "keratin/core/error.h"

namespace keratin::inline v0 {

Dataset::Dataset(Generator generator) : generator_(std::make_shared<Generator>(std::move(generator))) {
  if (!*generator_) throw ValueError("Dataset::from_generator needs a function. Received: an empty one");
}

Dataset Dataset::from_generator(Generator generator) { return Dataset(std::move(generator)); }

std::optional<Batch> Dataset::next() const { return (*generator_)(); }

}  // namespace keratin::inline v0
