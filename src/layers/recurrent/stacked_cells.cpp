#include <string>
#include <utility>

#include "keratin/core/error.h"
#include "keratin/layers/cells.h"
#include "layers/recurrent/options.h"
#include "layers/registry.h"

namespace keratin::inline v0::layers {
namespace {

const RNNCell& cell_in(const LayerSpec& spec) { return static_cast<const RNNCell&>(spec.layer()); }

}  // namespace

StackedRNNCells::StackedRNNCells(std::vector<LayerSpec> cells, StackedRNNCellsOptions options)
    : RNNCell(std::move(options.name)), specs_(std::move(cells)) {
  if (specs_.empty()) throw ValueError("StackedRNNCells: `cells` must have one cell at least. Received: none");
  for (const LayerSpec& spec : specs_) checked_cell(spec, "StackedRNNCells", "cells");
  set_common(options.trainable, options.dtype);
}

std::vector<std::int64_t> StackedRNNCells::state_size() const {
  std::vector<std::int64_t> sizes;
  for (const LayerSpec& spec : specs_)
    for (const std::int64_t size : cell_in(spec).state_size()) sizes.push_back(size);
  return sizes;
}

std::int64_t StackedRNNCells::output_size() const { return cell_in(specs_.back()).output_size(); }

std::vector<Shape> StackedRNNCells::state_shapes() const {
  std::vector<Shape> shapes;
  for (const RNNCell* const cell : cells_)
    for (const Shape& shape : cell->state_shapes()) shapes.push_back(shape);
  return shapes;
}

void StackedRNNCells::build(const Shape& input) {
  cells_.clear();
  Shape shape = input;
  for (const Handle<Layer>& handle : add_list("cells", specs_)) {
    auto& cell = static_cast<RNNCell&>(*handle);
    if (!trainable()) cell.set_trainable(false);
    cell.ensure_built(std::span(&shape, 1));
    cells_.push_back(&cell);
    shape = {input[0], cell.output_size()};
  }
}

CellStep StackedRNNCells::step(const Tensor& input, std::span<const Tensor> states, const CallContext& /*context*/) {
  CellStep result{.output = input};
  for (RNNCell* const cell : cells_) {
    const std::size_t count = cell->state_shapes().size();
    std::vector<Tensor> inputs{result.output};
    inputs.insert(inputs.end(), states.begin(), states.begin() + static_cast<std::ptrdiff_t>(count));
    states = states.subspan(count);
    std::vector<Tensor> outputs = cell->invoke_all(inputs);
    result.output = outputs.front();
    result.states.insert(result.states.end(), outputs.begin() + 1, outputs.end());
  }
  return result;
}

void StackedRNNCells::begin_sequence() {
  for (RNNCell* const cell : cells_) cell->begin_sequence();
}

void StackedRNNCells::end_sequence() noexcept {
  for (RNNCell* const cell : cells_) cell->end_sequence();
}

Config StackedRNNCells::config() const {
  ConfigValue::List cells;
  for (std::size_t i = 0; i < specs_.size(); ++i) cells.emplace_back(nested_object(specs_[i], *this, i));
  return {{"cells", cells}};
}

StackedRNNCells StackedRNNCells::from_config(const Config& config) {
  std::vector<LayerSpec> cells;
  for (const ConfigValue& cell : config.at("cells").as_list()) cells.push_back(LayerSpec::from_config(cell));
  return StackedRNNCells(std::move(cells));
}

}  // namespace keratin::inline v0::layers
