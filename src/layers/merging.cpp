#include "keratin/layers/merging.h"

#include <algorithm>
#include <utility>

#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/shape.h"
#include "layers/checks.h"

namespace keratin::inline v0::layers {
namespace {

template <class F>
Tensor folded(std::span<const Tensor> inputs, F function) {
  Tensor result = inputs.front();
  for (const Tensor& input : inputs.subspan(1)) result = function(result, input);
  return result;
}

}  // namespace

Tensor Merge::call(std::span<const Tensor> inputs, const CallContext& /*context*/) {
  if (inputs.empty()) throw ValueError(title(*this) + " takes one input at least. Received: none");
  std::size_t rank = 0;
  for (const Tensor& input : inputs) rank = std::max(rank, input.rank());
  std::vector<Tensor> aligned(inputs.begin(), inputs.end());
  for (Tensor& input : aligned)
    while (input.rank() < rank) input = ops::expand_dims(input, 1);
  return merge(aligned);
}

Tensor Add::merge(std::span<const Tensor> inputs) const { return folded(inputs, ops::add); }
Add Add::from_config(const Config& /*config*/) { return Add(); }

Tensor Subtract::merge(std::span<const Tensor> inputs) const {
  if (inputs.size() == 2) return inputs[0] - inputs[1];
  throw ValueError(title(*this) + " takes two inputs. Received: " + std::to_string(inputs.size()));
}
Subtract Subtract::from_config(const Config& /*config*/) { return Subtract(); }

Tensor Multiply::merge(std::span<const Tensor> inputs) const { return folded(inputs, ops::multiply); }
Multiply Multiply::from_config(const Config& /*config*/) { return Multiply(); }

Tensor Average::merge(std::span<const Tensor> inputs) const { return folded(inputs, ops::add) / inputs.size(); }
Average Average::from_config(const Config& /*config*/) { return Average(); }

Tensor Maximum::merge(std::span<const Tensor> inputs) const { return folded(inputs, ops::maximum); }
Maximum Maximum::from_config(const Config& /*config*/) { return Maximum(); }

Tensor Minimum::merge(std::span<const Tensor> inputs) const { return folded(inputs, ops::minimum); }
Minimum Minimum::from_config(const Config& /*config*/) { return Minimum(); }

Concatenate::Concatenate(ConcatenateOptions options) : CallableLayer(std::move(options.name)), axis_(options.axis) {}

Tensor Concatenate::call(std::span<const Tensor> inputs, const CallContext& /*context*/) {
  if (inputs.empty()) throw ValueError(title(*this) + " takes one input at least. Received: none");
  return ops::concatenate({inputs.begin(), inputs.end()}, axis_);
}

Config Concatenate::config() const { return {{"axis", axis_}}; }

Concatenate Concatenate::from_config(const Config& config) {
  return Concatenate({.axis = config.get<std::int64_t>("axis")});
}

}  // namespace keratin::inline v0::layers
