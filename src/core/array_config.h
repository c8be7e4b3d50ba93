#pragma once

#include "keratin/core/array.h"
#include "keratin/core/config.h"

namespace keratin::inline v0::core {

/// An array of numbers as nested lists.
Array array_of_lists(const ConfigValue& value, DType dtype);
/// Keras's object of an array ("__numpy__" or "__tensor__"), nested lists of float32, or a truth value. Throws
/// ValueError for anything else.
Array array_of(const ConfigValue& value);
/// Keras's "__numpy__" object.
Config object_of(const Array& array);

}  // namespace keratin::inline v0::core
