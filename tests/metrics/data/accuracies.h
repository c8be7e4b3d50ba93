#pragma once

#include "metrics/metric_case.h"

// What Keras 3.15.1 on TensorFlow 2.21.0 computes. To write it anew:
//     KERAS_BACKEND=tensorflow python tests/support/record_metrics.py

namespace keratin::test::accuracies {

inline const Values input_0 = {{4}, {1, 0, 1, 1}};
inline const Values input_1 = {{4}, {0.7f, 0.5f, 0.4f, 0.51f}};
inline const Values input_2 = {{4}, {2, 0, 1, 1}};
inline const Values input_3 = {{4, 1}, {2, 1, 1, 4}};
inline const Values input_4 = {{4, 1}, {0.7f, 0.5f, 0.4f, 0.51f}};
inline const Values input_5 = {{4, 2}, {1, 0, 0, 1, 1, 0, 1, 0}};
inline const Values input_6 = {{4, 2}, {0.7f, 0.7f, 0.5f, 0.5f, 0.4f, 0.4f, 0.51f, 0.51f}};
inline const Values input_7 = {{4, 3}, {0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0}};
inline const Values input_8 = {{4, 3},
                               {0.87f, 0.29f, 0.6f, 0.78f, 0.72f, 0.92f, 0.86f, 0.92f, 0.03f, 0.44f, 0.48f, 0.07f}};
inline const Values input_9 = {{4, 1}, {2, 1, 1, 0}};
inline const Values input_10 = {{4, 2}, {0, 1, 1, 2, 2, 2, 0, 0}};
inline const Values input_11 = {{4, 2, 3},
                                {0.96f, 0.21f, 0.83f, 0.15f, 0.51f, 0.14f, 0.69f, 0.84f, 0.43f, 0.96f, 0.83f, 0.34f,
                                 0.58f, 0.75f, 0.83f, 0.93f, 0.14f, 0.75f, 0.14f, 0.91f, 0.23f, 0.85f, 0.31f, 0.97f}};
inline const Values input_12 = {{4, 3}, {1, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0}};
inline const Values input_13 = {{4, 3}, {0, 2, 1, 0, 1, 2, 2, 0, 1, 1, 0, 2}};
inline const Values input_14 = {{4}, {0.5f, 2, 0, 1}};
inline const Values input_15 = {{4, 3}, {0, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 0}};
inline const Values input_16 = {{4, 3}, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}};
inline const Values input_17 = {{4, 2, 3}, {1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 0}};
inline const Values input_18 = {{4, 2}, {0.26f, 1, 1.2f, 0.06f, 0.3f, 1.86f, 0.14f, 0.26f}};
inline const Values input_19 = {{4}, {7, -1, 1, 1}};

