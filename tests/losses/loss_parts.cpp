#include "loss_parts.h"

#include "graph/builder.h"
#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"

namespace keratin::test {

LossSpec loss_spec(const LossCase& given) {
  return LossSpec::from_config(Config{{"class_name", std::string(given.loss)}, {"config", given.config}});
}

Tensor loss_of(const LossCase& given, std::span<const Tensor> inputs) {
  Tensor output = inputs[1];
  if (given.activation == "softmax") output = ops::softmax(output);
  if (given.activation == "sigmoid") output = ops::sigmoid(output);
  if (given.mask.is_given()) {
    graph::Builder& builder = graph::builder_of(output, "a mask");
    builder.set_mask(output, ops::cast(builder.constant(given.mask.array()), boolean));
  }
  return (*loss_spec(given).make())(inputs[0], output, inputs.size() > 2 ? inputs[2] : Tensor());
}

}  // namespace keratin::test
