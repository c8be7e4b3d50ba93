#pragma once

#include "metrics/metric_case.h"

// What Keras 3.15.1 on TensorFlow 2.21.0 computes. To write it anew:
//     KERAS_BACKEND=tensorflow python tests/support/record_metrics.py

namespace keratin::test::errors {

inline const Values input_0 = {{4, 3},
                               {-0.74f, 0, 0.2f, -0.94f, -0.7f, 0.86f, -0.86f, -0.74f, 0.9f, 0.24f, -0.26f, 0.02f}};
inline const Values input_1 = {
    {4, 3}, {-0.5f, 0.89f, -0.62f, -0.64f, -0.3f, -0.54f, 0.34f, -0.77f, 0.79f, 0.72f, -0.99f, 0.08f}};
inline const Values input_2 = {{4}, {-0.74f, -0.94f, -0.86f, 0.24f}};
inline const Values input_3 = {{4, 1}, {-0.5f, -0.64f, 0.34f, 0.72f}};
inline const Values input_4 = {
    {4, 3},
    {0.84000003f, 0.1f, 0.3f, 1.04f, 0.8f, 0.96000004f, 0.96000004f, 0.84000003f, 1, 0.34f, 0.35999998f, 0.120000005f}};
inline const Values input_5 = {
    {4, 3}, {0.6f, 0.99f, 0.72f, 0.74f, 0.4f, 0.64000005f, 0.44f, 0.87f, 0.89000005f, 0.82000005f, 1.09f, 0.18f}};
inline const Values input_6 = {{4}, {0.5f, 2, 0, 1}};
inline const Values input_7 = {{4}, {1, 0, 1, 1}};
inline const Values input_8 = {
    {4, 3, 2}, {0.13f,  -0.14f, -0.81f, -0.3f, 0.24f, -0.96f, 0.75f,  0.71f,  -0.91f, 0.6f,  -0.63f, 0.39f,
                -0.69f, 0.38f,  0.92f,  0.97f, 0.33f, -0.67f, -0.21f, -0.44f, 0.91f,  -0.4f, 0.12f,  -0.19f}};
inline const Values input_9 = {
    {4, 3, 2}, {0.69f,  -0.68f, 0.12f, -0.26f, -0.57f, -0.23f, -0.14f, 0.22f,  0.47f,  -0.97f, -0.49f, 0.21f,
                -0.83f, 1,      0.66f, -0.93f, 0.14f,  0.22f,  -0.99f, -0.64f, -0.67f, -0.08f, 0.13f,  -0.1f}};
inline const Values input_10 = {{4, 2}, {0.8f, 1.43f, 0.56f, 0.17f, 1.94f, 1.13f, 1.29f, 1.15f}};

inline const std::vector<MetricCase> cases = {
    {.metric = "MeanSquaredError",
     .config = {{"name", "mean_squared_error"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_0, input_1, {}, {}, {1.9840001f, 4}, {{}, {0.49600002f}}},
                 {input_2, input_3, {}, {}, {3.802f, 8}, {{}, {0.47525f}}}}},
    {.metric = "RootMeanSquaredError",
     .config = {{"name", "root_mean_squared_error"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_0, input_1, {}, {}, {1.9840001f, 4}, {{}, {0.7042727f}}},
                 {input_2, input_3, {}, {}, {3.802f, 8}, {{}, {0.6893838f}}}}},
    {.metric = "MeanAbsoluteError",
     .config = {{"name", "mean_absolute_error"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_0, input_1, {}, {}, {2.22f, 4}, {{}, {0.555f}}},
                 {input_2, input_3, {}, {}, {4.44f, 8}, {{}, {0.555f}}}}},
    {.metric = "LogCoshError",
     .config = {{"name", "logcosh"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_0, input_1, {}, {}, {0.8440781f, 4}, {{}, {0.21101953f}}},
                 {input_2, input_3, {}, {}, {1.621666f, 8}, {{}, {0.20270824f}}}}},
    {.metric = "MeanAbsolutePercentageError",
     .config = {{"name", "mean_absolute_percentage_error"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_4, input_5, {}, {}, {544.4811f, 4}, {{}, {136.12027f}}}}},
    {.metric = "MeanSquaredLogarithmicError",
     .config = {{"name", "mean_squared_logarithmic_error"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_4, input_5, {}, {}, {0.3163941f, 4}, {{}, {0.07909852f}}}}},
    {.metric = "CosineSimilarity",
     .config = {{"name", "cosine_similarity"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_0, input_1, {}, {}, {2.1216402f, 4}, {{}, {0.53041005f}}}}},
    {.metric = "PearsonCorrelation",
     .config = {{"name", "pearson_correlation"}, {"dtype", "float32"}, {"axis", -1}},
     .states = {"total", "count"},
     .batches = {{input_0, input_1, {}, {}, {1.8123772f, 4}, {{}, {0.4530943f}}}}},
    {.metric = "ConcordanceCorrelation",
     .config = {{"name", "concordance_correlation"}, {"dtype", "float32"}, {"axis", -1}},
     .states = {"total", "count"},
     .batches = {{input_0, input_1, {}, {}, {1.3024476f, 4}, {{}, {0.3256119f}}}}},
    {.metric = "MeanSquaredError",
     .config = {{"name", "mean_squared_error"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_0, input_1, input_6, input_7, {0.5093167f, 1.5f}, {{}, {0.33954445f}}},
                 {input_2, input_3, input_6, input_7, {0.76851666f, 3}, {{}, {0.2561722f}}}}},
    {.metric = "RootMeanSquaredError",
     .config = {{"name", "root_mean_squared_error"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_0, input_1, input_6, input_7, {1.9826502f, 3.5f}, {{}, {0.752643f}}},
                 {input_2, input_3, input_6, input_7, {2.4218502f, 7}, {{}, {0.58819944f}}}}},
    {.metric = "MeanAbsoluteError",
     .config = {{"name", "mean_absolute_error"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_0, input_1, input_6, input_7, {0.74833333f, 1.5f}, {{}, {0.49888888f}}},
                 {input_2, input_3, input_6, input_7, {1.3483334f, 3}, {{}, {0.44944444f}}}}},
    {.metric = "LogCoshError",
     .config = {{"name", "logcosh"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_0, input_1, input_6, input_7, {0.23373172f, 1.5f}, {{}, {0.15582114f}}},
                 {input_2, input_3, input_6, input_7, {0.359026f, 3}, {{}, {0.11967534f}}}}},
    {.metric = "MeanAbsolutePercentageError",
     .config = {{"name", "mean_absolute_percentage_error"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_4, input_5, input_6, input_7, {307.74664f, 1.5f}, {{}, {205.16443f}}}}},
    {.metric = "MeanSquaredLogarithmicError",
     .config = {{"name", "mean_squared_logarithmic_error"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_4, input_5, input_6, input_7, {0.1685873f, 1.5f}, {{}, {0.11239153f}}}}},
    {.metric = "CosineSimilarity",
     .config = {{"name", "cosine_similarity"}, {"dtype", "float32"}},
     .states = {"total", "count"},
     .batches = {{input_0, input_1, input_6, input_7, {1.1275407f, 1.5f}, {{}, {0.7516938f}}}}},
    {.metric = "PearsonCorrelation",
     .config = {{"name", "pearson_correlation"}, {"dtype", "float32"}, {"axis", -1}},
     .states = {"total", "count"},
     .batches = {{input_0, input_1, input_6, input_7, {1.1202623f, 1.5f}, {{}, {0.7468415f}}}}},
    {.metric = "ConcordanceCorrelation",
     .config = {{"name", "concordance_correlation"}, {"dtype", "float32"}, {"axis", -1}},
     .states = {"total", "count"},
     .batches = {{input_0, input_1, input_6, input_7, {0.63559234f, 1.5f}, {{}, {0.42372823f}}}}},
    {.metric = "CosineSimilarity",
     .config = {{"name", "cosine_similarity"}, {"dtype", "float32"}, {"axis", 1}},
     .states = {"total", "count"},
     .batches = {{input_8, input_9, {}, {}, {0.39325735f, 4}, {{}, {0.09831434f}}},
                 {input_8, input_9, input_10, {}, {1.5435834f, 8.235001f}, {{}, {0.18744181f}}}}},
    {.metric = "PearsonCorrelation",
     .config = {{"name", "pearson_correlation"}, {"dtype", "float32"}, {"axis", 1}},
     .states = {"total", "count"},
     .batches = {{input_8, input_9, {}, {}, {-0.06633523f, 4}, {{}, {-0.016583808f}}},
                 {input_8, input_9, input_10, {}, {0.36355504f, 8.235001f}, {{}, {0.044147544f}}}}},
    {.metric = "ConcordanceCorrelation",
     .config = {{"name", "concordance_correlation"}, {"dtype", "float32"}, {"axis", 1}},
     .states = {"total", "count"},
     .batches = {{input_8, input_9, {}, {}, {-0.028051034f, 4}, {{}, {-0.0070127584f}}},
                 {input_8, input_9, input_10, {}, {0.34967184f, 8.235001f}, {{}, {0.042461667f}}}}},
};

}  // namespace keratin::test::errors
