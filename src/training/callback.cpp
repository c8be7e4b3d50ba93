#include "keratin/training/callback.h"

#include <memory>
#include <typeinfo>

#include "core/class_name.h"
#include "keratin/core/error.h"

namespace keratin::inline v0 {

CallbackContext::~CallbackContext() = default;
Callback::~Callback() = default;

std::string Callback::class_name() const { return core::class_name(typeid(*this)); }

std::weak_ptr<const void> Callback::life() {
  if (life_ == nullptr) life_ = std::make_shared<char>();
  return life_;
}

CallbackSpec::CallbackSpec(const CallbackSpec& other) noexcept = default;
CallbackSpec::CallbackSpec(CallbackSpec&& other) noexcept = default;
CallbackSpec& CallbackSpec::operator=(const CallbackSpec& other) noexcept = default;
CallbackSpec& CallbackSpec::operator=(CallbackSpec&& other) noexcept = default;
CallbackSpec::~CallbackSpec() = default;

CallbackSpec::CallbackSpec(Borrowed<Callback> borrowed) noexcept
    : callback_(std::shared_ptr<Callback>(), borrowed.callback) {}

CallbackContext& Callback::context() const {
  if (context_ == nullptr)
    throw ValueError(
        "A callback's model and context are there while fit, evaluate or predict runs. Received: a use of " +
        class_name() + " outside of them");
  return *context_;
}

}  // namespace keratin::inline v0
