// The functional API: a residual network with two inputs, two outputs and a layer used twice.
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <span>
#include <vector>
#include <keratin/keratin.h>

namespace kt = keratin;
namespace layers = keratin::layers;
namespace ops = keratin::ops;

kt::Model build(kt::Session& session) {
  kt::Tensor image = session.input({8, 8, 1}, {.name = "image"});
  kt::Tensor context = session.input({4}, {.name = "context"});

  kt::Tensor x = layers::Conv2D(16, 3, {.padding = "same", .activation = "relu"})(image);
  kt::Tensor y = layers::Conv2D(16, 3, {.padding = "same", .use_bias = false})(x);
  y = layers::BatchNormalization()(y);
  x = layers::Activation("relu")(layers::Add()({x, y}));
  x = layers::GlobalAveragePooling2D()(x);

  auto encoder = session.add(layers::Dense(8, {.activation = "tanh"}));  // one set of weights, used twice
  kt::Tensor merged = layers::Concatenate()({x, encoder(context), encoder(ops::square(context))});

  kt::Tensor digit = layers::Dense(10, {.activation = "softmax", .name = "digit"})(merged);
  kt::Tensor parity = layers::Dense(1, {.activation = "sigmoid", .name = "parity"})(merged);
  return kt::Model({image, context}, {digit, parity}, {.name = "two_headed"});
}

int main() {
  const auto [train, test] = kt::datasets::digits();
  const kt::Array images = train.x.reshaped({-1, 8, 8, 1});
  const kt::Array context = kt::Array::zeros({images.shape()[0], 4});
  kt::Array parity = kt::Array::zeros({images.shape()[0], 1});
  const std::span<const std::int32_t> digit = train.y.data<std::int32_t>();
  const std::span<float> odd = parity.mutable_data<float>();
  for (std::size_t i = 0; i < odd.size(); ++i) odd[i] = float(digit[i] % 2);

  kt::Session session({.seed = 1});
  kt::Model model = build(session);
  model.compile({
      .optimizer = "adam",
      .loss = {{"digit", "sparse_categorical_crossentropy"}, {"parity", "binary_crossentropy"}},
      .loss_weights = {{"digit", 1.0}, {"parity", 0.5}},
      .metrics = {{"digit", {"accuracy"}}, {"parity", {"binary_accuracy"}}},
  });
  const kt::History history = model.fit({{"image", images}, {"context", context}},
                                        {{"digit", train.y}, {"parity", parity}},
                                        {.batch_size = 64, .epochs = 4, .verbose = 2});
  const kt::Outputs outputs = model.predict({{"image", images}, {"context", context}});
  std::cout << model.summary() << '\n' << history << '\n';
  const bool fine = outputs["digit"].shape()[1] == 10 && outputs["parity"].shape()[1] == 1 &&
                    history["digit_accuracy"].back() > history["digit_accuracy"].front();
  return fine ? EXIT_SUCCESS : EXIT_FAILURE;
}
