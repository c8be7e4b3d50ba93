// argv[1]: a .keras file that Keras itself saved. Load it, look at it, freeze its body, train a new head.
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>
#include <keratin/keratin.h>

namespace kt = keratin;
namespace layers = keratin::layers;

int main(int argc, char** argv) {
  if (argc < 2) return EXIT_FAILURE;
  kt::Session session({.seed = 8});
  kt::Model base = kt::load_model(session, argv[1]);
  std::cout << base.summary() << '\n';

  for (kt::LayerRef layer : base.layers()) layer.set_trainable(false);
  kt::Tensor features = base.layers().at(base.layers().size() - 2).output();
  kt::Model model(base.inputs(), {layers::Dense(3, {.activation = "softmax", .name = "head"})(features)});
  model.compile({.optimizer = kt::optimizers::Adam({.learning_rate = 1e-2}), .loss = "sparse_categorical_crossentropy"});

  kt::Shape shape = base.inputs().front().shape();
  shape[0] = 48;
  const kt::Array x = kt::Array::random_normal(shape, {.seed = 1});
  std::vector<std::int32_t> classes(48);
  for (std::size_t i = 0; i < classes.size(); ++i) classes[i] = std::int32_t(i % 3);
  const kt::Array y = kt::Array::copy_of(classes);

  const auto frozen = base.get_weights();
  const auto history = model.fit(x, y, {.batch_size = 16, .epochs = 5});

  bool untouched = true;
  const auto after = base.get_weights();
  for (std::size_t i = 0; i < frozen.size(); ++i)
    if (base.weights()[i].path().find("head") == std::string::npos) untouched = untouched && kt::max_abs_difference(frozen[i], after[i]) == 0;
  return untouched && history["loss"].back() < history["loss"].front() ? EXIT_SUCCESS : EXIT_FAILURE;
}
