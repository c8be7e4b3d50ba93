#include "keratin/layers/wrapper.h"

#include "keratin/core/error.h"
#include "layers/checks.h"
#include "layers/registry.h"

namespace keratin::inline v0::layers {

void Wrapper::build(const Shape& input) {
  add_layer(layer_.clone(), layer_.where());
  wrapped().ensure_built({&input, 1});
}

Config Wrapper::config() const { return {{"layer", nested_object(layer_, *this)}}; }

std::vector<std::pair<std::string, Layer*>> Wrapper::saved_sublayers() const { return {{"layer", &wrapped()}}; }

Layer& Wrapper::wrapped() const {
  const std::vector<Layer*> layers = sublayers();
  if (!layers.empty()) return *layers.front();
  throw NotBuiltError(title(*this) + " has its layer once it is built: when it is called first", path(), where());
}

}  // namespace keratin::inline v0::layers
