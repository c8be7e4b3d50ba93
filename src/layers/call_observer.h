#pragma once

#include <span>

#include "keratin/core/export.h"
#include "keratin/layers/layer.h"

namespace keratin::inline v0::layers {

/// Sees the calls of layers on this thread while it lives; the innermost one does. Of symbolic calls in a functional
/// graph it is told nothing.
class KERATIN_API CallObserver {
 public:
  CallObserver() noexcept;
  virtual ~CallObserver();
  CallObserver(const CallObserver&) = delete;
  CallObserver& operator=(const CallObserver&) = delete;

  virtual void called(Layer& layer, std::span<const Tensor> inputs, const CallContext& context) = 0;
  static CallObserver* current() noexcept;

 private:
  CallObserver* before_;
};

}  // namespace keratin::inline v0::layers
