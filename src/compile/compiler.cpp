#include "compile/compiler.h"

#include <memory_resource>
#include <utility>

#include "compile/passes.h"
#include "compile/recompute.h"
#include "compile/write_plan.h"
#include "runtime/check_plan.h"

namespace keratin::inline v0::compile {

std::unique_ptr<runtime::Plan> compile(const graph::Graph& graph, std::span<const graph::Spec> inputs,
                                       const CompileOptions& options, std::pmr::memory_resource* memory) {
  // The passes' graphs are small and short-lived: they share one pool, which ends with them.
  std::pmr::monotonic_buffer_resource pool(std::pmr::new_delete_resource());
  std::unique_ptr<graph::Graph> ready = specialized(graph, inputs, &pool);
  ready = simplified(*ready, &pool);
  if (options.fuse) ready = with_fused_matmuls(*ready, &pool);
  if (options.narrow_products) ready = with_narrow_products(*ready, &pool);
  if (options.fuse) ready = with_fused_relu_gradients(*ready, &pool);
  if (options.fuse) ready = with_fused_recurrent_gradients(*ready, &pool);
  ready = scheduled(*ready, options.fuse, &pool);
  if (options.frozen != nullptr) {
    ready = with_folded_variables(*ready, *options.frozen, options.threads, &pool);
    ready = with_packed_variables(*ready, *options.frozen, options.threads, &pool);
  }
  Recomputed changed;
  if (options.recompute) changed = recomputed(*ready, options.in_place, &pool);
  if (changed.graph != nullptr) ready = std::move(changed.graph);
  if (options.compiled_text != nullptr) *options.compiled_text = graph::to_text(*ready);
  if (options.compiled_dot != nullptr) *options.compiled_dot = graph::to_dot(*ready);
  std::unique_ptr<runtime::Plan> plan = write_plan(*ready, options.threads, options.in_place, memory);
  plan->set_recomputed_bytes(changed.bytes);
  runtime::check_plan(*plan);
  return plan;
}

}  // namespace keratin::inline v0::compile
