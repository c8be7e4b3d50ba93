#include "graph/flag.h"
#include "kernels/recurrent/recurrent.h"
#include "kernels/recurrent/step_weights.h"
#include "kernels/recurrent/steps.h"

namespace keratin::inline v0::kernels {
namespace {

/// As the kernel has them.
StepWeights<float> weights_of(const graph::KernelRequest& request) {
  const StepSizes sizes(request, request.inputs[0].shape, request.inputs[2].shape[1]);
  return {step_weights(sizes, sizes.gates, false, request.attributes.get<bool>("drops")), sizes.rows(request.threads),
          sizes.steps};
}

/// A GRU that resets before the product has two products a step, with weights of their own.
bool has_one_product(const graph::KernelRequest& request) {
  return request.attributes.find("reset_after") == nullptr || graph::flag(request.attributes, "reset_after");
}

}  // namespace

bool packs_recurrent_kernel(const graph::KernelRequest& request) {
  return request.inputs[0].dtype == float32 && has_one_product(request) &&
         weights_of(request).panel_size() == request.inputs[1].elements();
}

void pack_recurrent_kernel(const graph::KernelRequest& request, const float* kernel, float* to) {
  weights_of(request).prepare(kernel, to);
}

}  // namespace keratin::inline v0::kernels
