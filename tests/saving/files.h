#pragma once

#include <string>

#include "support/files.h"
#include "support/tests_dir.h"

namespace keratin::test {

/// A file of tests/saving/data, which tests/support/record_files.py writes.
inline std::string data_file(const std::string& name) { return tests_file("saving/data/" + name); }

}  // namespace keratin::test
