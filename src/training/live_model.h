#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "keratin/core/export.h"
#include "keratin/training/model.h"
#include "layers/network.h"
#include "session/core.h"
#include "training/batches.h"
#include "training/compiled.h"

namespace keratin::inline v0::training {

/// The live object behind a Model handle: a network with what compile made of it, and its step functions.
class KERATIN_API LiveModel final : public layers::Network {
 public:
  using Network::Network;
  explicit LiveModel(Network description) : Network(std::move(description)) {}
  ~LiveModel() override;

  ComponentKind kind() const noexcept override { return ComponentKind::model; }
  session::Core& core() const { return session::Inner::core(*this); }

  void compile(CompileOptions options);
  bool is_compiled() const noexcept { return compiled_ != nullptr; }
  /// Throws ValueError naming `what` before compile.
  Compiled& compiled(const char* what) const;

  /// x in the order of the inputs, each with a rank that fits. Builds a model without Input for x.
  std::vector<Array> inputs_of(const Data& x);
  /// The columns of a step: x, y, weights (from sample_weight or class_weight, where given).
  Columns columns(const Data& x, const Data& y, const std::optional<Array>& sample_weight,
                  const FlatMap<std::int64_t, double>& class_weight, const char* what);
  Columns input_columns(const Data& x);

  /// Step functions, made at the first use: train and test take columns and return results; predict takes inputs and
  /// returns outputs.
  session::TracedFunction& train_function();
  session::TracedFunction& test_function();
  session::TracedFunction& predict_function();
  /// Makes metrics for the targets among these columns; before a train or test step.
  void prepare_metrics(const Columns& columns);
  void prepare_metrics(std::span<const Shape> targets);

  /// The compiled loss of a batch plus all penalties, in a function.
  Tensor compute_loss(std::span<const Tensor> x, std::span<const Tensor> y, const Tensor& sample_weight, bool training);

  /// Zeros where the function has not been made.
  static FunctionStats stats(const std::shared_ptr<session::TracedFunction>& function);
  /// A part of the model that is no layer: a metric.
  template <class T>
  Handle<T> adopt_part(T part) {
    std::string part_name = part.name();
    return add_component(std::move(part_name), std::move(part));
  }
  const std::shared_ptr<session::TracedFunction>& train() const noexcept { return train_; }
  const std::shared_ptr<session::TracedFunction>& test() const noexcept { return test_; }
  const std::shared_ptr<session::TracedFunction>& predict() const noexcept { return predict_; }

  /// A handle of this model, for callbacks.
  Model handle();
  static LiveModel& of(const Model& model) { return model.live(); }

 private:
  /// What layers added in their calls, and the penalties of the weights.
  std::vector<Tensor> penalties(std::vector<Tensor> added) const;
  std::vector<Tensor> step(std::span<const Tensor> columns, bool training);
  std::shared_ptr<session::TracedFunction> make(const char* name, FunctionBody body);

  std::unique_ptr<Compiled> compiled_;
  std::shared_ptr<session::TracedFunction> train_;
  std::shared_ptr<session::TracedFunction> test_;
  std::shared_ptr<session::TracedFunction> predict_;
};

/// What a Model refers to: a checked handle.
struct ModelHandle {
  Handle<LiveModel> live;
};

}  // namespace keratin::inline v0::training
