#include "graph/attributes.h"

#include <algorithm>
#include <charconv>
#include <type_traits>

namespace keratin::inline v0::graph {
namespace {

std::string text(double value) {
  std::array<char, 32> buffer;
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), end};
}

std::string text(const Ints& values) {
  std::string list = "(";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) list += ", ";
    list += std::to_string(values[i]);
  }
  return list + ")";
}

std::string text(const Program& program) {
  std::string list = "{";
  for (const Instruction& instruction : program.code) {
    if (list.size() > 1) list += ", ";
    if (instruction.op == ScalarOp::immediate) {
      list += text(instruction.immediate);
    } else {
      list += name_of(instruction.op);
    }
  }
  return list + "}";
}

}  // namespace

Ints::Ints(std::span<const std::int64_t> values) {
  for (const std::int64_t value : values) push_back(value);
}

void Ints::push_back(std::int64_t value) {
  if (size_ == values_.size())
    throw ValueError("A list of axes, steps or sizes holds at most " + std::to_string(values_.size()) +
                     " integers, as a shape has no more dimensions. Received: one more, " + std::to_string(value));
  values_[size_++] = value;
}

bool Ints::contains(std::int64_t value) const noexcept { return std::find(begin(), end(), value) != end(); }

std::string text_of(const AttributeValue& any) {
  return std::visit(
      []<class T>(const T& value) -> std::string {
        if constexpr (std::is_same_v<T, bool>) {
          return value ? "true" : "false";
        } else if constexpr (std::is_same_v<T, std::int64_t>) {
          return std::to_string(value);
        } else if constexpr (std::is_same_v<T, DType>) {
          return std::string(name_of(value));
        } else if constexpr (std::is_same_v<T, Shape>) {
          return to_string(value);
        } else if constexpr (std::is_same_v<T, std::string_view>) {
          return "\"" + std::string(value) + "\"";
        } else {
          return text(value);
        }
      },
      any);
}

std::string to_string(const Attribute& attribute) {
  return std::string(attribute.name) + "=" + text_of(attribute.value);
}

const Attribute* Attributes::find(std::string_view name) const noexcept {
  const auto found =
      std::find_if(all_.begin(), all_.end(), [&](const Attribute& attribute) { return attribute.name == name; });
  return found == all_.end() ? nullptr : &*found;
}

void Attributes::fail(std::string_view name) {
  throw InternalError("An op asked for the attribute '" + std::string(name) +
                      "', which its node lacks or has with another type");
}

}  // namespace keratin::inline v0::graph
