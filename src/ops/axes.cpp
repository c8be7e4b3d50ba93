#include "keratin/ops/axes.h"

#include <string>

#include "keratin/core/error.h"

namespace keratin::inline v0 {

Axes::Axes(std::initializer_list<Dim> axes) {
  for (const Dim axis : axes) push_back(axis.size);
}

Axes::Axes(std::span<const std::int64_t> axes) {
  for (const std::int64_t axis : axes) push_back(axis);
}

void Axes::push_back(std::int64_t axis) {
  if (size_ == Shape::max_rank)
    throw ValueError("There are at most " + std::to_string(Shape::max_rank) + " axes. Received: more than that, axis " +
                     std::to_string(axis) + " among them");
  values_[size_++] = axis;
}

}  // namespace keratin::inline v0
