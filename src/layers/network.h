#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "graph/graph.h"
#include "graph/spec.h"
#include "keratin/core/export.h"
#include "keratin/core/shape.h"
#include "keratin/graph/tensor.h"
#include "keratin/layers/layer.h"

namespace keratin::inline v0::layers {

class FunctionalRecipe;

/// A line of a model's summary.
struct LayerSummary {
  std::string name;
  std::string class_name;
  std::vector<Shape> outputs;  ///< with batch; empty before the layer is built
  std::int64_t params = 0;
  bool built = false;
  bool trainable = true;
  Layer* layer = nullptr;  ///< nullptr for an input
};

/// Keras's adjustment of an input: a trailing 1 comes or goes where that alone is missing or too much.
KERATIN_API Shape with_rank_of(Shape shape, const Shape& wanted);

/// A model's layers: one after the other, which it owns, or all that leads from some tensors of a functional graph to
/// others, where layers belong to whoever made them and may be shared. A layer itself, so that models nest.
class KERATIN_API Network : public Layer {
 public:
  /// One after the other. With an Input first it is built when a session adopts it, else with its first call or
  /// build().
  explicit Network(std::vector<LayerSpec> layers, std::string name = {});
  /// What leads from `inputs` to `outputs` of one functional graph. Throws (when a session adopts it) ValueError if an
  /// output depends on a symbolic input that isn't among them, naming it.
  Network(std::vector<Tensor> inputs, std::vector<Tensor> outputs, std::string name = {});
  /// Keys of a dictionary of inputs or outputs: their names; an empty list: they have none.
  void set_keys(std::vector<std::string> inputs, std::vector<std::string> outputs);
  /// A functional one whose layers it makes and owns.
  Network(std::shared_ptr<const FunctionalRecipe> recipe, std::string name = {});
  /// Keras's config of a Sequential or a Functional.
  static Network from_config(const Config& config);
  /// The same, once it is live. Throws ValueError, naming the layer, for what has no description.
  Config config() const override;
  Config get_config() const override;

  /// Gives a sequential one without Input a symbolic input of this spec, and builds it. Does nothing where it has one.
  void build_with_input(const graph::Spec& spec);
  /// Another layer at the end of a sequential one. All or nothing.
  void append(const LayerSpec& spec);
  bool is_sequential() const noexcept { return is_sequential_; }
  std::vector<std::pair<std::string, Layer*>> saved_sublayers() const override;

  /// Runs the layers on other tensors, in the graph that those are in.
  std::vector<Tensor> replay(std::span<const Tensor> inputs, bool training) {
    return invoke_all(inputs, CallOptions{.training = training});
  }

  /// The symbolic tensors; empty for a sequential one without Input.
  const std::vector<Tensor>& inputs() const noexcept { return inputs_; }
  const std::vector<Tensor>& outputs() const noexcept { return outputs_; }
  /// Names of the symbolic inputs, and of the layers that the outputs come from.
  std::vector<std::string> input_names() const;
  std::vector<std::string> output_names() const;
  /// Those of a dictionary of inputs; else none.
  std::span<const std::string> input_keys() const;
  /// Whether the outputs are a dictionary.
  bool has_named_outputs() const noexcept { return !output_keys_.empty(); }

  /// The layers, without inputs: in Keras's order, by their greatest distance from the outputs.
  const std::vector<Layer*>& layers() const noexcept { return layers_; }
  /// By name, or by index (negative ones from the end). Throws KeyError naming the layers that exist.
  Layer& layer(std::string_view name) const;
  Layer& layer(std::int64_t index) const;
  std::vector<LayerSummary> summary() const;

  using Layer::build;
  void build(std::span<const Shape> inputs) override;
  std::vector<Tensor> call_all(std::span<const Tensor> inputs, const CallContext& context) override;
  /// Its layers' masks stay with its results, and no other is made.
  bool supports_masking() const override { return true; }
  std::vector<Tensor> compute_mask(std::span<const Tensor> /*inputs*/, const CallContext& /*context*/) override {
    return {};
  }
  std::string class_name() const override { return is_sequential_ ? "Sequential" : "Functional"; }
  std::vector<Layer*> sublayers() const override { return layers_; }

 protected:
  std::string default_name() const override { return is_sequential_ ? "sequential" : "functional"; }
  void became_live() override;

 private:
  void find_layers();  ///< of a functional one
  void make_layers();  ///< of the recipe
  void add_found(Layer& layer);
  void start_with(const Layer& input);
  /// `shared_id`: the layer's in the description; what was made of it elsewhere is taken.
  void append_described(const LayerSpec& spec, std::optional<std::int64_t> shared_id);
  void take_name(const Layer& layer) const;
  static Network sequential_from(const Config& config);
  Config sequential_config() const;
  Config recipe_config() const;
  std::vector<Tensor> fitted(std::span<const Tensor> inputs) const;

  bool is_sequential_;
  std::vector<LayerSpec> specs_;                         ///< until it is live
  std::vector<std::optional<std::int64_t>> shared_ids_;  ///< of these, where a description has some
  std::shared_ptr<const FunctionalRecipe> recipe_;
  std::vector<std::string> input_keys_;   ///< a recipe's inputs always have some
  std::vector<std::string> output_keys_;  ///< a recipe's outputs always have some
  std::vector<Tensor> inputs_;            ///< of the functional graph
  std::vector<Tensor> outputs_;           ///< of the functional graph
  std::vector<graph::NodeId> nodes_;      ///< a functional one's, in the order of their running
  std::vector<Layer*> layers_;
  std::vector<Handle<Layer>> handles_;      ///< of a functional one's layers, which may end before it
  std::vector<std::vector<Shape>> shapes_;  ///< of each layer's first results, once they are known
};

}  // namespace keratin::inline v0::layers
