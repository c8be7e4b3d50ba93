#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "keratin/core/export.h"
#include "keratin/graph/tensor.h"

namespace keratin::inline v0::layers {

/// The call of a layer that runs on this thread: what calls inside of it inherit.
class CallFrame {
 public:
  /// `training`, where it was said; else what the frame around it has.
  explicit CallFrame(std::optional<bool> training) noexcept;
  ~CallFrame();
  CallFrame(const CallFrame&) = delete;
  CallFrame& operator=(const CallFrame&) = delete;

  /// Of the innermost call that was told; nothing where none was.
  static std::optional<bool> training() noexcept;

 private:
  std::optional<bool> before_;
};

/// Gathers the penalties that layers add in their calls on this thread; the innermost one does.
class KERATIN_API LossScope {
 public:
  LossScope() noexcept;
  ~LossScope();
  LossScope(const LossScope&) = delete;
  LossScope& operator=(const LossScope&) = delete;

  static void add(const Tensor& loss);
  std::vector<Tensor> take() noexcept { return std::move(losses_); }

 private:
  LossScope* before_;
  std::vector<Tensor> losses_;
};

}  // namespace keratin::inline v0::layers
