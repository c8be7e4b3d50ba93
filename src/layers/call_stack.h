#pragma once

namespace keratin::inline v0::layers {

/// The call of a layer that runs on this thread: what calls inside of it inherit.
class CallFrame {
 public:
  explicit CallFrame(bool training) noexcept;
  ~CallFrame();
  CallFrame(const CallFrame&) = delete;
  CallFrame& operator=(const CallFrame&) = delete;

  /// Of the innermost call; false outside of any.
  static bool training() noexcept;

 private:
  bool before_;
};

}  // namespace keratin::inline v0::layers
