#include <algorithm>
#include <utility>

#include "core/element_convert.h"
#include "keratin/core/error.h"
#include "serving/frozen_model.h"
#include "training/predict_into.h"

namespace keratin::inline v0::serving {
namespace {

constexpr std::uintptr_t least_alignment = 4;  // what kernels read may begin there

bool is_readable(const Array& array, const graph::Spec& spec) {
  return array.dtype() == spec.dtype && array.is_contiguous() &&
         reinterpret_cast<std::uintptr_t>(array.raw()) % least_alignment == 0;
}

bool fits(const Shape& shape, const Shape& wanted) {
  if (shape.rank() != wanted.rank() || shape.empty()) return false;
  for (std::size_t axis = 1; axis < wanted.rank(); ++axis)
    if (wanted.dims()[axis] >= 0 && wanted.dims()[axis] != shape.dims()[axis]) return false;
  return true;
}

std::byte* memory_of(Array& array) {
  return core::visit_element_type(array.dtype(), [&]<class T>(std::type_identity<T>) -> std::byte* {
    return reinterpret_cast<std::byte*>(array.mutable_data<T>().data());
  });
}

std::size_t row_bytes(const graph::Spec& spec) { return spec.bytes() / static_cast<std::size_t>(spec.shape.front()); }

}  // namespace

/// What a request brings, ready to be read where it lies.
struct FrozenModel::Rows {
  const Data* arrays = nullptr;
  std::span<const float> numbers;  ///< where there are no arrays: rows of the only input's shape
  std::int64_t count = 0;
};

/// Where results go: arrays made for them, or the caller's memory.
class FrozenModel::Into {
 public:
  explicit Into(const std::string& model) : model_(model) {}
  Into(const std::string& model, std::span<float> given) : model_(model), given_(given), is_given_(true) {}

  /// With each batch's plan, before it runs: what it gives goes beside what is there. `rows`: of all batches.
  void take(std::span<const graph::Spec> outputs, std::int64_t of_batch, std::int64_t rows) {
    for (const graph::Spec& spec : outputs)
      if (spec.shape.empty() || spec.shape.front() != of_batch)
        throw ShapeError("A Predictor puts batches together by rows, but an output of '" + model_ +
                         "' has no row for each of the input's: it has the shape " + to_string(spec.shape) +
                         " for a batch of " + std::to_string(of_batch));
    if (is_given_) return check_given(outputs, rows);
    const bool is_first = arrays_.empty();
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      Shape shape = outputs[i].shape;
      shape[0] = rows;
      if (is_first) arrays_.push_back(Array::empty(shape, outputs[i].dtype));
      if (arrays_[i].shape() != shape)
        throw ShapeError("A Predictor puts batches together whose rows have one shape, but an output of '" + model_ +
                         "' has the shape " + to_string(outputs[i].shape) + " for a batch of " +
                         std::to_string(of_batch) + ", and " + to_string(arrays_[i].shape()) + " for all rows");
    }
  }
  std::byte* output(std::size_t index) {
    return is_given_ ? reinterpret_cast<std::byte*>(given_.data()) : memory_of(arrays_[index]);
  }
  std::vector<Array>& arrays() noexcept { return arrays_; }

 private:
  void check_given(std::span<const graph::Spec> outputs, std::int64_t rows) const {
    training::check_predict_into(outputs, model_);
    const std::int64_t wanted = outputs[0].elements() / outputs[0].shape.front() * rows;
    if (static_cast<std::int64_t>(given_.size()) != wanted)
      throw ShapeError("predict_into needs memory for exactly the result of " + std::to_string(rows) + " rows, " +
                       std::to_string(wanted) + " numbers. Received: " + std::to_string(given_.size()));
  }

  const std::string& model_;
  std::span<float> given_;
  bool is_given_ = false;
  std::vector<Array> arrays_;
};

