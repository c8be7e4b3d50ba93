#include "commands.h"

namespace conformance {
namespace kt = keratin;

kt::Array schedule(const kt::ConfigValue& object, const kt::NamedArrays& inputs) {
  const auto rate = kt::optimizers::LearningRate::from_config(object);
  kt::Session session;
  const auto at = session.function([&](const kt::Tensor& step) { return rate.at(step); });
  const kt::Array steps = inputs["steps"].astype(kt::int64);
  std::vector<float> rates;
  for (const std::int64_t step : steps.data<std::int64_t>()) rates.push_back(at(kt::Array::scalar(step)).item<float>());
  return kt::Array::copy_of(rates).reshaped(steps.shape());
}

}  // namespace conformance
