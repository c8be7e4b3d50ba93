#pragma once

#include <cstddef>
#include <vector>

#include "keratin/core/dtype.h"
#include "keratin/core/export.h"
#include "keratin/core/shape.h"
#include "keratin/graph/tensor.h"

namespace keratin::inline v0 {
class Layer;
}

namespace keratin::inline v0::layers {

/// The states of a stream, while a model is called on this thread: recurrent layers begin with them and leave theirs
/// here, instead of in variables of their own. A layer that isn't stateful has states for each of its calls.
class KERATIN_API StreamScope {
 public:
  /// What a state is like, without the batch.
  struct Slot {
    Shape row;
    DType dtype = float32;
  };
  /// A call that begins with states.
  struct Call {
    const Layer* layer = nullptr;
    std::size_t number = 0;  ///< of the layer's calls
    std::vector<Slot> slots;
    std::vector<Tensor> states;  ///< at its beginning, then after it
  };

  /// Finds out what states there are: every call begins with 0.
  StreamScope() noexcept;
  /// The states of all calls, one call after another.
  explicit StreamScope(std::vector<Tensor> states) noexcept;
  ~StreamScope();
  StreamScope(const StreamScope&) = delete;
  StreamScope& operator=(const StreamScope&) = delete;

  /// What a call on this thread takes its states from; nullptr: itself. Within the steps of another sequence, each of
  /// which begins anew, there is one for stateful layers alone.
  static StreamScope* of_call(bool stateful) noexcept;
  /// States that a call begins with; none: 0. All calls of a `shared` layer have the same ones, one after the other.
  std::vector<Tensor> begin(const Layer& layer, std::vector<Slot> slots, bool shared);
  /// The states after the call that began last.
  void end(const Layer& layer, std::vector<Tensor> states);
  const std::vector<Call>& calls() const noexcept { return calls_; }

  /// While a layer is called for the steps of a sequence.
  class KERATIN_API Step {
   public:
    Step() noexcept;
    ~Step();
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;
  };

 private:
  StreamScope* before_;
  int steps_before_;
  std::vector<Tensor> given_;
  std::size_t taken_ = 0;
  std::vector<Call> calls_;
};

}  // namespace keratin::inline v0::layers
