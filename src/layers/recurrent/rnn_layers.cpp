#include <utility>

#include "keratin/layers/recurrent.h"
#include "layers/checks.h"
#include "layers/recurrent/options.h"

namespace keratin::inline v0::layers {
namespace {

template <class Cell, class CellOptions, class Options>
LayerSpec cell_of(const char* layer, std::int64_t units, const Options& options) {
  checked_positive(units, layer, "units");
  checked_dropout(options.dropout, layer, "dropout");
  checked_dropout(options.recurrent_dropout, layer, "recurrent_dropout");
  auto cell_options = shared_options<CellOptions>(options);
  cell_options.trainable = options.trainable;
  return LayerSpec(Cell(units, std::move(cell_options)), std::source_location());
}

template <class Layer, class Options>
Layer layer_from_config(const Config& config, std::string_view layer) {
  auto options = read_options<Options>(config, layer);
  read_rnn_options(config, layer, options);
  return Layer(units_in(config, layer), std::move(options));
}

/// From the units to the dropouts.
void add_cell(Config& config, const GatedCellParts& parts, const RegularizerSpec& activity_regularizer,
              std::optional<bool> unit_forget_bias) {
  config.set("units", parts.units);
  add_functions(config, parts, parts.gates > 1);
  add_initializers(config, parts);
  if (unit_forget_bias) config.set("unit_forget_bias", *unit_forget_bias);
  add_regularizers(config, parts);
  config.set("activity_regularizer", activity_regularizer.config());
  add_constraints_and_dropout(config, parts);
}

}  // namespace

SimpleRNN::SimpleRNN(std::int64_t units, SimpleRNNOptions options)
    : CallableLayer(cell_of<SimpleRNNCell, SimpleRNNCellOptions>("SimpleRNN", units, options), rnn_options(options)) {
  set_activity_regularizer(std::move(options.activity_regularizer));
}

Config SimpleRNN::config() const {
  Config config = rnn_config();
  add_cell(config, static_cast<const SimpleRNNCell&>(cell_description()).parts(), activity_regularizer(), {});
  return config;
}

SimpleRNN SimpleRNN::from_config(const Config& config) {
  return layer_from_config<SimpleRNN, SimpleRNNOptions>(config, "SimpleRNN");
}

LSTM::LSTM(std::int64_t units, LSTMOptions options)
    : CallableLayer(cell_of<LSTMCell, LSTMCellOptions>("LSTM", units, options), rnn_options(options)) {
  set_activity_regularizer(std::move(options.activity_regularizer));
}

Config LSTM::config() const {
  const auto& cell = static_cast<const LSTMCell&>(cell_description());
  Config config = rnn_config();
  add_cell(config, cell.parts(), activity_regularizer(), cell.unit_forget_bias());
  config.set("seed", seed_config(cell.parts().seed));
  return config;
}

LSTM LSTM::from_config(const Config& config) { return layer_from_config<LSTM, LSTMOptions>(config, "LSTM"); }

GRU::GRU(std::int64_t units, GRUOptions options)
    : CallableLayer(cell_of<GRUCell, GRUCellOptions>("GRU", units, options), rnn_options(options)) {
  set_activity_regularizer(std::move(options.activity_regularizer));
}

Config GRU::config() const {
  const auto& cell = static_cast<const GRUCell&>(cell_description());
  Config config = rnn_config();
  add_cell(config, cell.parts(), activity_regularizer(), {});
  config.set("reset_after", cell.reset_after());
  config.set("seed", seed_config(cell.parts().seed));
  return config;
}

GRU GRU::from_config(const Config& config) { return layer_from_config<GRU, GRUOptions>(config, "GRU"); }

}  // namespace keratin::inline v0::layers
