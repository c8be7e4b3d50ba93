#include "training/predict_into.h"

#include "keratin/core/error.h"

namespace keratin::inline v0::training {

void check_predict_into(std::span<const graph::Spec> outputs, const std::string& model) {
  if (outputs.size() == 1 && outputs[0].dtype == float32) return;
  std::string received;
  for (const graph::Spec& output : outputs) received += (received.empty() ? "" : ", ") + to_string(output);
  throw ValueError(
      "predict_into is for models with one float32 output; use predict, or give the last layer the dtype \"float32\". "
      "Received: '" +
      model + "' with outputs " + received);
}

}  // namespace keratin::inline v0::training
