#pragma once

#include "saving/checkpoint_case.h"

// What Keras 3.15.1 on TensorFlow 2.21.0 gives. To write it anew:
//     KERAS_BACKEND=tensorflow python tests/support/record_callbacks.py

namespace keratin::test {

inline const std::vector<CheckpointNameCase> keras_checkpoint_names = {
    {"{epoch}.keras", 6, -1, "7.keras"},
    {"{epoch:02d}.keras", 6, -1, "07.keras"},
    {"{epoch:5d}.keras", 6, -1, "    7.keras"},
    {"{epoch:<5d}x.keras", 6, -1, "7    x.keras"},
    {"{epoch:+d}.keras", 6, -1, "+7.keras"},
    {"{epoch:^6}.keras", 6, -1, "  7   .keras"},
    {"{epoch:.2f}.keras", 6, -1, "7.00.keras"},
    {"{epoch:08.3f}.keras", 6, -1, "0007.000.keras"},
    {"{epoch:e}.keras", 6, -1, "7.000000e+00.keras"},
    {"{loss}.keras", 6, -1, "0.123456789.keras"},
    {"{loss:.2f}.keras", 6, -1, "0.12.keras"},
    {"{loss:.0f}.keras", 6, -1, "0.keras"},
    {"{loss:e}.keras", 6, -1, "1.234568e-01.keras"},
    {"{loss:.3E}.keras", 6, -1, "1.235E-01.keras"},
    {"{loss:g}.keras", 6, -1, "0.123457.keras"},
    {"{loss:.3}.keras", 6, -1, "0.123.keras"},
    {"{loss:10.4f}.keras", 6, -1, "    0.1235.keras"},
    {"{loss:<10.4f}.keras", 6, -1, "0.1235    .keras"},
    {"{loss:*^12.3f}.keras", 6, -1, "***0.123****.keras"},
    {"{loss:+.1f}.keras", 6, -1, "+0.1.keras"},
    {"{val_loss:.2f}.keras", 6, -1, "12345.68.keras"},
    {"{val_loss:,.1f}.keras", 6, -1, "12,345.7.keras"},
    {"{val_loss:g}.keras", 6, -1, "12345.7.keras"},
    {"{val_loss:.3g}.keras", 6, -1, "1.23e+04.keras"},
    {"{val_loss}.keras", 6, -1, "12345.678.keras"},
    {"{acc}.keras", 6, -1, "1.0.keras"},
    {"{acc:g}.keras", 6, -1, "1.keras"},
    {"{acc:.1%}.keras", 6, -1, "100.0%.keras"},
    {"{tiny}.keras", 6, -1, "1.5e-07.keras"},
    {"{tiny:g}.keras", 6, -1, "1.5e-07.keras"},
    {"{tiny:.10f}.keras", 6, -1, "0.0000001500.keras"},
    {"{{literal}}-{epoch:03d}-{loss:.4f}-{acc:.2f}.keras", 6, -1, "{literal}-007-0.1235-1.00.keras"},
    {"plain.keras", 6, -1, "plain.keras"},
    {"{epoch:_d}.keras", 6, -1, "7.keras"},
    {"{epoch:02d}-{batch:04d}.keras", 1, 41, "02-0042.keras"},
};

inline const std::vector<CheckpointCase> keras_checkpoints = {
    {{.monitor = "loss", .save_best_only = true, .mode = "min"},
     {1.0, 0.9, 0.95, 0.85, 0.86, 0.87, 0.849, 0.8, 0.9, 0.9, 0.9, 0.9},
     {0, 1, 3, 6, 7}},
    {{.monitor = "loss", .save_best_only = true, .mode = "max"},
     {1.0, 0.9, 0.95, 0.85, 0.86, 0.87, 0.849, 0.8, 0.9, 0.9, 0.9, 0.9},
     {0}},
    {{.monitor = "loss", .save_best_only = true, .mode = "min", .initial_value_threshold = 0.88},
     {1.0, 0.9, 0.95, 0.85, 0.86, 0.87, 0.849, 0.8, 0.9, 0.9, 0.9, 0.9},
     {3, 6, 7}},
    {{.monitor = "loss", .save_best_only = true, .mode = "max", .initial_value_threshold = 2.0},
     {1.0, 0.9, 0.95, 0.85, 0.86, 0.87, 0.849, 0.8, 0.9, 0.9, 0.9, 0.9},
     {}},
    {{.monitor = "loss", .save_best_only = true, .mode = "min"}, {NAN, 1.0, 0.5}, {0}},
    {{.monitor = "loss", .save_best_only = false, .mode = "min"}, {1.0, 2.0, 3.0}, {0, 1, 2}},
};

inline const std::vector<CheckpointBatchCase> keras_checkpoint_batches = {
    {1, 3, 2, {0, 1, 2, 3, 4, 5}},
    {2, 5, 3, {1, 3, 5, 7, 9, 11, 13}},
    {4, 3, 4, {3, 7, 11}},
    {5, 5, 2, {4, 9}},
    {7, 2, 4, {6}},
};

}  // namespace keratin::test
