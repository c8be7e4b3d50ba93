#include "kernels/conv/conv.h"

#include "kernels/conv/geometry.h"
#include "kernels/conv/onednn.h"
#include "kernels/conv/own.h"

namespace keratin::inline v0::kernels {
namespace {

graph::KernelPtr kernel(const graph::KernelRequest& request, const ConvGeometry& geometry, ConvDirection direction) {
  if (request.outputs[0].dtype == float32 && !geometry.is_empty())
    if (graph::KernelPtr fast = onednn_conv_kernel(request, geometry, direction)) return fast;
  return own_conv_kernel(request, geometry, direction);
}

}  // namespace

graph::KernelPtr conv_kernel(const graph::KernelRequest& request) {
  const ConvGeometry geometry =
      conv_geometry(request.attributes, request.inputs[0].shape, request.inputs[1].shape, request.outputs[0].shape);
  return kernel(request, geometry, ConvDirection::forward);
}

graph::KernelPtr conv_data_gradient_kernel(const graph::KernelRequest& request) {
  const ConvGeometry geometry =
      conv_geometry(request.attributes, request.outputs[0].shape, request.inputs[1].shape, request.inputs[0].shape);
  return kernel(request, geometry, ConvDirection::data_gradient);
}

graph::KernelPtr conv_weights_gradient_kernel(const graph::KernelRequest& request) {
  const ConvGeometry geometry =
      conv_geometry(request.attributes, request.inputs[0].shape, request.outputs[0].shape, request.inputs[1].shape);
  return kernel(request, geometry, ConvDirection::weights_gradient);
}

}  // namespace keratin::inline v0::kernels
