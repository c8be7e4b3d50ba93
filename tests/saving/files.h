#pragma once

#include <string>

#include "support/files.h"

namespace keratin::test {

/// A file of tests/saving/data, which tests/support/record_files.py writes.
inline std::string data_file(const std::string& name) { return KERATIN_TESTS_DIR "/saving/data/" + name; }

}  // namespace keratin::test
