#pragma once

#include <string>

#include "keratin/core/error.h"

namespace keratin::inline v0::layers {

/// Throws the error anew, of the same class, with the path and the line of the layer that it came from, in its text
/// too. Returns where they are there already, or the class isn't one of the library's.
void rethrow_in_layer(const Error& error, const std::string& path, const SourceLine& where);

/// Calls a function on behalf of a layer, whose path errors then carry.
template <class F>
decltype(auto) in_layer(const std::string& path, const SourceLine& where, F&& function) {
  try {
    return function();
  } catch (const Error& error) {
    rethrow_in_layer(error, path, where);
    throw;
  }
}

}  // namespace keratin::inline v0::layers
