// Train a network on handwritten digits, see where its memory is, and let go of all of it.
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
  const kt::MemoryPlan plan = model.memory_plan({.batch_size = 32, .rows = train.x.shape()[0]});
  std::cout << model.summary() << '\n' << "Before fit: " << plan << "\n\n";

  model.fit(train.x, train.y, {.batch_size = 32, .epochs = 20});
  const kt::MemoryReport used = session.memory();

  const kt::Logs scores = model.evaluate(test.x, test.y, {.batch_size = 64, .verbose = 0});
  const kt::Array probabilities = model.predict(test.x);
  std::cout << "\nAfter fit: " << used << '\n' << "On the test digits: " << scores << "\n\n";

  const kt::ClearReport freed = session.clear();
  std::cout << freed << '\n' << session.memory() << '\n';

  const bool fine = scores.at("accuracy") >= 0.97 && probabilities.shape() == kt::Shape{test.x.shape()[0], 10} &&
                    used.peak_bytes <= plan.peak_bytes && session.memory().current_bytes == 0;
  return fine ? EXIT_SUCCESS : EXIT_FAILURE;
}
