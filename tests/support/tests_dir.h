#pragma once

#include <string>

namespace keratin::test {

/// The path of `name`, a file or folder below tests/ in the source tree, such as "saving/data/dense.keras".
std::string tests_file(const std::string& name);

}  // namespace keratin::test
