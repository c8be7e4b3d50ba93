#include "layers/errors.h"

#include <string_view>
#include <typeinfo>

namespace keratin::inline v0::layers {
namespace {

constexpr std::string_view marker = " (in layer '";

template <class E>
void rethrow_as(const Error& error, const std::string& text, const std::string& path, const SourceLine& where) {
  if (typeid(error) == typeid(E)) throw E(text, path, where);
}

template <class... E>
void rethrow_as_one_of(const Error& error, const std::string& text, const std::string& path, const SourceLine& where) {
  (rethrow_as<E>(error, text, path, where), ...);
}

}  // namespace

void rethrow_in_layer(const Error& error, const std::string& path, const SourceLine& where) {
  const std::string_view text = error.what();
  if (text.find(marker) != std::string_view::npos) return;
  const std::string& inner = error.layer_path().empty() ? path : error.layer_path();
  const SourceLine& line = *error.where().file == '\0' ? where : error.where();
  std::string longer = std::string(text) + std::string(marker) + inner + "'";
  if (const std::string known = to_string(line); !known.empty()) longer += " at " + known;
  longer += ")";
  rethrow_as_one_of<ValueError, ShapeError, DTypeError, KeyError, NotBuiltError, NotDifferentiableError,
                    StaleHandleError, OutOfMemoryError, StatefulError, InternalError>(error, longer, inner, line);
}

}  // namespace keratin::inline v0::layers
