#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "keratin/core/array.h"
#include "keratin/session/variable.h"
#include "session/core.h"

namespace keratin::inline v0::training {

/// A variable's content where it lies, without a copy: for as long as nobody writes it.
Array content_of(const Variable& variable);

/// A copy of variables' contents, booked for callbacks. It is made of variables too, so that it ends with the session
/// where that ends first.
class KeptWeights {
 public:
  KeptWeights(session::Core& core, std::vector<Variable> weights, const std::string& owner, SourceLine where);
  ~KeptWeights();
  KeptWeights(const KeptWeights&) = delete;
  KeptWeights& operator=(const KeptWeights&) = delete;

  std::int64_t bytes() const noexcept { return bytes_; }
  /// From the weights.
  void take() { copy(weights_, copies_); }
  /// Into the weights. Needs no memory, so that a destructor can do it.
  void put_back() const { copy(copies_, weights_); }
  /// What is kept, where it lies.
  std::vector<Array> arrays() const;
  /// Instead of taking: one array for each weight. Throws FileError where they aren't the weights'.
  void set(std::span<const Array> arrays);

 private:
  void end() noexcept;
  static void copy(const std::vector<Variable>& from, const std::vector<Variable>& to);

  std::vector<Variable> weights_;
  std::vector<Variable> copies_;
  std::int64_t bytes_ = 0;
};

}  // namespace keratin::inline v0::training
