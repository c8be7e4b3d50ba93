#pragma once

#include <vector>

#include "ops/op_harness.h"

namespace keratin::test {

// One function a file rows_<family>.cpp; all_rows() in rows.cpp joins them.
std::vector<OpRow> elementwise_rows();
std::vector<OpRow> reduce_rows();
std::vector<OpRow> nn_rows();
std::vector<OpRow> fused_rows();
std::vector<OpRow> batch_norm_rows();
std::vector<OpRow> linalg_rows();
std::vector<OpRow> conv_rows();
std::vector<OpRow> movement_rows();
std::vector<OpRow> creation_rows();
std::vector<OpRow> indexing_rows();
std::vector<OpRow> random_rows();
std::vector<OpRow> recurrent_rows();
std::vector<OpRow> ctc_rows();
std::vector<OpRow> composed_rows();  ///< functions that are written with ops of several families
std::vector<OpRow> all_rows();

}  // namespace keratin::test
