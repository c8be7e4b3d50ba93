#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "keratin/core/export.h"
#include "keratin/graph/tensor.h"

namespace keratin::inline v0 {

/// One tensor, a list of them, or a dictionary: `{{"age", age}, {"zone", zone}}`, which is ordered by its keys.
class KERATIN_API TensorList {
 public:
  TensorList() noexcept;
  TensorList(const Tensor& one);
  TensorList(std::initializer_list<Tensor> all);
  TensorList(std::vector<Tensor> all);
  TensorList(std::span<const Tensor> all);
  TensorList(std::initializer_list<std::pair<const char*, Tensor>> named);
  TensorList(const TensorList& other);
  TensorList(TensorList&& other) noexcept;
  TensorList& operator=(const TensorList& other);
  TensorList& operator=(TensorList&& other) noexcept;
  ~TensorList();
  const std::vector<Tensor>& all() const noexcept { return all_; }
  /// Empty but for a dictionary.
  const std::vector<std::string>& keys() const noexcept { return keys_; }

 private:
  std::vector<Tensor> all_;
  std::vector<std::string> keys_;
};

}  // namespace keratin::inline v0
