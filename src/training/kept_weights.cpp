#include "training/kept_weights.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <utility>

#include "core/element_convert.h"
#include "keratin/core/error.h"
#include "session/variable_store.h"

namespace keratin::inline v0::training {

Array content_of(const Variable& variable) {
  const std::byte* const memory = session::Inner::data(variable);
  const Shape shape = variable.shape();
  return core::visit_element_type(variable.dtype(), [&]<class T>(std::type_identity<T>) {
    return Array::borrow(
        std::span<const T>(reinterpret_cast<const T*>(memory), static_cast<std::size_t>(shape.elements())), shape);
  });
}

namespace {

/// What a variable ends with, if that is the earliest: a scope, or the session.
std::uint64_t level_of(const Variable& variable) {
  const session::VariableState& state = session::Inner::state(variable);
  const Component* root = state.owner;
  while (root != nullptr && session::Inner::parent(*root) != nullptr) root = session::Inner::parent(*root);
  return root == nullptr ? state.level : session::Inner::level(*root);
}

}  // namespace

KeptWeights::KeptWeights(session::Core& core, std::vector<Variable> weights, const std::string& owner, SourceLine where)
    : weights_(std::move(weights)) {
  copies_.reserve(weights_.size());
  try {
    for (const Variable& weight : weights_) {
      copies_.push_back(core.declare_variable(
          owner + "/" + weight.path(), weight.shape(),
          {.dtype = weight.dtype(), .trainable = false, .category = MemoryCategory::callbacks}, nullptr, where));
      // A scope that is open in a callback ends what is made in it, but not what is kept of an older model.
      session::Inner::state(copies_.back()).level = level_of(weight);
      bytes_ += static_cast<std::int64_t>(graph::Spec{weight.dtype(), weight.shape()}.bytes());
    }
  } catch (...) {
    end();
    throw;
  }
}

KeptWeights::~KeptWeights() { end(); }

void KeptWeights::end() noexcept {
  for (const Variable& copy : copies_) {
    try {
      session::Inner::core(copy).remove_variable(copy, "what was kept for a callback ends with its fit");
    } catch (const std::exception&) {  // the session or the scope around ended before, or this is a fork() of theirs
    }
  }
}

void KeptWeights::copy(const std::vector<Variable>& from, const std::vector<Variable>& to) {
  for (std::size_t i = 0; i < from.size(); ++i) {
    const std::byte* const source = session::Inner::data(from[i]);
    std::memcpy(session::Inner::data_to_overwrite(to[i]), source, session::Inner::state(from[i]).spec.bytes());
  }
}

std::vector<Array> KeptWeights::arrays() const {
  std::vector<Array> all;
  all.reserve(copies_.size());
  for (const Variable& copy : copies_) all.push_back(content_of(copy));
  return all;
}

void KeptWeights::set(std::span<const Array> arrays) {
  const bool fits = std::ranges::equal(copies_, arrays, [](const Variable& copy, const Array& array) {
    return copy.shape() == array.shape() && copy.dtype() == array.dtype();
  });
  if (!fits)
    throw FileError("The weights that were kept for a callback are those of another model. Received: " +
                    std::to_string(arrays.size()) + " arrays for " + std::to_string(copies_.size()) + " weights");
  for (std::size_t i = 0; i < arrays.size(); ++i) session::Inner::write(copies_[i], arrays[i]);
}

}  // namespace keratin::inline v0::training
