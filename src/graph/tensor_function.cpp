#include "keratin/graph/tensor_function.h"

#include "keratin/core/error.h"

namespace keratin::inline v0::detail {

void no_description_of_a_function() {
  throw ValueError(
      "A function of your own has no description, so that it can't be saved. Make it a class with a class_name() and a "
      "config(), or take one of the library's by name");
}

}  // namespace keratin::inline v0::detail
