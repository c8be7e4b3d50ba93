#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "keratin/core/array.h"
#include "keratin/core/callable.h"
#include "keratin/core/dtype.h"
#include "keratin/core/export.h"
#include "keratin/core/memory.h"
#include "keratin/core/shape.h"
#include "keratin/graph/tensor.h"

namespace keratin::inline v0 {

namespace session {
class Core;
class Inner;
struct VariableLife;
}  // namespace session

/// What a variable starts as: a function of shape, dtype and a seed that stems from the session's seed and the
/// variable's path. Empty: zeros.
using InitialValue = Callable<Array(const Shape& shape, DType dtype, std::uint64_t seed)>;

/// State of a session: a weight, an optimizer slot, a metric's counter, a random generator's position. A small checked
/// handle: using one whose owner has ended throws StaleHandleError. Copies refer to the same state.
class KERATIN_API Variable {
 public:
  /// Refers to nothing; using it throws ValueError.
  Variable() noexcept = default;

  bool is_empty() const noexcept { return life_ == nullptr; }
  Shape shape() const;
  DType dtype() const;
  std::string name() const;  ///< "kernel"
  std::string path() const;  ///< "sequential/dense/kernel"
  bool trainable() const;
  void set_trainable(bool trainable);
  MemoryCategory category() const;

  /// What it holds now, copied. In a traced function, use the Variable as a Tensor instead.
  Array value() const;

  /// Inside a traced or eager function: the new value, from here on in the function. Outside: written at once (numbers
  /// fill it; a Tensor must be eager). Shape must be the same, dtype too (numbers convert).
  void assign(const Tensor& value);
  void assign(const Array& value);
  void assign_add(const Tensor& value);
  void assign_sub(const Tensor& value);

  /// Its value at this point of the function that runs on this thread. Throws ValueError outside of any.
  operator Tensor() const;

  friend bool operator==(const Variable& a, const Variable& b) noexcept { return a.life_ == b.life_; }

 private:
  friend class session::Inner;
  std::shared_ptr<const session::VariableLife> life_;
};

}  // namespace keratin::inline v0
