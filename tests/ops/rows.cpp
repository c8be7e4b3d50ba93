#include "ops/rows.h"

#include <iterator>

namespace keratin::test {

std::vector<OpRow> all_rows() {
  std::vector<OpRow> all;
  for (auto* const family : std::vector<std::vector<OpRow> (*)()>{
           elementwise_rows, reduce_rows, nn_rows, fused_rows, batch_norm_rows, movement_rows, creation_rows,
           indexing_rows, random_rows, linalg_rows, recurrent_rows, conv_rows, ctc_rows, composed_rows}) {
    std::vector<OpRow> rows = family();
    all.insert(all.end(), std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
  }
  return all;
}

}  // namespace keratin::test
