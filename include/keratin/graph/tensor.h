#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>

#include "keratin/core/array.h"
#include "keratin/core/dtype.h"
#include "keratin/core/export.h"
#include "keratin/core/shape.h"

namespace keratin::inline v0 {

namespace graph {
class Life;
class Access;
}  // namespace graph

/// A value in a session's graph: symbolic in graph mode, with its number at once in eager mode. A small checked handle:
/// using one whose graph has ended throws StaleHandleError. A C++ number converts to a weak scalar, which takes the
/// dtype of what it meets, as in Keras.
class KERATIN_API Tensor {
 public:
  /// No value: what a gradient that does not exist, or an optional argument that is not given, is.
  Tensor() noexcept = default;
  template <class T>
    requires std::is_arithmetic_v<T>
  Tensor(T number) noexcept
      : number_(static_cast<double>(number)),
        kind_(std::is_same_v<T, bool>       ? Kind::weak_boolean
              : std::is_floating_point_v<T> ? Kind::weak_floating
                                            : Kind::weak_integer) {}

  bool is_empty() const noexcept { return kind_ == Kind::empty; }
  /// −1 marks a size that the graph does not know yet (the batch). Throws StaleHandleError, ValueError when empty.
  Shape shape() const;
  DType dtype() const;
  std::size_t rank() const { return shape().rank(); }

  /// The number itself: in eager mode alone, else ValueError. A copy; it outlives the graph.
  Array value() const;
  template <class T>
    requires std::is_arithmetic_v<T>
  T item() const {
    return value().item<T>();
  }

 private:
  friend class graph::Access;
  enum class Kind : std::uint8_t { empty, weak_boolean, weak_integer, weak_floating, in_graph };

  std::shared_ptr<const graph::Life> life_;
  double number_ = 0.0;
  std::uint32_t value_ = 0;
  Kind kind_ = Kind::empty;
};

}  // namespace keratin::inline v0
