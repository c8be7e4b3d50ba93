#include "support/tests_dir.h"

namespace keratin::test {

std::string tests_file(const std::string& name) { return KERATIN_TESTS_DIR "/" + name; }

}  // namespace keratin::test
