// A denoising autoencoder: digits are squeezed through 12 numbers and come back without the noise that was added.
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <string>

#include <keratin/keratin.h>

namespace kt = keratin;
namespace layers = keratin::layers;

namespace {

double mean_squared_difference(const kt::Array& a, const kt::Array& b) {
  const auto left = a.data<float>();
  const auto right = b.data<float>();
  double sum = 0.0;
  for (std::size_t i = 0; i < left.size(); ++i) sum += (left[i] - right[i]) * (left[i] - right[i]);
  return sum / static_cast<double>(left.size());
}

/// Grey levels 0–1, and the same with noise.
struct Images {
  kt::Array clean;
  kt::Array noisy;
};

Images images(const kt::Array& x, std::uint64_t seed) {
  Images made{x.astype(kt::float32).copy(), kt::Array::random_normal(x.shape(), {.stddev = 0.3, .seed = seed})};
  const auto clean = made.clean.mutable_data<float>();
  const auto noisy = made.noisy.mutable_data<float>();
  for (std::size_t i = 0; i < clean.size(); ++i) {
    clean[i] /= 16.0f;
    noisy[i] += clean[i];
  }
  return made;
}

void print_row(const kt::Array& images, std::int64_t row) {
  constexpr char shades[] = " .:-=+*#%@";
  for (std::int64_t y = 0; y < 8; ++y) {
    std::cout << "    ";
    for (std::int64_t x = 0; x < 8; ++x) {
      const float level = images.at<float>({row, y * 8 + x});
      std::cout << shades[level <= 0.0f ? 0 : level >= 1.0f ? 9 : static_cast<int>(level * 9.99f)];
    }
    std::cout << '\n';
  }
}

}  // namespace

int main() {
  const auto [train, test] = kt::datasets::digits();
  const Images learned = images(train.x, 1);
  const Images unseen = images(test.x, 2);

  kt::Session session({.seed = 5});
  const kt::Tensor image = session.input({64}, {.name = "image"});
  const kt::Tensor wide = layers::Dense(96, {.activation = "relu"})(image);
  const kt::Tensor code = layers::Dense(12, {.name = "code"})(wide);
  const kt::Tensor back = layers::Dense(96, {.activation = "relu"})(code);
  const kt::Tensor restored = layers::Dense(64, {.activation = "sigmoid"})(back);
  kt::Model autoencoder(image, restored, {.name = "autoencoder"});
  kt::Model encoder(image, code, {.name = "encoder"});  // the first half, with the same weights

  autoencoder.compile({.optimizer = kt::optimizers::Adam({.learning_rate = 2e-3}), .loss = "mse"});
  const kt::History history =
      autoencoder.fit(learned.noisy, learned.clean,
                      {.batch_size = 32, .epochs = 40, .verbose = 0, .validation_data = {unseen.noisy, unseen.clean}});

  const kt::Array denoised = autoencoder.predict(unseen.noisy);
  const kt::Array codes = encoder.predict(unseen.noisy);
  const double before = mean_squared_difference(unseen.noisy, unseen.clean);
  const double after = mean_squared_difference(denoised, unseen.clean);
  std::cout << "epoch    loss     val_loss\n" << std::fixed << std::setprecision(5);
  for (std::size_t epoch : {0, 9, 19, 29, 39})
    std::cout << std::setw(5) << epoch + 1 << std::setw(10) << history["loss"][epoch] << std::setw(11)
              << history["val_loss"][epoch] << '\n';
  std::cout << "\nA digit that it has not seen: with noise, restored from " << codes.shape()[1]
            << " numbers, and as it was\n";
  print_row(unseen.noisy, 3);
  std::cout << "    --------\n";
  print_row(denoised, 3);
  std::cout << "    --------\n";
  print_row(unseen.clean, 3);
  std::cout << "\nMean squared error against the clean digits: noisy " << before << ", restored " << after << " ("
            << std::setprecision(1) << before / after << " times less)\n";
  return after < before / 3 ? EXIT_SUCCESS : EXIT_FAILURE;
}
