#pragma once

#include "optimizers/optimizer_case.h"

// What Keras 3.15.1 on TensorFlow 2.21.0 computes in float32. To write it anew:
//     KERAS_BACKEND=tensorflow python tests/support/record_optimizers.py

namespace keratin::test {

inline const std::vector<OptimizerCase> keras_wrapped = {
    {.class_name = "LossScaleOptimizer",
     .options = Config{{"inner_optimizer", Config{{"module", "keras.optimizers"},
                                                  {"class_name", "Adam"},
                                                  {"config", Config{{"name", "adam_2"},
                                                                    {"learning_rate", 0.05000000074505806},
                                                                    {"weight_decay", ConfigValue()},
                                                                    {"clipnorm", ConfigValue()},
                                                                    {"global_clipnorm", ConfigValue()},
                                                                    {"clipvalue", ConfigValue()},
                                                                    {"use_ema", false},
                                                                    {"ema_momentum", 0.99},
                                                                    {"ema_overwrite_frequency", ConfigValue()},
                                                                    {"loss_scale_factor", ConfigValue()},
                                                                    {"gradient_accumulation_steps", ConfigValue()},
                                                                    {"beta_1", 0.9},
                                                                    {"beta_2", 0.999},
                                                                    {"epsilon", 1e-07},
                                                                    {"amsgrad", false}}},
                                                  {"registered_name", ConfigValue()}}},
                       {"initial_scale", 4.0},
                       {"dynamic_growth_steps", 2}},
     .config = "{'name': 'loss_scale_optimizer', 'inner_optimizer': {'module': 'keras.optimizers', 'class_name': "
               "'Adam', 'config': {'name': 'adam_2', 'learning_rate': 0.05, 'weight_decay': None, 'clipnorm': None, "
               "'global_clipnorm': None, 'clipvalue': None, 'use_ema': False, 'ema_momentum': 0.99, "
               "'ema_overwrite_frequency': None, 'loss_scale_factor': None, 'gradient_accumulation_steps': None, "
               "'beta_1': 0.9, 'beta_2': 0.999, 'epsilon': 1e-07, 'amsgrad': False}, 'registered_name': None}, "
               "'initial_scale': 4, 'dynamic_growth_steps': 2}",
     .variables = {"(3, 2) -0.6408877 -0.1422603 0.3849801 -0.5283993 0.07924663 0.8295157",
                   "(2,) -0.4564762 0.5149776",
                   "(2, 3) -0.7827794 -0.1458906 0.6586033 -0.4555564 0.2794545 -0.7765614", "() 0", "() 0", "() 1",
                   "() 16", "() 5", "() 0.05",
                   "(3, 2) -0.01009609 0.001624844 0.007145781 0.006311719 -0.008417343 -0.009251406",
                   "(3, 2) 7.678716e-05 3.155006e-05 7.00962e-05 2.899488e-05 6.78017e-05 3.470344e-05",
                   "(2,) 0.02496953 -0.02481453", "(2,) 6.69584e-05 6.037105e-05",
                   "(2, 3) 0.009406406 0.01492734 -0.006156718 -0.0006357813 -0.001469844 -0.003698906",
                   "(2, 3) 3.836308e-05 7.872809e-05 2.972681e-05 6.645406e-05 2.935428e-05 7.316253e-05"}},
    {.class_name = "LossScaleOptimizer",
     .options = Config{{"inner_optimizer", Config{{"module", "keras.optimizers"},
                                                  {"class_name", "SGD"},
                                                  {"config", Config{{"name", "sgd"},
                                                                    {"learning_rate", 0.05000000074505806},
                                                                    {"weight_decay", ConfigValue()},
                                                                    {"clipnorm", ConfigValue()},
                                                                    {"global_clipnorm", ConfigValue()},
                                                                    {"clipvalue", ConfigValue()},
                                                                    {"use_ema", false},
                                                                    {"ema_momentum", 0.99},
                                                                    {"ema_overwrite_frequency", ConfigValue()},
                                                                    {"loss_scale_factor", ConfigValue()},
                                                                    {"gradient_accumulation_steps", ConfigValue()},
                                                                    {"momentum", 0.9},
                                                                    {"nesterov", false}}},
                                                  {"registered_name", ConfigValue()}}}},
     .config =
         "{'name': 'loss_scale_optimizer', 'inner_optimizer': {'module': 'keras.optimizers', 'class_name': 'SGD', "
         "'config': {'name': 'sgd', 'learning_rate': 0.05, 'weight_decay': None, 'clipnorm': None, 'global_clipnorm': "
         "None, 'clipvalue': None, 'use_ema': False, 'ema_momentum': 0.99, 'ema_overwrite_frequency': None, "
         "'loss_scale_factor': None, 'gradient_accumulation_steps': None, 'momentum': 0.9, 'nesterov': False}, "
         "'registered_name': None}, 'initial_scale': 32768, 'dynamic_growth_steps': 2000}",
     .infinite_at = 1,
     .variables = {"(3, 2) -0.7812517 -0.1562432 0.4687433 -0.5312541 0.09374893 0.7187514", "(2,) -0.2812516 0.343757",
                   "(2, 3) -0.656246 -0.03125947 0.5937596 -0.4062538 0.2187487 -0.7812544", "() 0", "() 0", "() 3",
                   "() 16384", "() 4", "() 0.05",
                   "(3, 2) -9.694101e-07 1.257801e-06 -8.48484e-07 -1.340389e-06 1.497173e-06 1.005268e-06",
                   "(2,) -2.260685e-06 3.350926e-06",
                   "(2, 3) 8.497227e-08 -2.021312e-06 2.43063e-06 3.243447e-07 -1.675606e-07 -3.433513e-06"}},
    {.class_name = "LossScaleOptimizer",
     .options = Config{{"inner_optimizer", Config{{"module", "keras.optimizers"},
                                                  {"class_name", "RMSprop"},
                                                  {"config", Config{{"name", "rm_sprop"},
                                                                    {"learning_rate", 0.05000000074505806},
                                                                    {"weight_decay", ConfigValue()},
                                                                    {"clipnorm", ConfigValue()},
                                                                    {"global_clipnorm", ConfigValue()},
                                                                    {"clipvalue", ConfigValue()},
                                                                    {"use_ema", true},
                                                                    {"ema_momentum", 0.5},
                                                                    {"ema_overwrite_frequency", ConfigValue()},
                                                                    {"loss_scale_factor", ConfigValue()},
                                                                    {"gradient_accumulation_steps", ConfigValue()},
                                                                    {"rho", 0.9},
                                                                    {"momentum", 0.0},
                                                                    {"epsilon", 1e-07},
                                                                    {"centered", false}}},
                                                  {"registered_name", ConfigValue()}}},
                       {"initial_scale", 8.0},
                       {"dynamic_growth_steps", 1},
                       {"name", "scaled"}},
     .config =
         "{'name': 'scaled', 'inner_optimizer': {'module': 'keras.optimizers', 'class_name': 'RMSprop', 'config': "
         "{'name': 'rm_sprop', 'learning_rate': 0.05, 'weight_decay': None, 'clipnorm': None, 'global_clipnorm': None, "
         "'clipvalue': None, 'use_ema': True, 'ema_momentum': 0.5, 'ema_overwrite_frequency': None, "
         "'loss_scale_factor': None, 'gradient_accumulation_steps': None, 'rho': 0.9, 'momentum': 0, 'epsilon': 1e-07, "
         "'centered': False}, 'registered_name': None}, 'initial_scale': 8, 'dynamic_growth_steps': 1}",
     .infinite_at = 3,
     .variables = {"(3, 2) -0.589141 -0.1103984 0.3974991 -0.5603143 0.1001288 0.8217186", "(2,) -0.5992675 0.515102",
                   "(2, 3) -0.9543897 -0.1335623 0.6976113 -0.4408365 0.2651885 -0.8606257", "() 0", "() 0", "() 0",
                   "() 64", "() 4", "() 0.05", "(3, 2) -0.599472 -0.08929474 0.3736011 -0.5178396 0.05670754 0.8331305",
                   "(2,) -0.5613521 0.5098324",
                   "(2, 3) -0.9239364 -0.1494287 0.7047253 -0.4740683 0.2901864 -0.8504389",
                   "(3, 2) 0.001059303 0.0001812759 0.0008985733 0.0002228165 0.0006582046 0.000403566",
                   "(2,) 0.0004706192 0.0007894424",
                   "(2, 3) 0.0002264419 0.00109568 0.0001873917 0.0007527481 0.0002875503 0.0005905288"}},
    {.class_name = "MultiOptimizer",
     .options =
         Config{
             {"optimizer_map",
              Config{
                  {"module", "keras.optimizers"},
                  {"class_name", "OptimizerMap"},
                  {"config",
                   Config{{"default_optimizer", Config{{"module", "keras.optimizers"},
                                                       {"class_name", "SGD"},
                                                       {"config", Config{{"name", "sgd_1"},
                                                                         {"learning_rate", 0.20000000298023224},
                                                                         {"weight_decay", ConfigValue()},
                                                                         {"clipnorm", ConfigValue()},
                                                                         {"global_clipnorm", ConfigValue()},
                                                                         {"clipvalue", ConfigValue()},
                                                                         {"use_ema", false},
                                                                         {"ema_momentum", 0.99},
                                                                         {"ema_overwrite_frequency", ConfigValue()},
                                                                         {"loss_scale_factor", 2.0},
                                                                         {"gradient_accumulation_steps", ConfigValue()},
                                                                         {"momentum", 0.0},
                                                                         {"nesterov", false}}},
                                                       {"registered_name", ConfigValue()}}},
                          {"optimizer_map",
                           Config{{"kernel", Config{{"module", "keras.optimizers"},
                                                    {"class_name", "Adam"},
                                                    {"config", Config{{"name", "adam"},
                                                                      {"learning_rate", 0.05000000074505806},
                                                                      {"weight_decay", ConfigValue()},
                                                                      {"clipnorm", ConfigValue()},
                                                                      {"global_clipnorm", ConfigValue()},
                                                                      {"clipvalue", ConfigValue()},
                                                                      {"use_ema", false},
                                                                      {"ema_momentum", 0.99},
                                                                      {"ema_overwrite_frequency", ConfigValue()},
                                                                      {"loss_scale_factor", 2.0},
                                                                      {"gradient_accumulation_steps", 2},
                                                                      {"beta_1", 0.9},
                                                                      {"beta_2", 0.999},
                                                                      {"epsilon", 1e-07},
                                                                      {"amsgrad", false}}},
                                                    {"registered_name", ConfigValue()}}},
                                  {"emb.*",
                                   Config{{"module", "keras.optimizers"},
                                          {"class_name", "SGD"},
                                          {"config", Config{{"name", "sgd"},
                                                            {"learning_rate",
                                                             Config{{"module", "keras.optimizers.schedules"},
                                                                    {"class_name", "InverseTimeDecay"},
                                                                    {"config", Config{{"initial_learning_rate", 0.1},
                                                                                      {"decay_steps", 2},
                                                                                      {"decay_rate", 1.0},
                                                                                      {"staircase", false},
                                                                                      {"name", "InverseTimeDecay"}}},
                                                                    {"registered_name", ConfigValue()}}},
                                                            {"weight_decay", ConfigValue()},
                                                            {"clipnorm", ConfigValue()},
                                                            {"global_clipnorm", ConfigValue()},
                                                            {"clipvalue", ConfigValue()},
                                                            {"use_ema", false},
                                                            {"ema_momentum", 0.99},
                                                            {"ema_overwrite_frequency", ConfigValue()},
                                                            {"loss_scale_factor", 2.0},
                                                            {"gradient_accumulation_steps", ConfigValue()},
                                                            {"momentum", 0.5},
                                                            {"nesterov", false}}},
                                          {"registered_name", ConfigValue()}}}}}}},
                  {"registered_name", ConfigValue()}}},
             {"loss_scale_factor", 2.0}},
     .config =
         "{'optimizer_map': {'module': 'keras.optimizers', 'class_name': 'OptimizerMap', 'config': "
         "{'default_optimizer': {'module': 'keras.optimizers', 'class_name': 'SGD', 'config': {'name': 'sgd_1', "
         "'learning_rate': 0.2, 'weight_decay': None, 'clipnorm': None, 'global_clipnorm': None, 'clipvalue': None, "
         "'use_ema': False, 'ema_momentum': 0.99, 'ema_overwrite_frequency': None, 'loss_scale_factor': 2, "
         "'gradient_accumulation_steps': None, 'momentum': 0, 'nesterov': False}, 'registered_name': None}, "
         "'optimizer_map': {'kernel': {'module': 'keras.optimizers', 'class_name': 'Adam', 'config': {'name': 'adam', "
         "'learning_rate': 0.05, 'weight_decay': None, 'clipnorm': None, 'global_clipnorm': None, 'clipvalue': None, "
         "'use_ema': False, 'ema_momentum': 0.99, 'ema_overwrite_frequency': None, 'loss_scale_factor': 2, "
         "'gradient_accumulation_steps': 2, 'beta_1': 0.9, 'beta_2': 0.999, 'epsilon': 1e-07, 'amsgrad': False}, "
         "'registered_name': None}, 'emb.*': {'module': 'keras.optimizers', 'class_name': 'SGD', 'config': {'name': "
         "'sgd', 'learning_rate': {'module': 'keras.optimizers.schedules', 'class_name': 'InverseTimeDecay', 'config': "
         "{'initial_learning_rate': 0.1, 'decay_steps': 2, 'decay_rate': 1, 'staircase': False, 'name': "
         "'InverseTimeDecay'}, 'registered_name': None}, 'weight_decay': None, 'clipnorm': None, 'global_clipnorm': "
         "None, 'clipvalue': None, 'use_ema': False, 'ema_momentum': 0.99, 'ema_overwrite_frequency': None, "
         "'loss_scale_factor': 2, 'gradient_accumulation_steps': None, 'momentum': 0.5, 'nesterov': False}, "
         "'registered_name': None}}}, 'registered_name': None}, 'loss_scale_factor': 2, 'name': 'multi_optimizer'}",
     .variables = {"(3, 2) -0.7338824 -0.1879436 0.372865 -0.5684555 0.1411157 0.8022501", "(2,) -0.4625 0.525",
                   "(2, 3) -0.6826953 -0.1179297 0.6297525 -0.4304818 0.2297005 -0.7763672", "() 5", "() 0", "() 5",
                   "() 0.05", "(3, 2) -0.21875 0.21875 -0.34375 0.09375 -0.46875 -0.03125",
                   "(3, 2) 0.003125001 -0.01375 0.024375 0.0125 0.0006250003 -0.01125",
                   "(3, 2) 0.0001952148 7.810938e-05 3.90586e-05 1.5625e-05 7.808594e-06 1.560938e-05", "() 5",
                   "(2, 3) -0.007513021 -0.001028645 0.002539062 0.009023439 9.114516e-05 -0.01425781", "() 5",
                   "() 0.2"}},
    {.class_name = "MultiOptimizer",
     .options =
         Config{{"optimizer_map",
                 Config{{"module", "keras.optimizers"},
                        {"class_name", "OptimizerMap"},
                        {"config", Config{{"default_optimizer",
                                           Config{{"module", "keras.optimizers"},
                                                  {"class_name", "Lion"},
                                                  {"config", Config{{"name", "lion"},
                                                                    {"learning_rate", 0.05000000074505806},
                                                                    {"weight_decay", ConfigValue()},
                                                                    {"clipnorm", ConfigValue()},
                                                                    {"global_clipnorm", ConfigValue()},
                                                                    {"clipvalue", ConfigValue()},
                                                                    {"use_ema", false},
                                                                    {"ema_momentum", 0.99},
                                                                    {"ema_overwrite_frequency", ConfigValue()},
                                                                    {"loss_scale_factor", ConfigValue()},
                                                                    {"gradient_accumulation_steps", ConfigValue()},
                                                                    {"beta_1", 0.9},
                                                                    {"beta_2", 0.99}}},
                                                  {"registered_name", ConfigValue()}}},
                                          {"optimizer_map", Config{}}}},
                        {"registered_name", ConfigValue()}}},
                {"name", "multi"}},
     .config = "{'optimizer_map': {'module': 'keras.optimizers', 'class_name': 'OptimizerMap', 'config': "
               "{'default_optimizer': {'module': 'keras.optimizers', 'class_name': 'Lion', 'config': {'name': 'lion', "
               "'learning_rate': 0.05, 'weight_decay': None, 'clipnorm': None, 'global_clipnorm': None, 'clipvalue': "
               "None, 'use_ema': False, 'ema_momentum': 0.99, 'ema_overwrite_frequency': None, 'loss_scale_factor': "
               "None, 'gradient_accumulation_steps': None, 'beta_1': 0.9, 'beta_2': 0.99}, 'registered_name': None}, "
               "'optimizer_map': {}}, 'registered_name': None}, 'loss_scale_factor': None, 'name': 'multi'}",
     .variables = {"(3, 2) -0.73125 -0.10625 0.41875 -0.58125 0.14375 0.76875", "(2,) -0.43125 0.49375",
                   "(2, 3) -0.70625 -0.08125 0.64375 -0.35625 0.16875 -0.83125", "() 5", "() 0", "() 5", "() 0.05",
                   "(3, 2) -0.004068706 -0.0005870024 0.002890721 0.006762504 -0.009361756 -0.005489973",
                   "(2,) 0.01779171 -0.01774245",
                   "(2, 3) 0.005539235 0.009016958 -0.006713241 -0.003235517 0.000636265 0.004511987"}},
};

}  // namespace keratin::test
