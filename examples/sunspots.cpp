// Next year's sunspots, foretold by an LSTM from the last eleven years: beside "as many as this year" and an
// autoregression of nine years, AR(9).
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <keratin/keratin.h>

namespace kt = keratin;
namespace layers = keratin::layers;

namespace {

constexpr std::size_t order = 9;     // years that the autoregression sees
constexpr std::int64_t window = 11;  // years that the LSTM sees: about one cycle of the sun

/// What a forecast for each of the last `count` values of the series is off by, root mean square.
double error(std::span<const double> forecasts, std::span<const double> values) {
  const std::span<const double> actual = values.last(forecasts.size());
  double sum = 0.0;
  for (std::size_t i = 0; i < forecasts.size(); ++i) sum += (forecasts[i] - actual[i]) * (forecasts[i] - actual[i]);
  return std::sqrt(sum / static_cast<double>(forecasts.size()));
}

/// The solution of a·x = b for a symmetric, positive definite matrix, by elimination.
std::vector<double> solution(std::vector<std::vector<double>> a, std::vector<double> b) {
  const std::size_t n = b.size();
  for (std::size_t pivot = 0; pivot < n; ++pivot)
    for (std::size_t row = pivot + 1; row < n; ++row) {
      const double factor = a[row][pivot] / a[pivot][pivot];
      for (std::size_t column = pivot; column < n; ++column) a[row][column] -= factor * a[pivot][column];
      b[row] -= factor * b[pivot];
    }
  for (std::size_t row = n; row-- > 0;) {
    for (std::size_t column = row + 1; column < n; ++column) b[row] -= a[row][column] * b[column];
    b[row] /= a[row][row];
  }
  return b;
}

/// The nine values before the one at `index`, and a 1 for the mean.
std::vector<double> lags(std::span<const double> values, std::size_t index) {
  std::vector<double> row(values.begin() + static_cast<std::ptrdiff_t>(index - order),
                          values.begin() + static_cast<std::ptrdiff_t>(index));
  row.push_back(1.0);
  return row;
}

/// Least squares on the first `known` values; then a forecast for each of the others, from the years before it.
std::vector<double> autoregression(std::span<const double> values, std::size_t known) {
  std::vector<std::vector<double>> products(order + 1, std::vector<double>(order + 1));
  std::vector<double> with_value(order + 1);
  for (std::size_t i = order; i < known; ++i) {
    const std::vector<double> row = lags(values, i);
    for (std::size_t j = 0; j <= order; ++j) {
      with_value[j] += row[j] * values[i];
      for (std::size_t k = 0; k <= order; ++k) products[j][k] += row[j] * row[k];
    }
  }
  const std::vector<double> weights = solution(products, with_value);
  std::vector<double> forecasts;
  for (std::size_t i = known; i < values.size(); ++i) {
    const std::vector<double> row = lags(values, i);
    double sum = 0.0;
    for (std::size_t j = 0; j <= order; ++j) sum += row[j] * weights[j];
    forecasts.push_back(sum);
  }
  return forecasts;
}

std::vector<double> doubles(const kt::Array& values) {
  const kt::Array wide = values.astype(kt::float64).contiguous();
  const auto data = wide.data<double>();
  return {data.begin(), data.end()};
}

/// One LSTM, trained on the earlier part; its forecasts for the later one.
std::vector<double> forecasts(std::uint64_t seed, const kt::Series& known, const kt::Series& whole,
                              std::int64_t count) {
  kt::Session session({.seed = seed});
  auto model = kt::Sequential(session, {layers::Input({window, 1}), layers::LSTM(24), layers::Dense(1)});
  model.compile({.optimizer = kt::optimizers::Adam({.learning_rate = 5e-3}), .loss = "mse"});
  const auto [x, y] = known.windows({.length = window});
  model.fit(x, y, {.batch_size = 16, .epochs = 120, .verbose = 0});
  const kt::Array seen = whole.windows({.length = window}).x;
  const kt::Array predicted = model.predict(seen.rows(-count, seen.shape()[0]));
  return doubles(known.unscaled(predicted));
}

}  // namespace

int main() {
  const kt::Series series = kt::datasets::sunspots();
  const kt::SeriesSplit parts = series.split(0.2);
  const kt::Series known = parts.train.scaled();            // the scaling of the years that are known …
  const kt::Series whole = series.scaled(known.scaling());  // … for the others too
  const std::vector<double> values = doubles(series.values());
  const std::int64_t count = parts.test.size();
  const std::size_t first = values.size() - static_cast<std::size_t>(count);

  const std::vector<double> persistence(values.begin() + static_cast<std::ptrdiff_t>(first) - 1, values.end() - 1);
  std::vector<double> mean(static_cast<std::size_t>(count));
  constexpr int networks = 3;
  for (int seed = 1; seed <= networks; ++seed) {
    const std::vector<double> of_one = forecasts(static_cast<std::uint64_t>(seed), known, whole, count);
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += of_one[i] / networks;
  }
  const double by_persistence = error(persistence, values);
  const double by_autoregression = error(autoregression(values, first), values);
  const double by_lstm = error(mean, values);

  std::cout << "Sunspots of " << count << " years, each foretold from the years before it\n\n"
            << "forecast                     root mean square error\n"
            << std::fixed << std::setprecision(2);
  const auto line = [](const std::string& name, double value) {
    std::cout << std::left << std::setw(29) << name << std::right << std::setw(8) << value << '\n';
  };
  line("as many as this year", by_persistence);
  line("AR(9), least squares", by_autoregression);
  line("LSTM, mean of three", by_lstm);

  std::cout << "\nyear   sunspots   foretold\n";
  const std::vector<double> years = doubles(*series.index());
  for (std::size_t i = mean.size() - 8; i < mean.size(); ++i)
    std::cout << std::setprecision(0) << std::setw(4) << years[first + i] << std::setprecision(1) << std::setw(11)
              << values[first + i] << std::setw(11) << mean[i] << '\n';
  return by_lstm < by_persistence ? EXIT_SUCCESS : EXIT_FAILURE;
}