inline const std::vector<MetricCase> cases = {
    {.metric = "BinaryAccuracy",
     .config = {{"name", "binary_accuracy"}, {"dtype", "float32"}, {"threshold", 0.5}},
     .states = {"total", "count"},
     .batches = {{input_0, input_1, {}, input_0, {2, 3}, {{}, {0.6666667f}}}}},
    {.metric = "Accuracy",
     .config = {{"name", "accuracy"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_2, input_3, {}, {}, {2, 4}, {{}, {0.5f}}}}},
    {.metric = "BinaryAccuracy",
     .config = {{"name", "binary_accuracy"}, {"dtype", "float32"}, {"threshold", 0.5}},
     .states = {"total", "count"},
     .batches = {{input_0, input_1, {}, {}, {3, 4}, {{}, {0.75f}}}, {input_0, input_4, {}, {}, {6, 8}, {{}, {0.75f}}}}},
    {.metric = "BinaryAccuracy",
     .config = {{"name", "binary_accuracy"}, {"dtype", "float32"}, {"threshold", 0.6}},
     .states = {"total", "count"},
     .batches = {{input_5, input_6, {}, {}, {2, 4}, {{}, {0.5f}}}}},
    {.metric = "CategoricalAccuracy",
     .config = {{"name", "categorical_accuracy"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_7, input_8, {}, {}, {2, 4}, {{}, {0.5f}}}}},
    {.metric = "SparseCategoricalAccuracy",
     .config = {{"name", "sparse_categorical_accuracy"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_2, input_8, {}, {}, {2, 4}, {{}, {0.5f}}}, {input_9, input_8, {}, {}, {3, 8}, {{}, {0.375f}}}}},
    {.metric = "SparseCategoricalAccuracy",
     .config = {{"name", "sparse_categorical_accuracy"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_10, input_11, {}, {}, {2, 4}, {{}, {0.5f}}}}},
    {.metric = "TopKCategoricalAccuracy",
     .config = {{"name", "top_k_categorical_accuracy"}, {"dtype", "float32"}, {"k", 2}},
     .states = {"total", "count"},
     .batches = {{input_7, input_8, {}, {}, {4, 4}, {{}, {1}}}, {input_7, input_12, {}, {}, {8, 8}, {{}, {1}}}}},
    {.metric = "SparseTopKCategoricalAccuracy",
     .config = {{"name", "sparse_top_k_categorical_accuracy"}, {"dtype", "float32"}, {"k", 2}},
     .states = {"total", "count"},
     .batches = {{input_2, input_8, {}, {}, {4, 4}, {{}, {1}}}, {input_9, input_12, {}, {}, {8, 8}, {{}, {1}}}}},
    {.metric = "SparseTopKCategoricalAccuracy",
     .config = {{"name", "sparse_top_k_categorical_accuracy"}, {"dtype", "float32"}, {"k", 1}},
     .states = {"total", "count"},
     .batches = {{input_10, input_11, {}, {}, {2, 4}, {{}, {0.5f}}}}},
    {.metric = "SparseTopKCategoricalAccuracy",
     .config =
         {{"name", "sparse_top_k_categorical_accuracy"}, {"dtype", "float32"}, {"k", 2}, {"from_sorted_ids", true}},
     .states = {"total", "count"},
     .batches = {{input_2, input_13, {}, {}, {3, 4}, {{}, {0.75f}}},
                 {input_9, input_13, {}, {}, {6, 8}, {{}, {0.75f}}}}},
    {.metric = "Accuracy",
     .config = {{"name", "accuracy"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_2, input_3, input_14, input_0, {0.5f, 1.5f}, {{}, {0.33333334f}}}}},
    {.metric = "BinaryAccuracy",
     .config = {{"name", "binary_accuracy"}, {"dtype", "float32"}, {"threshold", 0.5}},
     .states = {"total", "count"},
     .batches = {{input_0, input_1, input_14, input_0, {1.5f, 1.5f}, {{}, {1}}},
                 {input_0, input_4, input_14, input_0, {3, 3}, {{}, {1}}}}},
    {.metric = "BinaryAccuracy",
     .config = {{"name", "binary_accuracy"}, {"dtype", "float32"}, {"threshold", 0.6}},
     .states = {"total", "count"},
     .batches = {{input_5, input_6, input_14, input_0, {0.75f, 1.5f}, {{}, {0.5f}}}}},
    {.metric = "CategoricalAccuracy",
     .config = {{"name", "categorical_accuracy"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_7, input_8, input_14, input_0, {1, 1.5f}, {{}, {0.6666667f}}}}},
    {.metric = "SparseCategoricalAccuracy",
     .config = {{"name", "sparse_categorical_accuracy"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_2, input_8, input_14, input_0, {1, 1.5f}, {{}, {0.6666667f}}},
                 {input_9, input_8, input_14, input_0, {1, 3}, {{}, {0.33333334f}}}}},
    {.metric = "SparseCategoricalAccuracy",
     .config = {{"name", "sparse_categorical_accuracy"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_10, input_11, input_14, input_0, {0.5f, 1.5f}, {{}, {0.33333334f}}}}},
    {.metric = "TopKCategoricalAccuracy",
     .config = {{"name", "top_k_categorical_accuracy"}, {"dtype", "float32"}, {"k", 2}},
     .states = {"total", "count"},
     .batches = {{input_7, input_8, input_14, input_0, {1.5f, 1.5f}, {{}, {1}}},
                 {input_7, input_12, input_14, input_0, {3, 3}, {{}, {1}}}}},
    {.metric = "SparseTopKCategoricalAccuracy",
     .config = {{"name", "sparse_top_k_categorical_accuracy"}, {"dtype", "float32"}, {"k", 2}},
     .states = {"total", "count"},
     .batches = {{input_2, input_8, input_14, input_0, {1.5f, 1.5f}, {{}, {1}}},
                 {input_9, input_12, input_14, input_0, {3, 3}, {{}, {1}}}}},
    {.metric = "SparseTopKCategoricalAccuracy",
     .config = {{"name", "sparse_top_k_categorical_accuracy"}, {"dtype", "float32"}, {"k", 1}},
     .states = {"total", "count"},
     .batches = {{input_10, input_11, input_14, input_0, {0.5f, 1.5f}, {{}, {0.33333334f}}}}},
    {.metric = "SparseTopKCategoricalAccuracy",
     .config =
         {{"name", "sparse_top_k_categorical_accuracy"}, {"dtype", "float32"}, {"k", 2}, {"from_sorted_ids", true}},
     .states = {"total", "count"},
     .batches = {{input_2, input_13, input_14, input_0, {1.5f, 1.5f}, {{}, {1}}},
                 {input_9, input_13, input_14, input_0, {3, 3}, {{}, {1}}}}},
    {.metric = "CategoricalAccuracy",
     .config = {{"name", "categorical_accuracy"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_15, input_16, {}, {}, {1, 4}, {{}, {0.25f}}}}},
    {.metric = "CategoricalAccuracy",
     .config = {{"name", "categorical_accuracy"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_17, input_11, input_18, {}, {1.38f, 2.5400002f}, {{}, {0.54330707f}}}}},
    {.metric = "SparseTopKCategoricalAccuracy",
     .config = {{"name", "sparse_top_k_categorical_accuracy"}, {"dtype", "float32"}, {"k", 5}},
     .states = {"total", "count"},
     .batches = {{input_19, input_8, {}, {}, {2, 4}, {{}, {0.5f}}}}},
};

}  // namespace keratin::test::accuracies
