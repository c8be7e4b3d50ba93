#include "keratin/training/callback.h"

#include <cstdlib>
#include <typeinfo>

#include <cxxabi.h>

#include "keratin/core/error.h"

namespace keratin::inline v0 {

CallbackContext::~CallbackContext() = default;
Callback::~Callback() = default;

std::string Callback::class_name() const {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> demangled(
      abi::__cxa_demangle(typeid(*this).name(), nullptr, nullptr, &status), &std::free);
  const std::string whole = demangled == nullptr ? typeid(*this).name() : demangled.get();
  const std::size_t colon = whole.rfind("::");
  return colon == std::string::npos ? whole : whole.substr(colon + 2);
}

CallbackContext& Callback::context() const {
  if (context_ == nullptr)
    throw ValueError(
        "A callback's model and context are there while fit, evaluate or predict runs. Received: a use of " +
        class_name() + " outside of them");
  return *context_;
}

}  // namespace keratin::inline v0
