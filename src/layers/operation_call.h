#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/core/config.h"
#include "keratin/graph/tensor.h"
#include "keratin/layers/layer.h"
#include "keratin/ops/axes.h"
#include "layers/call_arguments.h"

namespace keratin::inline v0::layers {

/// What an operation in a functional graph was called with: tensors from the node, options from the operation's config
/// or the node's keywords.
class OperationCall {
 public:
  OperationCall(const Config& config, const Config& node, const TensorOf& tensor_of)
      : config_(config), node_(node), tensor_of_(tensor_of) {}

  /// A positional argument, or the one of this name; an empty Tensor where it is None.
  Tensor tensor(std::size_t position, std::string_view name) const;
  Tensor x() const { return tensor(0, "x"); }
  /// All tensors of the first argument, or of all of them.
  std::vector<Tensor> first_list() const;
  std::vector<Tensor> all() const;
  /// An option: of the config, the keywords, or the positional arguments from `position` on. None where it isn't there.
  const ConfigValue& option(std::string_view name, std::size_t position = 99) const;
  std::int64_t integer(std::string_view name, std::int64_t fallback, std::size_t position = 99) const;
  double number(std::string_view name, double fallback, std::size_t position = 99) const;
  bool flag(std::string_view name, bool fallback = false, std::size_t position = 99) const;
  Axes axes(std::string_view name, std::size_t position = 99) const;
  std::vector<std::int64_t> integers(std::string_view name, std::size_t position = 99) const;
  DType dtype(DType fallback) const;

 private:
  const ConfigValue* argument(std::size_t position, std::string_view name) const;

  const Config& config_;
  const Config& node_;
  const TensorOf& tensor_of_;
};

}  // namespace keratin::inline v0::layers
