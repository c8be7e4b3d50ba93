#include "commands.h"

namespace conformance {
namespace kt = keratin;

kt::Array loss(const kt::ConfigValue& object, const kt::NamedArrays& inputs) {
  const auto made = kt::LossSpec::from_config(object).make();
  std::vector<kt::Array> arguments{inputs["y_true"], inputs["y_pred"]};
  if (inputs.contains("sample_weight")) arguments.push_back(inputs["sample_weight"]);
  kt::Session session;
  const auto f = session.function([&](std::span<const kt::Tensor> given) {
    return std::vector<kt::Tensor>{(*made)(given[0], given[1], given.size() > 2 ? given[2] : kt::Tensor())};
  });
  return f.call(arguments).at(0);
}

}  // namespace conformance
