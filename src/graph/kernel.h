#pragma once

#include <cstddef>
#include <memory>
#include <memory_resource>
#include <span>
#include <string_view>
#include <utility>

#include "core/parallel.h"
#include "graph/attributes.h"
#include "graph/spec.h"

namespace keratin::inline v0::graph {

/// Where a kernel reads and writes. All buffers are contiguous, row-major and aligned to at least 4 bytes (64 inside
/// a plan's workspace).
struct KernelArguments {
  std::span<const std::byte* const> inputs;  ///< nullptr for those of which only the shape counts
  std::span<std::byte* const> outputs;
  std::byte* workspace = nullptr;  ///< workspace_bytes(), 64-byte aligned
  core::Parallel& parallel;

  template <class T>
  const T* input(std::size_t index) const noexcept {
    return reinterpret_cast<const T*>(inputs[index]);
  }
  template <class T>
  T* output(std::size_t index = 0) const noexcept {
    return reinterpret_cast<T*>(outputs[index]);
  }
};

/// What runs one node, made for concrete shapes: immutable, allocates nothing, may run on any thread.
class Kernel {
 public:
  Kernel() = default;
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;
  virtual ~Kernel() = default;

  virtual void run(const KernelArguments& arguments) const = 0;
  virtual std::size_t workspace_bytes() const noexcept { return 0; }
};

/// Gives a kernel's memory back to the resource it came from.
struct KernelDeleter {
  std::pmr::memory_resource* memory = nullptr;
  std::size_t bytes = 0;
  std::size_t alignment = 0;
  void operator()(Kernel* kernel) const noexcept;
};
using KernelPtr = std::unique_ptr<Kernel, KernelDeleter>;

/// What a kernel is made for: concrete specs (no −1), and the session's thread limit.
struct KernelRequest {
  Attributes attributes;
  std::span<const Spec> inputs;
  std::span<const Spec> outputs;
  int threads = 1;
  std::pmr::memory_resource* memory = nullptr;  ///< the session's, where kernels live
};

/// make_kernel<MyKernel>(request, …): the kernel in the request's memory. K(…) may allocate from request.memory too.
template <class K, class... Arguments>
KernelPtr make_kernel(const KernelRequest& request, Arguments&&... arguments) {
  void* const memory = request.memory->allocate(sizeof(K), alignof(K));
  try {
    return KernelPtr(new (memory) K(std::forward<Arguments>(arguments)...),
                     KernelDeleter{request.memory, sizeof(K), alignof(K)});
  } catch (...) {
    request.memory->deallocate(memory, sizeof(K), alignof(K));
    throw;
  }
}

}  // namespace keratin::inline v0::graph
