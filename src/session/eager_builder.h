#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "session/session_builder.h"
#include "session/variable_store.h"

namespace keratin::inline v0::session {

/// Runs each node as it is added. Values live as long as the builder; a variable's value is read where it lies, and
/// copied only when the variable is assigned to.
class EagerBuilder final : public SessionBuilder {
 public:
  EagerBuilder(Core& core, const std::string& owner, SourceLine where, std::string name);
  ~EagerBuilder() override;

  /// An argument; the array's memory is read where it lies.
  Tensor feed(const Array& array, std::string_view name);
  void assign(graph::VariableId variable, const graph::Spec& spec, std::string_view name, const Tensor& value) override;
  Array value(graph::ValueId value) override;
  bool is_eager() const noexcept override { return true; }

 protected:
  void added(graph::NodeId node) override;

 private:
  /// Where a leaf's value lies; nullptr for an op's node.
  const std::byte* leaf(const graph::Node& node);
  const std::byte* variable_memory(graph::VariableId variable);
  void run(const graph::Node& node);
  /// A block that goes with the builder.
  std::byte* block(std::size_t bytes, const core::Tag& tag);
  std::byte* block_for(graph::ValueId value, const graph::Node& node);
  const std::byte* buffer(graph::ValueId value) const;

  std::string path_;                       ///< on the books where a node has no owner
  std::vector<Array> fed_;                 ///< by input
  std::vector<const std::byte*> buffers_;  ///< by value
  std::vector<std::byte*> own_;            ///< blocks of the arena
};

}  // namespace keratin::inline v0::session
