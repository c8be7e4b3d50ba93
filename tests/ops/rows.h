#pragma once

#include <vector>

#include "ops/op_harness.h"

namespace keratin::test {

// One function a file rows_<family>.cpp; all_rows() in rows.cpp joins them.
std::vector<OpRow> linalg_rows();
std::vector<OpRow> all_rows();
std::vector<OpRow> movement_rows();
std::vector<OpRow> creation_rows();
std::vector<OpRow> indexing_rows();
std::vector<OpRow> random_rows();

}  // namespace keratin::test
