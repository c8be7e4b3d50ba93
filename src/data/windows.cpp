#include "data/windows.h"

#include <vector>

namespace keratin::inline v0::data {

Array windows_of(const Array& table, std::span<const std::int64_t> starts, std::int64_t length, std::int64_t rate) {
  std::vector<std::int64_t> rows;
  rows.reserve(starts.size() * static_cast<std::size_t>(length));
  for (const std::int64_t start : starts)
    for (std::int64_t step = 0; step < length; ++step) rows.push_back(start + step * rate);
  Shape shape = table.shape();
  shape[0] = length;
  shape.insert(0, static_cast<std::int64_t>(starts.size()));
  return table.take(rows).reshaped(shape);
}

}  // namespace keratin::inline v0::data
