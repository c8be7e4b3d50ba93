#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
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
#include "training/model_inputs.h"
#include "training/states.h"

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

  /// x in the order of the inputs, each with a rank that fits. Builds a model without Input for x. `any_batch`: however
  /// many rows an input takes.
  std::vector<Array> inputs_of(const Data& x, bool any_batch = false);
  /// The columns of a step: x, y, weights (from sample_weight or class_weight, where given).
  Columns columns(const Data& x, const Data& y, const Data& sample_weight,
                  const FlatMap<std::int64_t, double>& class_weight, const char* what);
  Columns input_columns(const Data& x, bool any_batch = false);
  std::vector<InputShape> input_shapes() const;
  /// What predict computes, traced for any number of rows (and any size that an input leaves open), as a graph in other
  /// memory.
  std::unique_ptr<graph::Graph> predict_graph(std::pmr::memory_resource* memory);
  /// Names of a step's results: those of the model's outputs, if there are as many.
  std::vector<std::string> result_names(std::size_t count) const;
  /// Counts calls of predict, and gives a hint, once, when many small ones come in a row.
  void note_prediction(std::int64_t rows);

  /// Step functions, made at the first use: train and test take columns and return results; predict takes inputs and
  /// returns outputs.
  session::TracedFunction& train_function();
  session::TracedFunction& test_function();
  session::TracedFunction& predict_function();
  session::TracedFunction& step_function(bool training) { return training ? train_function() : test_function(); }
  /// Before a train or test step on such columns: makes metrics for their targets, and notes what each column is.
  void prepare_step(const Columns& columns, bool training);
  void prepare_step(const ColumnKinds& kinds, std::span<const Shape> targets, bool training);
  /// Makes the metrics in a function, where they aren't there yet.
  void make_metrics_for(const TensorList& y, const TensorList& y_pred);
  /// Names of what the step returns for so many columns. Throws InternalError before it has run or been traced.
  const Logs::Names& step_names(bool training, std::size_t columns) const;
  void set_steps(std::shared_ptr<Steps> steps);
  const std::vector<Handle<Metric>>& own_metrics() const noexcept { return own_metrics_; }
  std::shared_ptr<const session::ComponentLife> adopt_metric(std::unique_ptr<Metric> metric);

  /// What a step's context does: the compiled loss plus all penalties, one step of the optimizer, the metrics.
  /// `rows` counts the batch where the losses of outputs are to be noted.
  Tensor total_loss(const TensorList& y, const TensorList& y_pred, const TensorList& sample_weight,
                    std::vector<Tensor> penalties, const Tensor& rows) const;
  void apply_gradients(const Tensor& loss);
  StepLogs updated_metrics(const TensorList& y, const TensorList& y_pred, const TensorList& sample_weight) const;
  /// The compiled loss of a batch plus all penalties, in a function.
  Tensor compute_loss(const TensorList& x, const TensorList& y, const TensorList& sample_weight, bool training);

  /// Zeros where the function has not been made.
  static FunctionStats stats(const std::shared_ptr<session::TracedFunction>& function);
  /// A part of the model that is no layer: a metric.
  template <class T>
  Handle<T> adopt_part(T part) {
    std::string part_name = part.name();
    return add_component(std::move(part_name), std::move(part));
  }
  const std::shared_ptr<session::TracedFunction>& train() const noexcept { return train_.function; }
  const std::shared_ptr<session::TracedFunction>& test() const noexcept { return test_.function; }
  const std::shared_ptr<session::TracedFunction>& predict() const noexcept { return predict_; }
  const std::shared_ptr<session::TracedFunction>& stream() const noexcept { return stream_; }

  StateWatch& state_watch() noexcept { return state_watch_; }
  /// What a stream has a state of: a call of a recurrent layer. Throws ValueError where there are none.
  struct StreamSlot {
    std::string name;  ///< "lstm/state_0"
    Shape row;
    DType dtype = float32;
  };
  const std::vector<StreamSlot>& stream_slots();
  /// Takes inputs and the slots' states; returns outputs and the states after them.
  session::TracedFunction& stream_function();

  /// A handle of this model, for callbacks.
  Model handle();
  static LiveModel& of(const Model& model) { return model.live(); }

 private:
  /// The train or the test step, with what is known of it.
  struct Step {
    std::shared_ptr<session::TracedFunction> function;
    /// What it has been given, by the number of columns.
    struct Known {
      ColumnKinds kinds;
      Logs::Names names = nullptr;  ///< of what it returned when it was traced
    };
    std::vector<Known> known;
    std::vector<Known>::iterator of(std::size_t columns) {
      return std::ranges::find_if(known, [&](const Known& each) { return each.kinds.size() == columns; });
    }
  };
  /// What layers added in their calls, and the penalties of the weights.
  std::vector<Tensor> penalties(std::vector<Tensor> added) const;
  std::vector<Array> targets_of(const Data& y, std::int64_t rows, const char* what) const;
  std::vector<Array> weights_of(const Data& sample_weight, std::int64_t rows, const char* what) const;
  std::vector<Tensor> step(std::span<const Tensor> columns, bool training);
  std::vector<Tensor> predict_step(std::span<const Tensor> x);
  std::vector<Tensor> stream_step(std::span<const Tensor> columns);
  void find_stream_slots();
  std::shared_ptr<session::TracedFunction> make(const char* name, FunctionBody body);
  void forget_steps(const std::string& reason);

  std::unique_ptr<Compiled> compiled_;
  std::shared_ptr<Steps> steps_ = std::make_shared<Steps>();
  bool has_own_steps_ = false;
  std::vector<Handle<Metric>> own_metrics_;
  Step train_;
  Step test_;
  std::shared_ptr<session::TracedFunction> predict_;
  StateWatch state_watch_;
  std::shared_ptr<session::TracedFunction> stream_;
  std::vector<StreamSlot> stream_slots_;
  std::size_t stream_layers_ = 0;       ///< that the model had when the slots were found
  std::int64_t small_predictions_ = 0;  ///< in a row
  bool is_hint_given_ = false;
};

/// Results of the predict step, with the names of the model's outputs if there are as many.
Outputs named(const LiveModel& model, std::vector<Array> arrays);

/// What a Model refers to: a checked handle.
struct ModelHandle {
  Handle<LiveModel> live;
};

}  // namespace keratin::inline v0::training
