#include "training/model_inputs.h"

#include "keratin/core/error.h"
#include "layers/network.h"

namespace keratin::inline v0::training {
namespace {

void check_input(const Array& array, const Shape& wanted, bool any_batch, const std::string& input,
                 const std::string& model) {
  bool fits = array.shape().rank() == wanted.rank();
  for (std::size_t axis = 0; fits && axis < wanted.rank(); ++axis)
    fits = wanted.dims()[axis] < 0 || wanted.dims()[axis] == array.shape().dims()[axis] ||
           (axis == 0 && (any_batch || wanted.dims()[axis] <= array.shape().front()));
  if (!fits)
    throw ShapeError("Input '" + input + "' of the model '" + model + "' takes " + to_string(wanted) +
                     ". Received: " + to_string(array.shape()));
}

}  // namespace

std::int64_t rows_of(const Array& array, const std::string& what) {
  if (array.shape().empty())
    throw ShapeError(what + " needs a first dimension, the rows. Received: an array of shape ()");
  return array.shape().front();
}

void check_numbers(const Array& array, const std::string& what) {
  if (array.dtype() == string)
    throw DTypeError("A model takes numbers; turn texts into some first. Received: " + what + " of dtype string");
}

std::vector<Array> fitted_inputs(const Data& x, std::span<const InputShape> inputs, const std::string& model,
                                 bool any_batch) {
  std::vector<std::string> names;
  for (const InputShape& input : inputs) names.push_back(input.name);
  std::vector<Array> arrays = x.ordered(names, "x");
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    (void)rows_of(arrays[i], "x");
    const Shape& wanted = inputs[i].shape;
    if (const Shape ranked = layers::with_rank_of(arrays[i].shape(), wanted); ranked != arrays[i].shape())
      arrays[i] = arrays[i].reshaped(ranked);
    check_input(arrays[i], wanted, any_batch, inputs[i].name, model);
    if (arrays[i].shape().front() != arrays.front().shape().front())
      throw ShapeError("The arrays of x need the same number of rows. Received: " + to_string(arrays.front().shape()) +
                       " and " + to_string(arrays[i].shape()));
  }
  return arrays;
}

}  // namespace keratin::inline v0::training
