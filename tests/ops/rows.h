#pragma once

#include <vector>

#include "ops/op_harness.h"

namespace keratin::test {

// One function a file rows_<family>.cpp; all_rows() in rows.cpp joins them.
std::vector<OpRow> all_rows();

}  // namespace keratin::test
