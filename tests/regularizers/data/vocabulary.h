#pragma once

#include "support/vocabulary_case.h"

// What Keras 3.15.1 on TensorFlow 2.21.0 computes in float32. To write it anew:
//     KERAS_BACKEND=tensorflow python tests/support/record_keras_vocabulary.py

namespace keratin::test {

inline const std::vector<VocabularyCase> keras_regularizers = {
    {.class_name = "L1",
     .config = {{"l1", 0.009999999776482582}},
     .input = {{3, 4}, {-1.5f, 0.25f, 2, 0.5f, -0.75f, 1, 3, 0, -0.5f, -0.125f, 1.75f, 0.625f}},
     .expected = {{}, {0.12f}}},
    {.class_name = "L1",
     .config = {{"l1", 0.25}},
     .input = {{3, 4}, {-1.5f, 0.25f, 2, 0.5f, -0.75f, 1, 3, 0, -0.5f, -0.125f, 1.75f, 0.625f}},
     .expected = {{}, {3}}},
    {.class_name = "L2",
     .config = {{"l2", 0.01}},
     .input = {{3, 4}, {-1.5f, 0.25f, 2, 0.5f, -0.75f, 1, 3, 0, -0.5f, -0.125f, 1.75f, 0.625f}},
     .expected = {{}, {0.2084375f}}},
    {.class_name = "L2",
     .config = {{"l2", 0.3}},
     .input = {{3, 4}, {-1.5f, 0.25f, 2, 0.5f, -0.75f, 1, 3, 0, -0.5f, -0.125f, 1.75f, 0.625f}},
     .expected = {{}, {6.253125f}}},
    {.class_name = "L1L2",
     .config = {{"l1", 0.0}, {"l2", 0.0}},
     .input = {{3, 4}, {-1.5f, 0.25f, 2, 0.5f, -0.75f, 1, 3, 0, -0.5f, -0.125f, 1.75f, 0.625f}},
     .expected = {{}, {0}}},
    {.class_name = "L1L2",
     .config = {{"l1", 0.2}, {"l2", 0.4}},
     .input = {{3, 4}, {-1.5f, 0.25f, 2, 0.5f, -0.75f, 1, 3, 0, -0.5f, -0.125f, 1.75f, 0.625f}},
     .expected = {{}, {10.737501f}}},
    {.class_name = "OrthogonalRegularizer",
     .config = {{"factor", 0.009999999776482582}, {"mode", "rows"}},
     .input = {{3, 4}, {-1.5f, 0.25f, 2, 0.5f, -0.75f, 1, 3, 0, -0.5f, -0.125f, 1.75f, 0.625f}},
     .expected = {{}, {0.00893543f}}},
    {.class_name = "OrthogonalRegularizer",
     .config = {{"factor", 0.5}, {"mode", "columns"}},
     .input = {{3, 4}, {-1.5f, 0.25f, 2, 0.5f, -0.75f, 1, 3, 0, -0.5f, -0.125f, 1.75f, 0.625f}},
     .expected = {{}, {0.30951557f}}},
};

}  // namespace keratin::test
