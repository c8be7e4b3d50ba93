#include <utility>

#include "core/text.h"
#include "keratin/core/callable.h"
#include "keratin/core/error.h"
#include "keratin/core/flat_map.h"

namespace keratin::inline v0::detail {

void call_of_an_empty_callable() { throw ValueError("A function was called that isn't there: the callable is empty"); }

HeldFunction::~HeldFunction() = default;

FunctionOwner::FunctionOwner(const FunctionOwner& other)
    : held_(other.held_ == nullptr ? nullptr : other.held_->clone()) {}
FunctionOwner::FunctionOwner(FunctionOwner&& other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
FunctionOwner& FunctionOwner::operator=(FunctionOwner other) noexcept {
  std::swap(held_, other.held_);
  return *this;
}
FunctionOwner::~FunctionOwner() { delete held_; }

void no_such_key(const std::string& key, const std::vector<std::string>& keys) {
  throw KeyError("There is no entry " + key + ". There are: " + core::listed(keys));
}

}  // namespace keratin::inline v0::detail
