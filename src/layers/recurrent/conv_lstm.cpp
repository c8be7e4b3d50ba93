#include "keratin/layers/conv_lstm.h"

#include <utility>

#include "layers/recurrent/conv_lstm_cell.h"
#include "layers/recurrent/options.h"
#include "layers/windows.h"

namespace keratin::inline v0::layers {
namespace {

constexpr auto window_options = [](auto& option, auto& filters, auto& kernel_size, auto& options) {
  option.required("filters", filters);
  option.required("kernel_size", kernel_size);
  option("strides", options.strides);
  option("padding", options.padding);
  option("data_format", options.data_format);
  option("dilation_rate", options.dilation_rate);
};

template <class T>
T conv_lstm_from(const Config& config, std::string_view layer) {
  std::int64_t filters = 0;
  Sizes kernel_size;
  auto options = read_options<ConvLSTMOptions>(config, layer);
  read_rnn_options(config, layer, options);
  read(config, layer, window_options, filters, kernel_size, options);
  return T(filters, kernel_size, options);
}

}  // namespace

BaseConvLSTM::BaseConvLSTM(std::size_t rank, std::int64_t filters, const Sizes& kernel_size,
                           const ConvLSTMOptions& options)
    : RNN(LayerSpec(ConvLSTMCell(rank, filters, kernel_size, options), std::source_location()), rnn_options(options)) {
  set_activity_regularizer(options.activity_regularizer);
}

Config BaseConvLSTM::config() const {
  const auto& cell = static_cast<const ConvLSTMCell&>(cell_description());
  const ConvLSTMOptions& options = cell.options();
  Config config = rnn_config();
  const Config windows = written(window_options, cell.filters(), cell.kernel_size(), options);
  for (const auto& [name, value] : windows.entries()) config.set(name, value);
  add_functions(config, options, true);
  add_initializers(config, options);
  config.set("unit_forget_bias", options.unit_forget_bias);
  add_regularizers(config, options);
  config.set("activity_regularizer", activity_regularizer().config());
  add_constraints_and_dropout(config, options);
  config.set("seed", seed_config(options.seed));
  return config;
}

ConvLSTM1D::ConvLSTM1D(std::int64_t filters, const Sizes& kernel_size, const ConvLSTM1DOptions& options)
    : CallableLayer(1, filters, kernel_size, options) {}
ConvLSTM1D ConvLSTM1D::from_config(const Config& config) { return conv_lstm_from<ConvLSTM1D>(config, "ConvLSTM1D"); }

ConvLSTM2D::ConvLSTM2D(std::int64_t filters, const Sizes& kernel_size, const ConvLSTM2DOptions& options)
    : CallableLayer(2, filters, kernel_size, options) {}
ConvLSTM2D ConvLSTM2D::from_config(const Config& config) { return conv_lstm_from<ConvLSTM2D>(config, "ConvLSTM2D"); }

ConvLSTM3D::ConvLSTM3D(std::int64_t filters, const Sizes& kernel_size, const ConvLSTM3DOptions& options)
    : CallableLayer(3, filters, kernel_size, options) {}
ConvLSTM3D ConvLSTM3D::from_config(const Config& config) { return conv_lstm_from<ConvLSTM3D>(config, "ConvLSTM3D"); }

}  // namespace keratin::inline v0::layers
