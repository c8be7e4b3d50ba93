#pragma once

#include <atomic>
#include <memory>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "graph/graph.h"
#include "graph/op.h"
#include "keratin/graph/tensor.h"

namespace keratin::inline v0::graph {

class Builder;

/// What a Tensor knows of its graph, and all that outlives it.
class Life {
 public:
  /// nullptr once the graph has ended.
  Builder* builder() const noexcept { return builder_.load(std::memory_order_acquire); }
  /// Ends it; `reason` says what ended it and where ("session.clear() at service.cpp:88"). The first reason stays.
  void end(std::string_view reason) const noexcept;
  /// Throws StaleHandleError if it has ended.
  Builder& alive() const;

 private:
  friend class Builder;
  explicit Life(Builder* builder) noexcept : builder_(builder) {}

  mutable std::atomic<Builder*> builder_;
  mutable std::string reason_;  ///< read only after builder_ was seen to be nullptr
};

/// Adds nodes to a graph for the tensors that a user's code works with. Derived classes decide what adding means: in
/// eager mode a node runs at once.
class Builder {
 public:
  /// `name` is for messages: "function 'train_step'".
  explicit Builder(std::pmr::memory_resource* memory, std::string name = "a graph");
  virtual ~Builder();  ///< ends the life, if end() has not
  Builder(const Builder&) = delete;
  Builder& operator=(const Builder&) = delete;

  Graph& graph() noexcept { return graph_; }
  const Graph& graph() const noexcept { return graph_; }
  void end(std::string_view reason) noexcept { life_->end(reason); }

  /// Infers and appends; the node's outputs. Owner and source line are those of the innermost Scope.
  std::vector<Tensor> append(const OpDef& op, std::span<const Tensor> inputs, std::span<const Attribute> attributes);
  /// The same for ops of one output.
  Tensor append_one(const OpDef& op, std::span<const Tensor> inputs, std::span<const Attribute> attributes);

  Tensor input(const Spec& spec, std::string_view name);
  Tensor constant(const Array& array);
  Tensor scalar(double value, DType dtype);
  /// The variable's value at this point of the program: what was assigned last, or what it holds.
  Tensor read(VariableId variable, const Spec& spec, std::string_view name);
  /// The variable's new value; dtype and shape must fit its spec.
  virtual void assign(VariableId variable, const Spec& spec, std::string_view name, const Tensor& value);
  /// The number of a value: eager mode alone, else ValueError.
  virtual Array value(ValueId value);
  virtual bool is_eager() const noexcept { return false; }

  Tensor tensor(ValueId value) const;
  /// The id of a tensor of this graph; throws ValueError for another graph's, an empty or a weak one.
  ValueId id(const Tensor& tensor) const;

  /// The mask of a value: a bool tensor of this graph that says which of its entries count. Empty: none.
  Tensor mask(const Tensor& tensor) const;
  /// An empty mask takes away what it has.
  void set_mask(const Tensor& tensor, const Tensor& mask);

  /// Takes the updates that assign() gathered into the graph. For graph mode, at the end of a trace.
  void finish(std::span<const Tensor> outputs);

  /// The builder whose code runs on this thread: where ops without a tensor argument add their nodes. nullptr outside
  /// of any.
  static Builder* current() noexcept;
  /// current(), or throws ValueError that names `op` and says what to do.
  static Builder& current_or_throw(std::string_view op);

  /// Makes a builder current on this thread until it ends; they nest.
  class Current {
   public:
    explicit Current(Builder& builder) noexcept;
    ~Current();
    Current(const Current&) = delete;
    Current& operator=(const Current&) = delete;

   private:
    Builder* before_;
  };

  /// Nodes added within are owned by `owner` (a layer's whole path) and stem from `where`, if it is known.
  class Scope {
   public:
    Scope(Builder& builder, std::string_view owner, SourceLine where = {});
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Builder& builder_;
    std::string owner_before_;
    SourceLine where_before_;
  };
  /// Floating variables that are read within as tensors are cast to this dtype.
  class Autocast {
   public:
    Autocast(Builder& builder, DType dtype) noexcept;
    ~Autocast();
    Autocast(const Autocast&) = delete;
    Autocast& operator=(const Autocast&) = delete;

   private:
    Builder& builder_;
    std::optional<DType> before_;
  };
  const std::optional<DType>& autocast() const noexcept { return autocast_; }

  /// Nodes added within are marked as gradients.
  class GradientScope {
   public:
    explicit GradientScope(Builder& builder) noexcept;
    ~GradientScope();
    GradientScope(const GradientScope&) = delete;
    GradientScope& operator=(const GradientScope&) = delete;

   private:
    Builder& builder_;
    bool before_;
  };
  const std::string& owner() const noexcept { return owner_; }
  const SourceLine& where() const noexcept { return where_; }
  const std::string& name() const noexcept { return name_; }
  /// "f32[2,3] of matmul in layer 'dense' at train.cpp:8": a value, as messages name it.
  std::string describe(ValueId value) const;

 protected:
  /// Called after a node (a leaf too) has been appended.
  virtual void added(NodeId node);
  /// Variables assigned so far, with the value assigned last.
  const std::pmr::unordered_map<VariableId, ValueId>& assigned() const noexcept { return assigned_; }
  void forget_reads(VariableId variable);

 private:
  NodeId append_node(const OpDef& op, std::span<const Tensor> inputs, std::span<const Attribute> attributes);
  Tensor added_leaf(ValueId value);

  std::string name_;
  std::shared_ptr<const Life> life_;
  Graph graph_;
  std::pmr::unordered_map<VariableId, ValueId> read_;
  std::pmr::unordered_map<VariableId, ValueId> assigned_;
  std::pmr::vector<Update> updates_;  ///< in the order of each variable's first assignment
  std::pmr::unordered_map<ValueId, ValueId> masks_;
  std::optional<DType> autocast_;
  std::string owner_;
  SourceLine where_;
  bool builds_gradients_ = false;
};

/// The inner side of Tensor.
class Access {
 public:
  static Tensor make(std::shared_ptr<const Life> life, ValueId value) noexcept;
  static const std::shared_ptr<const Life>& life(const Tensor& tensor) noexcept { return tensor.life_; }
  static ValueId value(const Tensor& tensor) noexcept { return tensor.value_; }
  static bool is_weak(const Tensor& tensor) noexcept;
  static bool is_weak_floating(const Tensor& tensor) noexcept;
  static bool is_weak_integer(const Tensor& tensor) noexcept;
  static double number(const Tensor& tensor) noexcept { return tensor.number_; }
};

/// The builder of a tensor in a graph: throws StaleHandleError for an ended one, ValueError for an empty or weak one
/// (naming `op`).
Builder& builder_of(const Tensor& tensor, std::string_view op);
/// The builder that these tensors share; weak ones fit any. Falls back on the current one. Throws ValueError if two
/// graphs are mixed.
Builder& builder_of(std::span<const Tensor> tensors, std::string_view op);

}  // namespace keratin::inline v0::graph
