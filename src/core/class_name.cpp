#include "core/class_name.h"

#include <cctype>
#include <cstdlib>
#include <memory>

#include <cxxabi.h>

namespace keratin::inline v0::core {
namespace {

bool is_upper(char letter) noexcept { return std::isupper(static_cast<unsigned char>(letter)) != 0; }
bool is_lower(char letter) noexcept { return std::islower(static_cast<unsigned char>(letter)) != 0; }

}  // namespace

std::string class_name(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> demangled(abi::__cxa_demangle(type.name(), nullptr, nullptr, &status),
                                                         std::free);
  const std::string_view full = status == 0 ? demangled.get() : type.name();
  // Arguments of templates and functions may hold colons too: the name begins after the last pair outside of them.
  std::size_t begin = 0;
  std::size_t end = full.size();
  int depth = 0;
  for (std::size_t i = 0; i < full.size(); ++i) {
    if (full[i] == '<' || full[i] == '(' || full[i] == '{') {
      if (depth++ == 0 && full[i] == '<') end = i;
    } else if (full[i] == '>' || full[i] == ')' || full[i] == '}') {
      --depth;
    } else if (full[i] == ':' && depth == 0) {
      begin = i + 1;
      end = full.size();
    }
  }
  return std::string(full.substr(begin, end - begin));
}

std::string snake_case(std::string_view name) {
  name.remove_prefix(name.rfind('>') + 1);
  std::string text;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool begins_word =
        i > 0 && is_upper(name[i]) && ((i + 1 < name.size() && is_lower(name[i + 1])) || is_lower(name[i - 1]));
    if (begins_word && text.back() != '_') text += '_';
    text += static_cast<char>(std::tolower(static_cast<unsigned char>(name[i])));
  }
  return text;
}

}  // namespace keratin::inline v0::core
