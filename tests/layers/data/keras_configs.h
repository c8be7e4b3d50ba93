#pragma once

#include <string_view>
#include <utility>

// get_config of Keras 3.15.1, layer by layer, as keratin::to_string writes it. To write it anew:
//     KERAS_BACKEND=tensorflow python tests/support/record_layer_configs.py

namespace keratin::test {

inline constexpr std::pair<std::string_view, std::string_view>
    keras_configs[] =
        {
            {"Dense",
             R"({'activity_regularizer': {'class_name': 'L1', 'config': {'l1': 0.25}}, 'units': 3, 'activation': 'gelu', 'use_bias': False, 'kernel_initializer': {'class_name': 'Constant', 'config': {'value': 0.75}}, 'bias_initializer': {'class_name': 'Constant', 'config': {'value': 0.5}}, 'kernel_regularizer': {'class_name': 'L1L2', 'config': {'l1': 0.25, 'l2': 0.5}}, 'bias_regularizer': {'class_name': 'L2', 'config': {'l2': 0.125}}, 'kernel_constraint': {'class_name': 'UnitNorm', 'config': {'axis': 1}}, 'bias_constraint': {'class_name': 'NonNeg', 'config': {}}})"},
            {"Activation", R"({'activation': 'softmax'})"},
            {"Identity", R"({})"},
            {"Masking", R"({'mask_value': -1.5})"},
            {"BatchNormalization",
             R"({'axis': 1, 'momentum': 0.5, 'epsilon': 0.25, 'center': False, 'scale': False, 'beta_initializer': {'class_name': 'Constant', 'config': {'value': 0.5}}, 'gamma_initializer': {'class_name': 'Constant', 'config': {'value': 0.75}}, 'moving_mean_initializer': {'class_name': 'Constant', 'config': {'value': 2}}, 'moving_variance_initializer': {'class_name': 'Constant', 'config': {'value': 3}}, 'beta_regularizer': {'class_name': 'L1', 'config': {'l1': 0.25}}, 'gamma_regularizer': {'class_name': 'L2', 'config': {'l2': 0.125}}, 'beta_constraint': {'class_name': 'NonNeg', 'config': {}}, 'gamma_constraint': {'class_name': 'MaxNorm', 'config': {'max_value': 1.5, 'axis': 0}}, 'synchronized': True, 'renorm': True, 'renorm_clipping': {'rmax': 3, 'rmin': 0.25, 'dmax': 5}, 'renorm_momentum': 0.75})"},
            {"LayerNormalization", R"({'axis': [1, 2], 'epsilon': 0.25, 'center': False, 'scale': False, 'rms_scaling': False, 'beta_initializer': {'class_name': 'Constant', 'config': {'value': 0.5}}, 'gamma_initializer': {'class_name': 'Constant', 'config': {'value': 0.75}}, 'beta_regularizer': {'class_name': 'L1', 'config': {'l1': 0.25}}, 'gamma_regularizer': {'class_name': 'L2', 'config': {'l2': 0.125}}, 'beta_constraint': {'class_name': 'NonNeg', 'config': {}}, 'gamma_constraint': {'class_name': 'MaxNorm', 'config': {'max_value': 1.5, 'axis': 0}}})"},
            {"GroupNormalization",
             R"({'groups': 4, 'axis': 1, 'epsilon': 0.25, 'center': False, 'scale': False, 'beta_initializer': {'class_name': 'Constant', 'config': {'value': 0.5}}, 'gamma_initializer': {'class_name': 'Constant', 'config': {'value': 0.75}}, 'beta_regularizer': {'class_name': 'L1', 'config': {'l1': 0.25}}, 'gamma_regularizer': {'class_name': 'L2', 'config': {'l2': 0.125}}, 'beta_constraint': {'class_name': 'NonNeg', 'config': {}}, 'gamma_constraint': {'class_name': 'MaxNorm', 'config': {'max_value': 1.5, 'axis': 0}}})"},
            {"RMSNormalization", R"({'axis': [1, 2], 'epsilon': 0.25})"},
            {"UnitNormalization", R"({'axis': [1, 2]})"},
            {"SpectralNormalization",
             R"({'layer': {'class_name': 'Masking', 'config': {'name': 'inner', 'trainable': True, 'dtype': {'class_name': 'DTypePolicy', 'config': {'name': 'float32'}}, 'mask_value': 0}}, 'power_iterations': 3})"},
            {"Dropout", R"({'rate': 0.25, 'seed': 7, 'noise_shape': [None, 1, 3]})"},
            {"SpatialDropout1D", R"({'rate': 0.25, 'seed': 7})"},
            {"SpatialDropout2D", R"({'rate': 0.25, 'seed': 7, 'data_format': 'channels_first'})"},
            {"SpatialDropout3D", R"({'rate': 0.25, 'seed': 7, 'data_format': 'channels_first'})"},
            {"GaussianDropout", R"({'rate': 0.25, 'seed': 7})"},
            {"GaussianNoise", R"({'stddev': 0.25, 'seed': 7})"},
            {"AlphaDropout", R"({'rate': 0.25, 'seed': 7, 'noise_shape': [None, 1, 3]})"},
            {"ActivityRegularization", R"({'l1': 0.25, 'l2': 0.5})"},
            {"Flatten", R"({'data_format': 'channels_first'})"},
            {"Reshape", R"({'target_shape': [-1, 4]})"},
            {"Permute", R"({'dims': [2, 1]})"},
            {"RepeatVector", R"({'n': 3})"},
            {"Add", R"({})"},
            {"Subtract", R"({})"},
            {"Multiply", R"({})"},
            {"Average", R"({})"},
            {"Maximum", R"({})"},
            {"Minimum", R"({})"},
            {"Concatenate", R"({'axis': 1})"},
            {"Dot", R"({'axes': [1, 2], 'normalize': True})"},
            {"Rescaling", R"({'scale': [0.5, 0.25], 'offset': -1.5})"},
            {"Normalization",
             R"({'axis': [1, 2], 'invert': True, 'mean': [[1, 2.5], [3, 4]], 'variance': [[0.25, 0.5], [2, 1]]})"},
};

}  // namespace keratin::test
