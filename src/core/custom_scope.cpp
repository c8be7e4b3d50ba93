#include "core/custom_scope.h"

#include <utility>

namespace keratin::inline v0::core {
namespace {

thread_local std::span<const CustomObject> in_scope;

}  // namespace

CustomScope::CustomScope(std::span<const CustomObject> objects) noexcept : before_(std::exchange(in_scope, objects)) {}

CustomScope::~CustomScope() { in_scope = before_; }

std::span<const CustomObject> CustomScope::objects() noexcept { return in_scope; }

}  // namespace keratin::inline v0::core
