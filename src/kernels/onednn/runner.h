#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "kernels/onednn/handles.h"

namespace keratin::inline v0::kernels::onednn {

/// A primitive with what its executions need made beforehand.
///
/// oneDNN's threads are not used: primitives are made and run inside OpenMpThreads(1), and who wants more threads runs
/// several executions at once. run() allocates nothing while its slot is free.
class Runner {
 public:
  struct Argument {
    int name = 0;  ///< DNNL_ARG_…
    DescPointer desc = nullptr;
  };

  /// The descs must live as long as the runner. `slots`: how many executions at once find their memory objects ready.
  Runner(const Engine& engine, PrimitiveDesc desc, std::vector<Argument> arguments, int slots);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  std::size_t scratchpad_bytes() const noexcept;
  const PrimitiveDesc& desc() const noexcept;
  /// `data` in the order of the arguments. Any thread; a slot that another thread is using is replaced by objects made
  /// for this call.
  void run(int slot, std::span<const void* const> data, std::byte* scratchpad) const;

 private:
  struct Slot;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace keratin::inline v0::kernels::onednn
