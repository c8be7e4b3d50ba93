// Train, evaluate, predict, clear: the whole life of a model.
#include <cstdlib>
#include <iostream>
#include <keratin/keratin.h>

namespace kt = keratin;
namespace layers = keratin::layers;

int main() {
  const auto [train, test] = kt::datasets::digits();  // real data that ships with the library

  kt::Session session({.seed = 7});
  auto model = kt::Sequential(session, {
      layers::Input({64}),
      layers::Rescaling(1.0 / 16),
      layers::Dense(128, {.activation = "relu"}),
      layers::Dropout(0.2),
      layers::Dense(10, {.activation = "softmax"}),
  });
  model.compile({
      .optimizer = kt::optimizers::Adam({.learning_rate = 3e-3}),
      .loss = "sparse_categorical_crossentropy",
      .metrics = {"accuracy"},
  });
  std::cout << model.summary() << '\n'
            << model.memory_plan({.batch_size = 32}) << '\n';  // what fit will take, before it runs

  kt::callbacks::EarlyStopping early_stopping({.monitor = "val_loss", .patience = 5, .restore_best_weights = true});
  const kt::History history = model.fit(train.x, train.y, {
      .batch_size = 32,
      .epochs = 20,
      .callbacks = {kt::borrow(early_stopping), kt::callbacks::CSVLogger("history.csv")},
      .validation_split = 0.1,
  });

  const kt::Logs scores = model.evaluate(test.x, test.y, {.batch_size = 64});
  const kt::Array probabilities = model.predict(test.x);

  const kt::ClearReport freed = session.clear();
  std::cout << freed << '\n' << session.memory() << '\n';

  const bool fine = scores.at("accuracy") >= 0.96 && history["loss"].size() >= 2 &&
                    probabilities.shape() == kt::Shape{test.x.shape()[0], 10} &&  // an Array outlives clear()
                    freed.bytes > 0 && session.memory().current_bytes == 0;
  return fine ? EXIT_SUCCESS : EXIT_FAILURE;
}
