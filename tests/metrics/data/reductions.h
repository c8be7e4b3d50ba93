#pragma once

#include "metrics/metric_case.h"

// What Keras 3.15.1 on TensorFlow 2.21.0 computes. To write it anew:
//     KERAS_BACKEND=tensorflow python tests/support/record_metrics.py

namespace keratin::test::reductions {

inline const Values input_0 = {{4}, {0.54f, 1.85f, -0.57f, 1.85f}};
inline const Values input_1 = {{3}, {-0.22f, -0.1f, 1.44f}};
inline const Values input_2 = {{4}, {0.5f, 2, 0, 1}};
inline const Values input_3 = {{3}, {0.5f, 2, 0}};
inline const Values input_4 = {{4, 3},
                               {1.42f, 1.42f, 0.55f, -0.14f, -0.84f, 0.15f, 0.23f, -0.86f, -0.85f, 2, 0.96f, -0.3f}};
inline const Values input_5 = {{}, {0.5f}};
inline const Values input_6 = {{4}, {1.08f, 0.69f, 0.74f, 0.75f}};
inline const Values input_7 = {{4, 1}, {1.08f, 0.69f, 0.74f, 0.75f}};
inline const Values input_8 = {{4, 3},
                               {1.08f, 0.69f, 0.74f, 0.75f, 1.97f, 1.27f, 1.35f, 0.66f, 1.36f, 0.25f, 0.1f, 1.7f}};
inline const Values input_9 = {{2, 3, 2},
                               {0.88f, 1.69f, 1.33f, -0.32f, -0.1f, 1.62f, -0.98f, 1.46f, 1.39f, 0.4f, -0.09f, -0.16f}};
inline const Values input_10 = {{2, 3}, {0.65f, 1.97f, 0.64f, 1.58f, 1.74f, 0.78f}};
inline const Values input_11 = {{4}, {0, 0, 0, 0}};
inline const Values input_12 = {{4}, {1, 0, 1, 1}};

inline const std::vector<MetricCase> cases = {
    {.metric = "Mean",
     .config = {{"name", "mean"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_0, {}, {}, {}, {3.67f, 4}, {{}, {0.9175f}}},
                 {input_1, {}, {}, {}, {4.79f, 7}, {{}, {0.6842857f}}}}},
    {.metric = "Mean",
     .config = {{"name", "mean"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_0, {}, input_2, {}, {5.82f, 3.5f}, {{}, {1.6628572f}}},
                 {input_1, {}, input_3, {}, {5.51f, 6}, {{}, {0.91833335f}}}}},
    {.metric = "Mean",
     .config = {{"name", "mean"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_4, {}, {}, {}, {1.2466667f, 4}, {{}, {0.31166667f}}},
                 {input_5, {}, {}, {}, {1.7466667f, 5}, {{}, {0.34933335f}}}}},
    {.metric = "Mean",
     .config = {{"name", "mean"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_4, {}, input_6, {}, {1.3294334f, 3.26f}, {{}, {0.40780166f}}},
                 {input_4, {}, input_7, {}, {2.658867f, 6.52f}, {{}, {0.40780166f}}},
                 {input_4, {}, input_8, {}, {2.666867f, 10.493334f}, {{}, {0.2541487f}}}}},
    {.metric = "Mean",
     .config = {{"name", "mean"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_4, {}, input_5, {}, {0.15583332f, 0.5f}, {{}, {0.31166664f}}},
                 {input_9, {}, input_10, {}, {1.541f, 2.9533334f}, {{}, {0.5217833f}}}}},
    {.metric = "Mean",
     .config = {{"name", "own"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_4, {}, input_11, {}, {0, 0}, {{}, {0}}}}},
    {.metric = "Mean",
     .config = {{"name", "mean"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_4, {}, input_2, input_12, {1.4516667f, 1.5f}, {{}, {0.9677778f}}}}},
    {.metric = "Sum",
     .config = {{"name", "sum"}, {"dtype", "float32"}},
     .states = {"total"},
     .batches = {{input_0, {}, {}, {}, {3.67f}, {{}, {3.67f}}}, {input_1, {}, {}, {}, {4.79f}, {{}, {4.79f}}}}},
    {.metric = "Sum",
     .config = {{"name", "sum"}, {"dtype", "float32"}},
     .states = {"total"},
     .batches = {{input_0, {}, input_2, {}, {5.82f}, {{}, {5.82f}}},
                 {input_1, {}, input_3, {}, {5.51f}, {{}, {5.51f}}}}},
    {.metric = "Sum",
     .config = {{"name", "sum"}, {"dtype", "float32"}},
     .states = {"total"},
     .batches = {{input_4, {}, {}, {}, {3.74f}, {{}, {3.74f}}}, {input_5, {}, {}, {}, {4.24f}, {{}, {4.24f}}}}},
    {.metric = "Sum",
     .config = {{"name", "sum"}, {"dtype", "float32"}},
     .states = {"total"},
     .batches = {{input_4, {}, input_6, {}, {3.9883f}, {{}, {3.9883f}}},
                 {input_4, {}, input_7, {}, {7.9765997f}, {{}, {7.9765997f}}},
                 {input_4, {}, input_8, {}, {8.0006f}, {{}, {8.0006f}}}}},
    {.metric = "Sum",
     .config = {{"name", "sum"}, {"dtype", "float32"}},
     .states = {"total"},
     .batches = {{input_4, {}, input_5, {}, {1.8699999f}, {{}, {1.8699999f}}},
                 {input_9, {}, input_10, {}, {10.181f}, {{}, {10.181f}}}}},
    {.metric = "Sum",
     .config = {{"name", "own"}, {"dtype", "float32"}},
     .states = {"total"},
     .batches = {{input_4, {}, input_11, {}, {0}, {{}, {0}}}}},
    {.metric = "Sum",
     .config = {{"name", "sum"}, {"dtype", "float32"}},
     .states = {"total"},
     .batches = {{input_4, {}, input_2, input_12, {4.355f}, {{}, {4.355f}}}}},
};

}  // namespace keratin::test::reductions
