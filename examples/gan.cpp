// Two networks against each other: one invents digits, the other tells them from real ones. One compiled function with
// two optimizers, each on its own network's weights. I. Goodfellow et al., "Generative adversarial nets", NeurIPS 2014.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <set>
#include <tuple>

#include <keratin/keratin.h>

namespace kt = keratin;
namespace layers = keratin::layers;
namespace ops = keratin::ops;

namespace {

constexpr std::int64_t noise_size = 24;

/// How digit-like images are, to a network that knows digits.
struct Judgement {
  std::size_t kinds;  ///< of the ten digits, how many appear
  double confidence;  ///< mean probability of the most likely one
};

Judgement judged(kt::Model& judge, const kt::Array& images) {
  const kt::Array probabilities = judge.predict(images);
  std::set<std::ptrdiff_t> kinds;
  double sum = 0.0;
  const std::int64_t rows = probabilities.shape()[0];
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto classes = probabilities.data<float>().subspan(static_cast<std::size_t>(row) * 10, 10);
    const auto likeliest = std::max_element(classes.begin(), classes.end());
    kinds.insert(likeliest - classes.begin());
    sum += *likeliest;
  }
  return {kinds.size(), sum / static_cast<double>(rows)};
}

/// Grey levels 0–1.
kt::Array scaled(const kt::Array& images) {
  kt::Array levels = images.astype(kt::float32).copy();
  for (float& level : levels.mutable_data<float>()) level /= 16.0f;
  return levels;
}

void print_side_by_side(const kt::Array& images, std::int64_t count) {
  constexpr char shades[] = " .:-=+*#%@";
  for (std::int64_t y = 0; y < 8; ++y) {
    for (std::int64_t image = 0; image < count; ++image) {
      for (std::int64_t x = 0; x < 8; ++x)
        std::cout << shades[static_cast<int>(std::clamp(images.at<float>({image, y * 8 + x}), 0.0f, 0.999f) * 10)];
      std::cout << "  ";
    }
    std::cout << '\n';
  }
}

}  // namespace

int main() {
  const auto [train, test] = kt::datasets::digits();
  kt::Session session({.seed = 4});

  auto judge = kt::Sequential(session, {layers::Input({64}), layers::Dense(64, {.activation = "relu"}),
                                        layers::Dense(10, {.activation = "softmax"})});
  judge.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  const kt::Array real = scaled(train.x);
  judge.fit(real, train.y, {.epochs = 30, .verbose = 0});

  auto generator = kt::Sequential(
      session, {layers::Input({noise_size}), layers::Dense(128, {.activation = "relu"}), layers::BatchNormalization(),
                layers::Dense(128, {.activation = "relu"}), layers::Dense(64, {.activation = "sigmoid"})});
  auto discriminator =
      kt::Sequential(session, {layers::Input({64}), layers::Dense(128), layers::LeakyReLU({.negative_slope = 0.2}),
                               layers::Dropout(0.4), layers::Dense(128), layers::LeakyReLU({.negative_slope = 0.2}),
                               layers::Dropout(0.4), layers::Dense(1)});
  const kt::losses::BinaryCrossentropy smoothed_loss({.from_logits = true, .label_smoothing = 0.1});
  const kt::losses::BinaryCrossentropy plain_loss({.from_logits = true});
  auto generator_optimizer = session.add(kt::optimizers::Adam({.learning_rate = 4e-4, .beta_1 = 0.5}));
  auto discriminator_optimizer = session.add(kt::optimizers::Adam({.learning_rate = 4e-4, .beta_1 = 0.5}));

  auto step = session.function(
      [&](const kt::Tensor& images, const kt::Tensor& noise) {
        const kt::Tensor fakes = generator(noise, {.training = true});
        const kt::Tensor of_real = discriminator(images, {.training = true});
        const kt::Tensor of_fakes = discriminator(fakes, {.training = true});
        const kt::Tensor told_apart =
            smoothed_loss(ops::ones_like(of_real), of_real) + smoothed_loss(ops::zeros_like(of_fakes), of_fakes);
        const kt::Tensor fooled = plain_loss(ops::ones_like(of_fakes), of_fakes);
        // Both gradients before either network changes.
        const auto d_weights = discriminator.trainable_variables();
        const auto g_weights = generator.trainable_variables();
        const auto d_gradients = kt::gradients(told_apart, d_weights);
        const auto g_gradients = kt::gradients(fooled, g_weights);
        discriminator_optimizer->apply(d_gradients, d_weights);
        generator_optimizer->apply(g_gradients, g_weights);
        return std::tuple{told_apart, fooled};
      },
      {.name = "gan_step"});

  constexpr std::int64_t batch_size = 64;
  constexpr int epochs = 120;
  const kt::Array seeds_to_show = kt::Array::random_normal({200, noise_size}, {.seed = 1});
  std::cout << "epoch   discriminator   generator   digits seen   confidence of the judge\n" << std::fixed;
  std::uint64_t draw = 2;
  Judgement last{};
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    float told_apart = 0.0f;
    float fooled = 0.0f;
    for (const auto& [images, labels] : kt::Examples{real, train.y}.batches(batch_size)) {
      const auto results = step(images, kt::Array::random_normal({images.shape()[0], noise_size}, {.seed = draw++}));
      told_apart = results[0].item<float>();
      fooled = results[1].item<float>();
    }
    if (epoch % 30 != 0 && epoch != 1) continue;
    last = judged(judge, generator.predict(seeds_to_show));
    std::cout << std::setw(5) << epoch << std::setprecision(3) << std::setw(16) << told_apart << std::setw(12) << fooled
              << std::setw(11) << last.kinds << " of 10" << std::setw(18) << last.confidence << std::endl;
  }
  const double on_real = judged(judge, scaled(test.x)).confidence;
  std::cout << "\nInvented digits (the judge is " << on_real << " sure of real ones):\n";
  print_side_by_side(generator.predict(seeds_to_show.rows(0, 8)), 8);
  std::cout << '\n' << step.stats() << '\n';
  return last.kinds >= 8 && last.confidence > 0.8 && step.stats().traces == 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
