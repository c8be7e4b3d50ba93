#include "layers/gradient_harness.h"

#include <gtest/gtest.h>

namespace keratin::test {

Array mask_of(const std::vector<bool>& bits, const Shape& shape) { return Array::copy_of(bits).reshaped(shape); }

void check_gradients(const GradientRow& row) {
  const std::string differences = testing::gradient_differences(row.layer, row.inputs,
                                                                {.training = row.training,
                                                                 .tolerance = row.tolerance,
                                                                 .weights = row.weights,
                                                                 .masks = row.masks,
                                                                 .initial_state = row.initial_state,
                                                                 .attention_mask = row.attention_mask,
                                                                 .use_causal_mask = row.use_causal_mask,
                                                                 .return_attention_scores = row.return_attention_scores,
                                                                 .reverse = row.reverse});
  if (!differences.empty()) ADD_FAILURE() << row.name << ": " << differences;
}

void check_gradients(const std::vector<GradientRow>& rows) {
  for (const GradientRow& row : rows) check_gradients(row);
}

}  // namespace keratin::test
