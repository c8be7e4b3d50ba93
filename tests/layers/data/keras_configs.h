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
            {"Attention", R"({'use_scale': True, 'score_mode': 'concat', 'dropout': 0.25, 'seed': 7})"},
            {"AdditiveAttention", R"({'use_scale': False, 'dropout': 0.25, 'seed': 7})"},
            {"MultiHeadAttention",
             R"({'num_heads': 2, 'key_dim': 3, 'value_dim': 4, 'dropout': 0.25, 'use_bias': False, 'use_gate': True, 'output_shape': [5, 6], 'attention_axes': [1, 2], 'sliding_window': 3, 'kernel_initializer': {'class_name': 'Constant', 'config': {'value': 0.75}}, 'bias_initializer': {'class_name': 'Constant', 'config': {'value': 0.5}}, 'kernel_regularizer': {'class_name': 'L1', 'config': {'l1': 0.25}}, 'bias_regularizer': {'class_name': 'L2', 'config': {'l2': 0.125}}, 'activity_regularizer': None, 'kernel_constraint': {'class_name': 'UnitNorm', 'config': {'axis': 1}}, 'bias_constraint': {'class_name': 'NonNeg', 'config': {}}, 'seed': 7})"},
            {"GroupQueryAttention",
             R"({'activity_regularizer': {'class_name': 'L1', 'config': {'l1': 0.5}}, 'head_dim': 3, 'num_query_heads': 4, 'num_key_value_heads': 2, 'use_bias': False, 'use_gate': True, 'sliding_window': 3, 'dropout': 0.25, 'kernel_initializer': {'class_name': 'Constant', 'config': {'value': 0.75}}, 'bias_initializer': {'class_name': 'Constant', 'config': {'value': 0.5}}, 'kernel_regularizer': {'class_name': 'L1', 'config': {'l1': 0.25}}, 'bias_regularizer': {'class_name': 'L2', 'config': {'l2': 0.125}}, 'kernel_constraint': {'class_name': 'UnitNorm', 'config': {'axis': 1}}, 'bias_constraint': {'class_name': 'NonNeg', 'config': {}}, 'seed': 7})"},
            {"Embedding",
             R"({'input_dim': 5, 'output_dim': 3, 'embeddings_initializer': {'class_name': 'Constant', 'config': {'value': 0.75}}, 'embeddings_regularizer': {'class_name': 'L1', 'config': {'l1': 0.25}}, 'activity_regularizer': None, 'embeddings_constraint': {'class_name': 'NonNeg', 'config': {}}, 'mask_zero': True})"},
            {"ReversibleEmbedding",
             R"({'input_dim': 5, 'output_dim': 3, 'embeddings_initializer': {'class_name': 'Constant', 'config': {'value': 0.75}}, 'embeddings_regularizer': {'class_name': 'L1', 'config': {'l1': 0.25}}, 'activity_regularizer': None, 'embeddings_constraint': {'class_name': 'NonNeg', 'config': {}}, 'mask_zero': True, 'tie_weights': False, 'reverse_dtype': 'float64', 'logit_soft_cap': 2.5})"},
            {"EinsumDense",
             R"({'output_shape': [None, 3], 'equation': 'abc,cd->abd', 'activation': 'relu', 'bias_axes': 'd', 'kernel_initializer': {'class_name': 'Constant', 'config': {'value': 0.75}}, 'bias_initializer': {'class_name': 'Constant', 'config': {'value': 0.5}}, 'kernel_regularizer': {'class_name': 'L1', 'config': {'l1': 0.25}}, 'bias_regularizer': {'class_name': 'L2', 'config': {'l2': 0.125}}, 'activity_regularizer': None, 'kernel_constraint': {'class_name': 'UnitNorm', 'config': {'axis': 1}}, 'bias_constraint': {'class_name': 'NonNeg', 'config': {}}})"},
};

}  // namespace keratin::test