void FrozenModel::run(Workspace& workspace, const Rows& rows, Into& results) const {
  if (rows.count == 0) throw ValueError("A Predictor needs at least one row. Received: none");
  for (std::int64_t done = 0; done < rows.count;) {
    const std::int64_t count = std::min(batch_size_, rows.count - done);
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      graph::Spec& spec = workspace.specs()[i];
      const Array* const array = rows.arrays == nullptr ? nullptr : &input(*rows.arrays, i);
      const void* const first = array == nullptr ? rows.numbers.data() : array->raw();
      spec.shape = array == nullptr ? inputs_[i].shape : array->shape();
      spec.shape[0] = count;
      workspace.inputs()[i] = static_cast<const std::byte*>(first) + static_cast<std::size_t>(done) * row_bytes(spec);
    }
    const std::span<const graph::Spec> outputs = workspace.plan().outputs();
    results.take(outputs, count, rows.count);
    for (std::size_t i = 0; i < outputs.size(); ++i)
      workspace.outputs()[i] = results.output(i) + static_cast<std::size_t>(done) * row_bytes(outputs[i]);
    workspace.run();
    done += count;
  }
}

const Array& FrozenModel::input(const Data& x, std::size_t index) const {
  if (x.names().empty()) return x[index];
  const auto found = std::find(x.names().begin(), x.names().end(), input_names_[index]);
  return x[static_cast<std::size_t>(found - x.names().begin())];
}

bool FrozenModel::is_plain(const Data& x) const {
  if (x.size() != inputs_.size()) return false;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    if (!x.names().empty() && !x.has(input_names_[i])) return false;
    const Array& array = input(x, i);
    const graph::Spec& spec = frozen_.graph->spec(frozen_.graph->inputs()[i]);
    if (!fits(array.shape(), inputs_[i].shape) || !is_readable(array, spec)) return false;
    if (array.shape().front() != input(x, 0).shape().front()) return false;
    if (inputs_[i].shape.front() >= 0) return false;  // a fixed batch: the long way checks it
  }
  return true;
}

Data FrozenModel::plain(const Data& x) const {
  std::vector<Array> arrays = training::fitted_inputs(x, inputs_, frozen_.name);
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    training::check_numbers(arrays[i], "x");
    const graph::Spec& spec = frozen_.graph->spec(frozen_.graph->inputs()[i]);
    if (arrays[i].dtype() != spec.dtype) arrays[i] = arrays[i].astype(spec.dtype);
    arrays[i] = arrays[i].contiguous();
    if (!is_readable(arrays[i], spec)) arrays[i] = arrays[i].copy();
  }
  return arrays;
}

FrozenModel::Rows FrozenModel::rows_of(const Data& plain) const {
  return {&plain, {}, input(plain, 0).shape().front()};
}

Outputs FrozenModel::predict(const Data& x) const {
  if (!is_plain(x)) return predict_plain(plain(x));
  return predict_plain(x);
}

Outputs FrozenModel::predict_plain(const Data& x) const {
  Into results(frozen_.name);
  {
    const Pool::Lease workspace(pool_);
    run(*workspace, rows_of(x), results);
  }
  return {output_names_, std::move(results.arrays())};
}

void FrozenModel::predict_into(const Data& x, std::span<float> out) const {
  if (!is_plain(x)) {
    const Data copy = plain(x);
    return predict_into(rows_of(copy), out);
  }
  predict_into(rows_of(x), out);
}

void FrozenModel::predict_into(std::span<const float> x, std::span<float> out) const {
  Shape row = inputs_.front().shape;
  row[0] = 1;
  if (inputs_.size() != 1 || frozen_.graph->spec(frozen_.graph->inputs()[0]).dtype != float32 || !row.is_static())
    throw ValueError(
        "predict_into from plain numbers is for models with one float32 input of known sizes: give an "
        "array. '" +
        frozen_.name + "' has " + std::to_string(inputs_.size()) + " inputs, the first of shape " +
        to_string(inputs_.front().shape));
  const std::int64_t elements = row.elements();
  if (elements == 0 || static_cast<std::int64_t>(x.size()) % elements != 0)
    throw ShapeError("predict_into: x must be whole rows of " + std::to_string(elements) + " numbers, " +
                     to_string(inputs_.front().shape) + ". Received: " + std::to_string(x.size()) + " numbers");
  predict_into({nullptr, x, static_cast<std::int64_t>(x.size()) / elements}, out);
}

void FrozenModel::predict_into(const Rows& rows, std::span<float> out) const {
  Into results(frozen_.name, out);
  const Pool::Lease workspace(pool_);
  run(*workspace, rows, results);
}

}  // namespace keratin::inline v0::serving
