#include "layers/recurrent/options.h"

#include <algorithm>
#include <string>
#include <utility>

#include "keratin/core/error.h"
#include "keratin/initializers/initializer.h"

namespace keratin::inline v0::layers {
namespace {

class ForgetBias final : public initializers::Initializer {
 public:
  explicit ForgetBias(InitializerSpec rest) : rest_(std::move(rest)) {}

  Array operator()(const Shape& shape, DType dtype, std::uint64_t seed) const override {
    const std::int64_t units = shape[0] / 4;
    std::vector<double> all = numbers(units, dtype, seed);
    all.resize(static_cast<std::size_t>(2 * units), 1.0);
    const std::vector<double> after = numbers(2 * units, dtype, seed);
    all.insert(all.end(), after.begin(), after.end());
    return Array::copy_of(all).astype(dtype);
  }

 private:
  std::vector<double> numbers(std::int64_t count, DType dtype, std::uint64_t seed) const {
    const Array array = rest_({count}, dtype, seed).astype(float64).contiguous();
    const auto values = array.data<double>();
    return {values.begin(), values.end()};
  }

  InitializerSpec rest_;
};

}  // namespace

double checked_dropout(double rate, std::string_view layer, std::string_view option) {
  if (rate >= 0.0 && rate <= 1.0) return rate;
  throw ValueError(std::string(layer) + ": `" + std::string(option) +
                   "` is the share of elements that is dropped, in [0, 1]. Received: " + std::string(option) + "=" +
                   std::to_string(rate));
}

std::int64_t units_in(const Config& config, std::string_view layer) {
  std::int64_t units = 0;
  OptionReader(layer, config).required("units", units);
  return units;
}

ConfigValue seed_config(const std::optional<std::uint64_t>& seed) { return seed ? ConfigValue(*seed) : ConfigValue(); }

InitializerSpec forget_bias(const InitializerSpec& initializer, bool unit_forget_bias) {
  return unit_forget_bias ? InitializerSpec(ForgetBias(initializer)) : initializer;
}

const LayerSpec& checked_cell(const LayerSpec& cell, std::string_view owner, std::string_view option) {
  if (dynamic_cast<const RNNCell*>(&cell.layer()) != nullptr) return cell;
  throw ValueError(std::string(owner) + ": `" + std::string(option) +
                   "` must be a cell, a class derived from layers::RNNCell. Received: " + cell.layer().class_name());
}

}  // namespace keratin::inline v0::layers
