#include "graph/kernel.h"

namespace keratin::inline v0::graph {

void KernelDeleter::operator()(Kernel* kernel) const noexcept {
  // The whole object's address: its Kernel part need not come first.
  void* const object = dynamic_cast<void*>(kernel);
  kernel->~Kernel();
  memory->deallocate(object, bytes, alignment);
}

}  // namespace keratin::inline v0::graph
