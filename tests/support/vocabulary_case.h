#pragma once

#include <string>
#include <vector>

#include "keratin/core/config.h"
#include "support/recorded.h"

namespace keratin::test {

/// A class or function of Keras, its options as get_config gives them, what it is called with and what comes out.
struct VocabularyCase {
  std::string class_name;
  Config config = {};
  Values input = {};
  Values expected = {};

  /// Its description, as files have it.
  Config object() const { return {{"class_name", class_name}, {"config", config}}; }
};

}  // namespace keratin::test
