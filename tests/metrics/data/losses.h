#pragma once

#include "metrics/metric_case.h"

// What Keras 3.15.1 on TensorFlow 2.21.0 computes. To write it anew:
//     KERAS_BACKEND=tensorflow python tests/support/record_metrics.py

namespace keratin::test::losses {

inline const Values input_0 = {
    {4, 3},
    {0.84000003f, 0.1f, 0.3f, 1.04f, 0.8f, 0.96000004f, 0.96000004f, 0.84000003f, 1, 0.34f, 0.35999998f, 0.120000005f}};
inline const Values input_1 = {
    {4, 3}, {0.6f, 0.99f, 0.72f, 0.74f, 0.4f, 0.64000005f, 0.44f, 0.87f, 0.89000005f, 0.82000005f, 1.09f, 0.18f}};
inline const Values input_2 = {
    {4, 3}, {0.37f, 0.432f, 0.198f, 0.103f, 0.678f, 0.218f, 0.459f, 0.239f, 0.302f, 0.374f, 0.302f, 0.324f}};
inline const Values input_3 = {
    {4, 3}, {0.341f, 0.337f, 0.322f, 0.219f, 0.088f, 0.693f, 0.396f, 0.031f, 0.572f, 0.465f, 0.15f, 0.385f}};
inline const Values input_4 = {{4, 3}, {-1, 0, 1, -1, -1, 1, -1, -1, 1, 1, -1, 1}};
inline const Values input_5 = {
    {4, 3}, {-0.5f, 0.89f, -0.62f, -0.64f, -0.3f, -0.54f, 0.34f, -0.77f, 0.79f, 0.72f, -0.99f, 0.08f}};
inline const Values input_6 = {{4, 3}, {0, 0, 1, 0, 0, 1, 0, 0, 1, 1, 0, 1}};
inline const Values input_7 = {{4, 3}, {0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0}};
inline const Values input_8 = {{4, 3},
                               {1.32f, -0.56f, 0.81f, 1.44f, 0.57f, 0.19f, 1.05f, 0.87f, -0.13f, 0.29f, 0.99f, -1.75f}};
inline const Values input_9 = {{4}, {2, 0, 1, 1}};
inline const Values input_10 = {{4, 1}, {2, 0, 1, 1}};
inline const Values input_11 = {{4}, {0.5f, 2, 0, 1}};
inline const Values input_12 = {{4}, {1, 0, 1, 1}};
inline const Values input_13 = {{4, 3, 2}, {0, 1, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0}};
inline const Values input_14 = {{4, 3, 2},
                                {0.61f, 0.49f, 0.18f, 0.41f, 0.66f, 0.12f, 0.89f, 0.87f, 0.14f, 0.82f, 0.27f, 0.73f,
                                 0.24f, 0.72f, 0.96f, 0.99f, 0.7f,  0.25f, 0.46f, 0.35f, 0.96f, 0.37f, 0.6f,  0.47f}};

inline const std::vector<MetricCase> cases = {
    {.metric = "Poisson",
     .config = {{"name", "poisson"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_0, input_1, {}, {}, {3.8823822f, 4}, {{}, {0.97059554f}}}}},
    {.metric = "KLDivergence",
     .config = {{"name", "kl_divergence"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_2, input_3, {}, {}, {1.5327474f, 4}, {{}, {0.38318685f}}}}},
    {.metric = "Hinge",
     .config = {{"name", "hinge"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_4, input_5, {}, {}, {2.9033332f, 4}, {{}, {0.7258333f}}},
                 {input_6, input_5, {}, {}, {6.103333f, 8}, {{}, {0.7629166f}}}}},
    {.metric = "SquaredHinge",
     .config = {{"name", "squared_hinge"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_4, input_5, {}, {}, {3.2277f, 4}, {{}, {0.806925f}}}}},
    {.metric = "CategoricalHinge",
     .config = {{"name", "categorical_hinge"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_7, input_5, {}, {}, {9.42f, 4}, {{}, {2.355f}}}}},
    {.metric = "BinaryCrossentropy",
     .config =
         {{"name", "binary_crossentropy"}, {"dtype", "float32"}, {"from_logits", false}, {"label_smoothing", 0.0}},
     .states = {"total", "count"},
     .batches = {{input_7, input_3, {}, {}, {4.1960816f, 4}, {{}, {1.0490204f}}}}},
    {.metric = "BinaryCrossentropy",
     .config = {{"name", "binary_crossentropy"}, {"dtype", "float32"}, {"from_logits", true}, {"label_smoothing", 0.1}},
     .states = {"total", "count"},
     .batches = {{input_7, input_8, {}, {}, {2.7372212f, 4}, {{}, {0.6843053f}}}}},
    {.metric = "CategoricalCrossentropy",
     .config = {{"name", "categorical_crossentropy"},
                {"dtype", "float32"},
                {"from_logits", false},
                {"label_smoothing", 0.0},
                {"axis", -1}},
     .states = {"total", "count"},
     .batches = {{input_7, input_3, {}, {}, {8.021774f, 4}, {{}, {2.0054436f}}}}},
    {.metric = "CategoricalCrossentropy",
     .config = {{"name", "categorical_crossentropy"},
                {"dtype", "float32"},
                {"from_logits", true},
                {"label_smoothing", 0.1},
                {"axis", -1}},
     .states = {"total", "count"},
     .batches = {{input_7, input_8, {}, {}, {3.233966f, 4}, {{}, {0.8084915f}}}}},
    {.metric = "SparseCategoricalCrossentropy",
     .config = {{"name", "sparse_categorical_crossentropy"},
                {"dtype", "float32"},
                {"from_logits", false},
                {"ignore_class", ConfigValue()},
                {"axis", -1}},
     .states = {"total", "count"},
     .batches = {{input_9, input_3, {}, {}, {8.021774f, 4}, {{}, {2.0054436f}}}}},
    {.metric = "SparseCategoricalCrossentropy",
     .config = {{"name", "sparse_categorical_crossentropy"},
                {"dtype", "float32"},
                {"from_logits", true},
                {"ignore_class", 1},
                {"axis", -1}},
     .states = {"total", "count"},
     .batches = {{input_10, input_8, {}, {}, {1.6052102f, 4}, {{}, {0.40130255f}}}}},
    {.metric = "Poisson",
     .config = {{"name", "poisson"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_0, input_1, input_11, input_12, {1.2505167f, 1.5f}, {{}, {0.83367777f}}}}},
    {.metric = "KLDivergence",
     .config = {{"name", "kl_divergence"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_2, input_3, input_11, input_12, {0.09459646f, 1.5f}, {{}, {0.06306431f}}}}},
    {.metric = "Hinge",
     .config = {{"name", "hinge"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_4, input_5, input_11, input_12, {0.9233333f, 1.5f}, {{}, {0.6155555f}}},
                 {input_6, input_5, input_11, input_12, {1.9949999f, 3}, {{}, {0.66499996f}}}}},
    {.metric = "SquaredHinge",
     .config = {{"name", "squared_hinge"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_4, input_5, input_11, input_12, {0.95403326f, 1.5f}, {{}, {0.63602215f}}}}},
    {.metric = "CategoricalHinge",
     .config = {{"name", "categorical_hinge"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_7, input_5, input_11, input_12, {3.9650002f, 1.5f}, {{}, {2.6433334f}}}}},
    {.metric = "BinaryCrossentropy",
     .config =
         {{"name", "binary_crossentropy"}, {"dtype", "float32"}, {"from_logits", false}, {"label_smoothing", 0.0}},
     .states = {"total", "count"},
     .batches = {{input_7, input_3, input_11, input_12, {1.3297831f, 1.5f}, {{}, {0.88652205f}}}}},
    {.metric = "BinaryCrossentropy",
     .config = {{"name", "binary_crossentropy"}, {"dtype", "float32"}, {"from_logits", true}, {"label_smoothing", 0.1}},
     .states = {"total", "count"},
     .batches = {{input_7, input_8, input_11, input_12, {0.87895525f, 1.5f}, {{}, {0.58597016f}}}}},
    {.metric = "CategoricalCrossentropy",
     .config = {{"name", "categorical_crossentropy"},
                {"dtype", "float32"},
                {"from_logits", false},
                {"label_smoothing", 0.0},
                {"axis", -1}},
     .states = {"total", "count"},
     .batches = {{input_7, input_3, input_11, input_12, {2.4637218f, 1.5f}, {{}, {1.6424812f}}}}},
    {.metric = "CategoricalCrossentropy",
     .config = {{"name", "categorical_crossentropy"},
                {"dtype", "float32"},
                {"from_logits", true},
                {"label_smoothing", 0.1},
                {"axis", -1}},
     .states = {"total", "count"},
     .batches = {{input_7, input_8, input_11, input_12, {1.110115f, 1.5f}, {{}, {0.7400767f}}}}},
    {.metric = "SparseCategoricalCrossentropy",
     .config = {{"name", "sparse_categorical_crossentropy"},
                {"dtype", "float32"},
                {"from_logits", false},
                {"ignore_class", ConfigValue()},
                {"axis", -1}},
     .states = {"total", "count"},
     .batches = {{input_9, input_3, input_11, input_12, {2.4637218f, 1.5f}, {{}, {1.6424812f}}}}},
    {.metric = "SparseCategoricalCrossentropy",
     .config = {{"name", "sparse_categorical_crossentropy"},
                {"dtype", "float32"},
                {"from_logits", true},
                {"ignore_class", 1},
                {"axis", -1}},
     .states = {"total", "count"},
     .batches = {{input_10, input_8, input_11, input_12, {0.53568876f, 0.5f}, {{}, {1.0713775f}}}}},
    {.metric = "CategoricalCrossentropy",
     .config = {{"name", "categorical_crossentropy"},
                {"dtype", "float32"},
                {"from_logits", false},
                {"label_smoothing", 0.0},
                {"axis", 1}},
     .states = {"total", "count"},
     .batches = {{input_13, input_14, {}, {}, {5.141737f, 4}, {{}, {1.2854342f}}}}},
};

}  // namespace keratin::test::losses
