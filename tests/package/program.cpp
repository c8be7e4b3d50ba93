// The least that a user's program does: a model is made and trained, and the session lets go of it.
#include <cstdlib>
#include <iostream>

#include <keratin/keratin.h>
#include <keratin/version.h>

namespace kt = keratin;
namespace layers = keratin::layers;

int main() {
  const auto [train, test] = kt::datasets::digits();
  kt::Session session({.seed = 1});
  auto model = kt::Sequential(session, {layers::Input({64}), layers::Dense(10, {.activation = "softmax"})});
  model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  model.fit(train.x, train.y, {.epochs = 1, .verbose = 0});
  const bool learned = model.evaluate(test.x, test.y, {.verbose = 0}).at("accuracy") > 0.3;

  bool caught = false;  // an exception's type crosses the library's border
  session.clear();
  try {
    model.predict(test.x);
  } catch (const kt::StaleHandleError&) {
    caught = true;
  }
  std::cout << "Keratin " << KERATIN_VERSION << '\n';
  return learned && caught && session.memory().current_bytes == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
