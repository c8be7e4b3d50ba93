#include "graph/builder.h"

#include <utility>

#include "core/heap.h"

namespace keratin::inline v0::graph {
namespace {

thread_local Builder* current_builder = nullptr;

/// True if a value of one shape may be of the other: sizes that are not known yet fit any.
bool fits(const Shape& a, const Shape& b) {
  if (a.rank() != b.rank()) return false;
  for (std::size_t i = 0; i < a.rank(); ++i)
    if (a.dims()[i] != b.dims()[i] && a.dims()[i] >= 0 && b.dims()[i] >= 0) return false;
  return true;
}

}  // namespace

void Life::end(std::string_view reason) const noexcept {
  if (builder() == nullptr) return;
  reason_ = core::joined_or({reason}, "its owner's end");
  builder_.store(nullptr, std::memory_order_release);
}

Builder& Life::alive() const {
  if (Builder* const found = builder()) return *found;
  throw StaleHandleError("A Tensor was used after its graph had ended. It ended by: " + reason_ +
                         ". Make the value anew, or take what outlives the graph: an Array that a function returned");
}

Builder::Builder(std::pmr::memory_resource* memory, std::string name)
    : name_(std::move(name)),
      life_(new Life(this)),
      graph_(memory),
      read_(memory),
      assigned_(memory),
      updates_(memory),
      masks_(memory) {}

Builder::~Builder() { end(core::joined_or({"the end of ", name_}, "its owner's end")); }

NodeId Builder::append_node(const OpDef& op, std::span<const Tensor> inputs, std::span<const Attribute> attributes) {
  life_->alive();
  std::vector<ValueId> ids;
  std::vector<Spec> specs;
  ids.reserve(inputs.size());
  specs.reserve(inputs.size());
  for (const Tensor& input : inputs) {
    if (Access::is_weak(input))
      throw InternalError(std::string(op.name) + ": a C++ number reached the graph without a dtype");
    ids.push_back(id(input));
    specs.push_back(graph_.spec(ids.back()));
  }
  std::vector<Spec> outputs(static_cast<std::size_t>(op.outputs));
  try {
    infer(op, attributes, specs, outputs);
  } catch (const ShapeError& error) {  // now with the layer and the line
    throw ShapeError(error.what(), owner_, where_);
  } catch (const DTypeError& error) {
    throw DTypeError(error.what(), owner_, where_);
  } catch (const ValueError& error) {
    throw ValueError(error.what(), owner_, where_);
  }
  const NodeId node = graph_.append(op, ids, attributes, outputs, owner_, where_, builds_gradients_);
  added(node);
  return node;
}

std::vector<Tensor> Builder::append(const OpDef& op, std::span<const Tensor> inputs,
                                    std::span<const Attribute> attributes) {
  const Node& node = graph_.node(append_node(op, inputs, attributes));
  std::vector<Tensor> outputs;
  outputs.reserve(node.outputs);
  for (std::uint32_t i = 0; i < node.outputs; ++i) outputs.push_back(tensor(node.first_output + i));
  return outputs;
}

Tensor Builder::append_one(const OpDef& op, std::span<const Tensor> inputs, std::span<const Attribute> attributes) {
  return tensor(graph_.node(append_node(op, inputs, attributes)).first_output);
}

Tensor Builder::added_leaf(ValueId value) {
  added(graph_.producer_id(value));
  return tensor(value);
}

Tensor Builder::input(const Spec& spec, std::string_view name) {
  life_->alive();
  return added_leaf(graph_.add_input(spec, name, where_));
}

Tensor Builder::constant(const Array& array) {
  life_->alive();
  return added_leaf(graph_.add_constant(array, where_));
}

Tensor Builder::scalar(double value, DType dtype) {
  life_->alive();
  return added_leaf(graph_.add_scalar(value, dtype));
}

Tensor Builder::read(VariableId variable, const Spec& spec, std::string_view name) {
  life_->alive();
  if (const auto found = assigned_.find(variable); found != assigned_.end()) return tensor(found->second);
  if (const auto found = read_.find(variable); found != read_.end()) return tensor(found->second);
  const ValueId value = graph_.add_variable(variable, spec, name);
  read_.emplace(variable, value);
  return added_leaf(value);
}

void Builder::assign(VariableId variable, const Spec& spec, std::string_view name, const Tensor& value) {
  const ValueId new_value = id(value);
  const Spec& given = graph_.spec(new_value);
  const auto received = [&] { return ". Received: " + describe(new_value); };
  if (given.dtype != spec.dtype)
    throw DTypeError("The variable '" + std::string(name) + "' has the dtype " + std::string(name_of(spec.dtype)) +
                         "; cast what is assigned to it" + received(),
                     owner_, where_);
  if (!fits(given.shape, spec.shape))
    throw ShapeError("The variable '" + std::string(name) + "' has the shape " + to_string(spec.shape) +
                         ", and what is assigned to it must have it too" + received(),
                     owner_, where_);
  if (assigned_.insert_or_assign(variable, new_value).second)
    updates_.push_back({variable, new_value, graph_.stored(name), spec.shape});
}

Array Builder::value(ValueId value) {
  throw ValueError(
      "In graph mode a value has no number until the graph has run. Return it from the function, or make "
      "the function with ExecutionMode::eager. Received: " +
          describe(value),
      owner_, where_);
}

Tensor Builder::tensor(ValueId value) const { return Access::make(life_, value); }

ValueId Builder::id(const Tensor& tensor) const {
  const Builder& builder = builder_of(tensor, {});
  const ValueId value = Access::value(tensor);
  if (&builder != this)
    throw ValueError(
        "A value can only be used in the graph that it was made in. Pass it as an argument, or make it "
        "anew here. Received: " +
            builder.describe(value) + ", in " + builder.name() + ", used in " + name_,
        owner_, where_);
  return value;
}

Tensor Builder::mask(const Tensor& tensor) const {
  const auto found = masks_.find(id(tensor));
  return found == masks_.end() ? Tensor() : this->tensor(found->second);
}

void Builder::set_mask(const Tensor& tensor, const Tensor& mask) {
  if (mask.is_empty()) {
    masks_.erase(id(tensor));
  } else {
    masks_.insert_or_assign(id(tensor), id(mask));
  }
}

void Builder::finish(std::span<const Tensor> outputs) {
  std::vector<ValueId> ids;
  ids.reserve(outputs.size());
  for (const Tensor& output : outputs) ids.push_back(id(output));
  for (Update& update : updates_) update.value = assigned_.at(update.variable);
  graph_.set_outputs(ids);
  graph_.set_updates(updates_);
}

std::string Builder::describe(ValueId value) const {
  const Node& node = graph_.producer(value);
  std::string text = to_string(graph_.spec(value)) + " of " + std::string(node.op->name);
  if (const Attribute* const name = Attributes(node.attributes).find("name"))
    if (const auto* const leaf = std::get_if<std::string_view>(&name->value); leaf != nullptr && !leaf->empty())
      text += " '" + std::string(*leaf) + "'";
  if (!node.owner.empty()) text += " in layer '" + std::string(node.owner) + "'";
  if (const std::string line = to_string(node.where); !line.empty()) text += " at " + line;
  return text;
}

void Builder::added(NodeId /*node*/) {}

void Builder::forget_reads(VariableId variable) { read_.erase(variable); }

Builder* Builder::current() noexcept { return current_builder; }

Builder& Builder::current_or_throw(std::string_view op) {
  if (current_builder != nullptr) return *current_builder;
  throw ValueError(std::string(op) +
                   ": there is no graph to add to: no argument is a Tensor of one, and no function or layer is being "
                   "called on this thread. Call it inside of a session's function or a layer's call(), or use an "
                   "Array");
}

Builder::Current::Current(Builder& builder) noexcept : before_(std::exchange(current_builder, &builder)) {}

Builder::Current::~Current() { current_builder = before_; }

Builder::Autocast::Autocast(Builder& builder, DType dtype) noexcept
    : builder_(builder), before_(std::exchange(builder.autocast_, dtype)) {}

Builder::Autocast::~Autocast() { builder_.autocast_ = before_; }

Builder::Scope::Scope(Builder& builder, std::string_view owner, SourceLine where)
    : builder_(builder),
      owner_before_(std::exchange(builder.owner_, std::string(owner))),
      where_before_(builder.where_) {
  if (*where.file != '\0') builder.where_ = where;
}

Builder::Scope::~Scope() {
  builder_.owner_ = std::move(owner_before_);
  builder_.where_ = where_before_;
}

Builder::GradientScope::GradientScope(Builder& builder) noexcept
    : builder_(builder), before_(std::exchange(builder.builds_gradients_, true)) {}

Builder::GradientScope::~GradientScope() { builder_.builds_gradients_ = before_; }

}  // namespace keratin::inline v0::graph
