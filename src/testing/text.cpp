#include "testing/text.h"

#include <vector>

namespace keratin::inline v0::testing {

std::string place_text(const Shape& shape, std::int64_t index) {
  std::vector<std::int64_t> place(shape.dims().begin(), shape.dims().end());
  for (std::size_t i = place.size(); i-- > 0;) {
    const std::int64_t size = place[i];
    place[i] = index % size;
    index /= size;
  }
  std::string text = "[";
  for (std::size_t i = 0; i < place.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(place[i]);
  return text + "]";
}

std::string count_text(std::int64_t count, std::int64_t all) {
  return std::to_string(count) + " of " + std::to_string(all) + " elements differ" + (count == 1 ? "s" : "");
}

}  // namespace keratin::inline v0::testing
