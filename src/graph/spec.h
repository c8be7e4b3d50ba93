#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "keratin/core/dtype.h"
#include "keratin/core/shape.h"

namespace keratin::inline v0::graph {

/// A value's dtype and shape; −1 is a size not known before the batch is.
struct Spec {
  DType dtype = float32;
  Shape shape = {};

  std::int64_t elements() const { return shape.elements(); }
  std::size_t bytes() const { return static_cast<std::size_t>(shape.elements()) * size_of(dtype); }
  friend bool operator==(const Spec&, const Spec&) noexcept = default;
};
/// "f32[32,128]", "f32[?,10]", "i32[]".
std::string to_string(const Spec& spec);

}  // namespace keratin::inline v0::graph
