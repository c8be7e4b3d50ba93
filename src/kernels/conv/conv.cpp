#include "kernels/conv/conv.h"

#include "kernels/conv/direct.h"
#include "kernels/conv/epilogue.h"
#include "kernels/conv/geometry.h"
#include "kernels/conv/onednn.h"
#include "kernels/conv/own.h"
#include "kernels/conv/tall.h"
#include "kernels/conv/winograd/winograd.h"

namespace keratin::inline v0::kernels {
namespace {

graph::KernelPtr kernel(const graph::KernelRequest& request, const ConvGeometry& geometry, ConvDirection direction,
                        const ConvEpilogue& epilogue = {}) {
  if (request.outputs[0].dtype == float32 && !geometry.is_empty()) {
    if (prefers_winograd(geometry, epilogue)) return winograd_kernel(request, geometry, direction, epilogue);
    if (direction == ConvDirection::weights_gradient && prefers_tall_conv(geometry))
      return tall_conv_kernel(request, geometry);
    if (direction == ConvDirection::forward && prefers_direct_conv(geometry, epilogue))
      return direct_conv_kernel(request, geometry, epilogue);
    if (graph::KernelPtr fast = onednn_conv_kernel(request, geometry, direction, epilogue)) return fast;
  }
  return own_conv_kernel(request, geometry, direction, epilogue);
}

}  // namespace

graph::KernelPtr conv_kernel(const graph::KernelRequest& request) {
  const ConvGeometry geometry =
      conv_geometry(request.attributes, request.inputs[0].shape, request.inputs[1].shape, request.outputs[0].shape);
  ConvEpilogue epilogue{.bias = request.inputs.size() > 2, .scale = request.inputs.size() > 3};
  if (const graph::Attribute* const name = request.attributes.find("activation"))
    epilogue.activation = activation_from_name(std::get<std::string_view>(name->value)).value();
  return kernel(request, geometry, ConvDirection::forward, epilogue);
}

bool conv_gains_by_scale(const graph::Attributes& attributes, const graph::Spec& x, const graph::Spec& kernel,
                         const graph::Spec& y) {
  const ConvGeometry geometry = conv_geometry(attributes, x.shape, kernel.shape, y.shape);
  if (y.dtype != float32 || geometry.is_empty()) return true;
  if (prefers_winograd(geometry, {}) || prefers_direct_conv(geometry, {})) return true;
  return kernel.elements() <= y.elements();  // oneDNN is given scaled weights
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
