#include "programs/kinds.h"

#include <utility>

namespace keratin::test {
namespace {

using namespace layers;

Model compiled(Model model, OptimizerSpec optimizer, LossesSpec loss) {
  model.compile({.optimizer = std::move(optimizer), .loss = std::move(loss)});
  return model;
}

Model classifier(Session& session, std::vector<LayerSpec> layers, OptimizerSpec optimizer = "adam") {
  layers.emplace_back(Dense(4, {.activation = "softmax"}));
  return compiled(Sequential(session, layers), std::move(optimizer), "sparse_categorical_crossentropy");
}

Model dense(Session& session) {
  return classifier(session, {Input({12}), Dense(32, {.activation = "relu"}), Dense(16, {.activation = "tanh"})});
}

Model dropout(Session& session) {
  return classifier(session, {Input({12}), GaussianNoise(0.1), Dense(24, {.activation = "selu"}), Dropout(0.3)}, "sgd");
}

Model batch_normalization(Session& session) {
  return classifier(session, {Input({12}), Dense(24), BatchNormalization(), ReLU()}, "rmsprop");
}

Model layer_normalization(Session& session) {
  return classifier(session, {Input({12}), Dense(24), LayerNormalization(), GaussianDropout(0.1)}, "nadam");
}

Model convolution_1d(Session& session) {
  return classifier(session, {Input({10, 3}), Conv1D(8, 3, {.activation = "relu"}), MaxPooling1D(2), Flatten()});
}

Model convolution_2d(Session& session) {
  return classifier(session, {Input({10, 10, 2}), Conv2D(6, 3, {.activation = "relu"}), MaxPooling2D(2), Flatten()});
}

Model separable(Session& session) {
  return classifier(session, {Input({10, 10, 2}), SeparableConv2D(6, 3), DepthwiseConv2D(3), GlobalAveragePooling2D()},
                    "adagrad");
}

Model autoencoder(Session& session) {
  return compiled(Sequential(session, {Input({10, 10, 2}), Conv2D(4, 3, {.strides = 2, .padding = "same"}),
                                       Conv2DTranspose(2, 3, {.strides = 2, .padding = "same"})}),
                  "adam", "mse");
}

Model simple_rnn(Session& session) { return classifier(session, {Input({10, 3}), SimpleRNN(12)}); }

Model stacked_lstm(Session& session) {
  return classifier(session, {Input({10, 3}), LSTM(12, {.return_sequences = true}), LSTM(8)});
}

Model gru(Session& session) { return classifier(session, {Input({10, 3}), GRU(12, {.dropout = 0.1})}, "rmsprop"); }

Model bidirectional(Session& session) { return classifier(session, {Input({10, 3}), Bidirectional(LSTM(8))}); }

Model conv_lstm(Session& session) { return classifier(session, {Input({3, 6, 6, 2}), ConvLSTM2D(4, 3), Flatten()}); }

Model embedding(Session& session) {
  return classifier(session,
                    {Input({9}, {.dtype = int32}), Embedding(30, 8, {.mask_zero = true}), GlobalAveragePooling1D()});
}

Model attention(Session& session) {
  const Tensor x = session.input({9}, {.dtype = int32});
  const Tensor words = Embedding(30, 8)(x);
  const Tensor seen = LayerNormalization()(words + MultiHeadAttention(2, 4)({words, words}));
  const Tensor answer = Dense(4, {.activation = "softmax"})(GlobalAveragePooling1D()(seen));
  return compiled(Model(x, answer), "adam", "sparse_categorical_crossentropy");
}

Model two_inputs(Session& session) {
  const Tensor left = session.input({12});
  const Tensor right = session.input({12});
  const Tensor both = Concatenate()({Dense(8, {.activation = "relu"})(left), Dense(8)(right)});
  return compiled(Model({left, right}, Dense(4, {.activation = "softmax"})(both)), "adam",
                  "sparse_categorical_crossentropy");
}

Model shared(Session& session) {
  const Tensor left = session.input({12});
  const Tensor right = session.input({12});
  const auto both = session.add(Dense(8, {.activation = "tanh"}));
  const Tensor distance = Subtract()({both(left), both(right)});
  return compiled(Model({left, right}, Dense(4, {.activation = "softmax"})(distance)), "sgd",
                  "sparse_categorical_crossentropy");
}

Model residual(Session& session) {
  const Tensor x = session.input({10, 10, 2});
  const Tensor first = Conv2D(4, 3, {.padding = "same"})(x);
  const Tensor second = BatchNormalization()(Conv2D(4, 3, {.padding = "same"})(ReLU()(first)));
  const Tensor answer = Dense(4, {.activation = "softmax"})(GlobalAveragePooling2D()(Add()({first, second})));
  return compiled(Model(x, answer), "adam", "sparse_categorical_crossentropy");
}

Model two_outputs(Session& session) {
  const Tensor x = session.input({12});
  const Tensor hidden = Dense(16, {.activation = "relu"})(x);
  return compiled(Model(x, {Dense(4, {.activation = "softmax"})(hidden), Dense(1)(hidden)}), "adam",
                  {LossSpec("sparse_categorical_crossentropy"), LossSpec("mse")});
}

Model stateful(Session& session) {
  return compiled(Sequential(session, {Input({10, 3}, {.batch_size = kind_batch}), TimeDistributed(Dense(4)),
                                       LSTM(8, {.stateful = true}), Dense(4, {.activation = "softmax"})}),
                  "adam", "sparse_categorical_crossentropy");
}

Array numbers(const Shape& shape) { return Array::random_normal(shape, {.seed = 1}); }

Array below(const Shape& shape, double count) {
  return Array::random_uniform(shape, {.maxval = count, .seed = 2}).astype(int32);
}

}  // namespace

std::vector<Kind> twenty_kinds() {
  const Array flat = numbers({kind_rows, 12});
  const Array series = numbers({kind_rows, 10, 3});
  const Array images = numbers({kind_rows, 10, 10, 2});
  const Array words = below({kind_rows, 9}, 30);
  const Array classes = below({kind_rows}, 4);
  return {
      {"dense", dense, {flat}, {classes}},
      {"dropout and noise", dropout, {flat}, {classes}},
      {"BatchNormalization", batch_normalization, {flat}, {classes}},
      {"LayerNormalization", layer_normalization, {flat}, {classes}},
      {"Conv1D", convolution_1d, {series}, {classes}},
      {"Conv2D", convolution_2d, {images}, {classes}},
      {"SeparableConv2D", separable, {images}, {classes}},
      {"Conv2DTranspose", autoencoder, {images}, {images}},
      {"SimpleRNN", simple_rnn, {series}, {classes}},
      {"two LSTMs", stacked_lstm, {series}, {classes}},
      {"GRU", gru, {series}, {classes}},
      {"Bidirectional", bidirectional, {series}, {classes}},
      {"ConvLSTM2D", conv_lstm, {numbers({kind_rows, 3, 6, 6, 2})}, {classes}},
      {"Embedding with a mask", embedding, {words}, {classes}},
      {"attention", attention, {words}, {classes}},
      {"two inputs", two_inputs, {flat, flat}, {classes}},
      {"a shared layer", shared, {flat, numbers({kind_rows, 12})}, {classes}},
      {"residual", residual, {images}, {classes}},
      {"two outputs", two_outputs, {flat}, {classes, numbers({kind_rows, 1})}},
      {"stateful", stateful, {series}, {classes}, true},
  };
}

}  // namespace keratin::test
