// Sunspots year by year: an LSTM that is trained on parts of the series side by side, each batch going on where the
// last one ended, and then asked by many clients, each with a state of its own.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <keratin/keratin.h>

namespace kt = keratin;
namespace layers = keratin::layers;

namespace {

constexpr std::int64_t streams = 8;  // parts of the series side by side
constexpr std::int64_t window = 6;   // years of a batch
constexpr std::int64_t asked = 60;   // years that are foretold

/// Someone who follows the sun: its state, and what it was told for the year to come.
struct Client {
  std::string name;
  std::int64_t since = 0;  ///< the year of the series that it begins with
  kt::StreamState state;
  double foretold = 0.0;
};

double value(const kt::Array& array, std::int64_t index) { return array.at<double>({index}); }

}  // namespace

int main() {
  const kt::Series series = kt::datasets::sunspots();
  const kt::Series known = series.split(0.2).train.scaled();
  const kt::Array all = series.scaled(known.scaling()).values();
  // Row i of a batch goes on where row i of the batch before ended.
  const auto [x, y] = known.windows({.length = window, .streams = streams});

  kt::Session session({.seed = 5});
  auto model = kt::Sequential(session, {layers::Input({-1, 1}, {.batch_size = streams}),
                                        layers::LSTM(24, {.stateful = true, .name = "lstm"}), layers::Dense(1)});
  model.compile({.optimizer = kt::optimizers::Adam({.learning_rate = 5e-3}), .loss = "mse"});
  try {
    model.fit(x, y, {.batch_size = 32});  // what a stateful model would get wrong silently
  } catch (const kt::StatefulError& error) {
    std::cout << "Refused: " << error.what() << "\n\n";
  }
  kt::diagnostics::ContaminationMonitor monitor;
  model.fit(x, y,
            {.epochs = 300,
             .verbose = 0,
             .callbacks = {kt::borrow(monitor)},
             .shuffle = false,
             .reset_states = kt::ResetStates::each_epoch});
  std::cout << "Training: " << monitor.seen() << "\n\n" << kt::diagnostics::contamination(model, x) << "\n\n";

  // The same weights, a year at a time, for as many clients as there are; the model keeps nothing of them.
  kt::Model forecaster = kt::stateless_copy(model);
  const std::int64_t years = all.shape()[0];
  std::vector<Client> clients;
  for (const auto& [name, since] : {std::pair("Ada", std::int64_t{0}), std::pair("Bo", years - asked - 40)})
    clients.push_back({name, since, forecaster.initial_state(1)});
  double squares = 0.0;
  double by_persistence = 0.0;
  for (std::int64_t year = 0; year + 1 < years; ++year)
    for (Client& client : clients) {
      if (year < client.since) continue;
      const kt::Array now = all.rows(year, year + 1).reshaped({1, 1, 1});
      client.foretold = kt::Array(forecaster.predict(now, client.state)).item<double>();
      if (&client != &clients.front() || year + 1 < years - asked) continue;
      squares += std::pow(client.foretold - value(all, year + 1), 2);
      by_persistence += std::pow(value(all, year) - value(all, year + 1), 2);
    }
  const double scale = known.scaling().scale.front() / std::sqrt(static_cast<double>(asked));
  std::cout << "The last " << asked << " years, each foretold from those before: root mean square error "
            << std::sqrt(squares) * scale << ", as many as this year: " << std::sqrt(by_persistence) * scale << '\n';
  for (const Client& client : clients)
    std::cout << client.name << ", who watched " << years - client.since << " years, was told "
              << known.unscaled(kt::Array::scalar(static_cast<float>(client.foretold)).reshaped({1})).item<double>()
              << '\n';

  // A year at a time with a state comes to the same as all years at once.
  kt::StreamState whole = forecaster.initial_state(1);
  const double at_once =
      kt::Array(forecaster.predict(all.rows(0, years - 1).reshaped({1, -1, 1}), whole)).item<double>();
  const bool same = std::abs(at_once - clients.front().foretold) < 1e-4;
  return same && squares < by_persistence ? EXIT_SUCCESS : EXIT_FAILURE;
}
