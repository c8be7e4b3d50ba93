#pragma once

#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/graph/tensor.h"
#include "keratin/layers/layer.h"
#include "keratin/session/function.h"

namespace keratin::inline v0::layers {

struct FunctionOptions {
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// A function of tensors as a layer: of one or several, which it is called with, to one or several. It has no weights
/// (a layer of your own has), masks end at it, and it can't be saved. Keras's `Lambda`, without its Python.
///
///     layers::Function([](const kt::Tensor& x) { return x * ops::sigmoid(x); })
class KERATIN_API Function : public CallableLayer<Function> {
 public:
  template <class F>
    requires(!std::is_same_v<F, Function>)
  explicit Function(F function, FunctionOptions options = {})
      : CallableLayer(std::move(options.name)), body_(detail::as_body(std::move(function))) {
    set_common(options.trainable, options.dtype);
  }
  std::vector<Tensor> call_all(std::span<const Tensor> inputs, const CallContext& context) override;
  bool supports_masking() const override { return false; }
  /// Throws ValueError: C++ code has no description.
  Config config() const override;
  std::string class_name() const override { return "Function"; }

 private:
  FunctionBody body_;
};

}  // namespace keratin::inline v0::layers
