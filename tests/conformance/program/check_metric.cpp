#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "commands.h"

namespace conformance {
namespace kt = keratin;

kt::NamedArrays metric(const kt::ConfigValue& object, std::int64_t updates, const kt::NamedArrays& inputs) {
  kt::Session session;
  const kt::Handle<kt::Metric> made = kt::MetricSpec::from_config(object).add_to(session);
  const bool has_values = inputs.contains("values0");  // of Mean and Sum, which have no targets
  const std::size_t without_weight = has_values ? 1 : 2;
  const auto update = session.function([&](std::span<const kt::Tensor> x) {
    made->update_state(x[0], has_values ? kt::Tensor() : x[1], x.size() > without_weight ? x.back() : kt::Tensor());
    return std::vector<kt::Tensor>{made->result()};
  });
  const auto batch = [&](std::int64_t index, bool weighted) {
    const std::string number = std::to_string(index);
    std::vector<kt::Array> arrays;
    if (has_values) {
      arrays.push_back(inputs["values" + number]);
    } else {
      arrays = {inputs["y_true" + number], inputs["y_pred" + number]};
    }
    const std::string weight = "sample_weight" + number;
    if (weighted && inputs.contains(weight)) arrays.push_back(inputs[weight]);
    return update.call(arrays).at(0);
  };
  kt::NamedArrays results;
  for (std::int64_t i = 0; i < updates; ++i) results.set("result" + std::to_string(i), batch(i, true));
  made->reset_state();
  results.set("after_reset", batch(0, false));
  return results;
}

}  // namespace conformance
