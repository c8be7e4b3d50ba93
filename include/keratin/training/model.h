#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/core/array.h"
#include "keratin/core/callable.h"
#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/core/flat_map.h"
#include "keratin/core/memory.h"
#include "keratin/data/data.h"
#include "keratin/data/dataset.h"
#include "keratin/data/examples.h"
#include "keratin/graph/tensor.h"
#include "keratin/layers/layer.h"
#include "keratin/session/session.h"
#include "keratin/training/callback.h"
#include "keratin/training/compile_options.h"
#include "keratin/training/logs.h"
#include "keratin/training/save_options.h"
#include "keratin/training/steps.h"
#include "keratin/training/stop_token.h"
#include "keratin/training/stream_state.h"
#include "keratin/training/tensor_list.h"

namespace keratin::inline v0 {

namespace training {
class LiveModel;
struct ModelHandle;
}  // namespace training

class Predictor;
struct PredictorOptions;

/// Data to validate with after an epoch: arrays, or a stream.
struct KERATIN_API ValidationData {
  ValidationData() noexcept;
  ValidationData(Data inputs, Data targets, Data weights = {});
  ValidationData(const Examples& examples);
  ValidationData(Dataset batches);
  ValidationData(const ValidationData& other);
  ValidationData(ValidationData&& other) noexcept;
  ValidationData& operator=(const ValidationData& other);
  ValidationData& operator=(ValidationData&& other) noexcept;
  ~ValidationData();
  bool empty() const noexcept;

  Data x = {};
  Data y = {};
  Data sample_weight = {};
  std::optional<Dataset> dataset = std::nullopt;
};

/// After which epochs fit validates: `2` after every second one, `{1, 5}` after the first and the fifth.
class KERATIN_API ValidationFreq {
 public:
  template <std::integral T>
  ValidationFreq(T every) : every_(static_cast<std::int64_t>(every)) {}
  ValidationFreq(std::initializer_list<std::int64_t> epochs);
  ValidationFreq(std::vector<std::int64_t> epochs);

  /// `epoch` counts from 0, the list from 1, as in Keras.
  bool is_due(std::int64_t epoch) const noexcept;
  std::int64_t every() const noexcept { return every_; }

 private:
  std::int64_t every_ = 1;
  bool is_list_ = false;
  std::vector<std::int64_t> epochs_;
};

/// What `fit` takes besides data, in Keras's order; ours last.
struct FitOptions {
  /// Not given: 32, or what the states of stateful layers have; with steps_per_epoch what gives so many batches. A
  /// Dataset has batches already.
  std::optional<std::int64_t> batch_size = std::nullopt;
  std::int64_t epochs = 1;
  /// 0: silent; 1: a progress bar on a terminal, plain lines otherwise; 2: a line an epoch.
  int verbose = 1;
  CallbackList callbacks = {};
  /// The share of the rows, from the end (before shuffling), that is kept for validation.
  double validation_split = 0.0;
  ValidationData validation_data = {};
  bool shuffle = true;  ///< stateful layers throw StatefulError for it
  FlatMap<std::int64_t, double> class_weight = {};
  /// An array with a number for each row, which all outputs share; or one array for each output, in order or by name
  /// (an output that isn't named has none), each with a number for each row or for each of its positions.
  Data sample_weight = {};
  std::int64_t initial_epoch = 0;
  /// 0: as many as the data has. An epoch of fewer goes on where the last one ended; none goes beyond the data's end.
  std::int64_t steps_per_epoch = 0;
  std::int64_t validation_steps = 0;
  std::optional<std::int64_t> validation_batch_size = std::nullopt;  ///< not given: batch_size
  ValidationFreq validation_freq = 1;
  /// A request ends fit after the batch at hand.
  StopToken stop_token = {};
  /// Seconds: fit ends after the batch in which it has run this long; 0: no limit.
  double time_limit = 0.0;
  /// When stateful layers start anew. A validation begins with the training's states (with 0, where states are reset),
  /// and leaves them as they were; in Keras, it leaves its own.
  std::optional<ResetStates> reset_states = std::nullopt;
  /// For each_sequence: an integer for each row of x. Row i of a batch goes on where row i of the batch before ended.
  Array sequence_ids = {};
  /// Leaves a last batch out that is shorter, in training and in validation. Of arrays: Dataset::batch has its own.
  bool drop_remainder = false;
};

struct EvaluateOptions {
  std::optional<std::int64_t> batch_size = std::nullopt;  ///< not given: 32; with steps what gives so many batches
  int verbose = 1;
  Data sample_weight = {};
  std::int64_t steps = 0;
  CallbackList callbacks = {};
  std::optional<ResetStates> reset_states = std::nullopt;
  Array sequence_ids = {};
  bool drop_remainder = false;  ///< leaves a last batch out that is shorter
};

struct PredictOptions {
  std::optional<std::int64_t> batch_size = std::nullopt;  ///< not given: 32; with steps what gives so many batches
  int verbose = 0;                                        ///< Keras's is "auto": a bar. A service wants none.
  std::int64_t steps = 0;
  CallbackList callbacks = {};
  std::optional<ResetStates> reset_states = std::nullopt;
  Array sequence_ids = {};
};

struct BatchOptions {
  Data sample_weight = {};
  FlatMap<std::int64_t, double> class_weight = {};
};

struct SummaryOptions {
  std::int64_t line_length = 80;
  bool expand_nested = false;
  bool show_trainable = false;
};

struct MemoryPlanOptions {
  std::optional<std::int64_t> batch_size = std::nullopt;  ///< not given: what fit takes, 32 or a stateful model's own
  /// Rows of the data: tells whether there is a short last batch. 0: there may be one.
  std::int64_t rows = 0;
  bool validation = false;
  std::int64_t validation_batch_size = 0;  ///< 0: batch_size
};

/// What fit will take, known before it runs: the whole session's memory at its peak.
struct MemoryPlan {
  std::int64_t peak_bytes = 0;
  /// Activations, gradients and kernels' scratch of the plan with the largest need; one block, shared by all plans.
  std::int64_t workspace_bytes = 0;
  /// The largest sum of live buffers in it: what no placement could undercut.
  std::int64_t live_bytes = 0;
  /// With compile's recompute: of activations that are computed a second time instead of being kept.
  std::int64_t recomputed_bytes = 0;
  std::int64_t budget_bytes = 0;  ///< 0: none
  FlatMap<MemoryCategory, std::int64_t> by_category;
  std::vector<MemoryOwner> owners;  ///< largest first
};
KERATIN_API std::ostream& operator<<(std::ostream& out, const MemoryPlan& plan);

struct ModelOptions {
  std::string name = {};
};

/// A model that a session owns; this is a small checked handle of it. `keras.Model`.
class KERATIN_API Model {
 public:
  /// Refers to nothing; using it throws ValueError.
  Model() noexcept = default;
  /// The functional API: from symbolic inputs (session.input) to what was made of them.
  Model(const TensorList& inputs, const TensorList& outputs, ModelOptions options = {},
        std::source_location where = std::source_location::current());

  /// On tensors, inside a function or on symbolic inputs. Of several outputs, use call().
  Tensor operator()(const Tensor& x, const CallOptions& options = {}) const;
  std::vector<Tensor> call(std::span<const Tensor> inputs, const CallOptions& options = {}) const;

  /// Inside of a function: the model's call on x, the compiled loss of it and y, and the penalties of layers and
  /// weights. Throws ValueError before compile.
  Tensor compute_loss(const TensorList& x, const TensorList& y, const TensorList& sample_weight = {},
                      bool training = true) const;
  /// Inside of a function: adds a batch to the compiled metrics and gives the values of all. They exist once a batch
  /// has been seen, or these tensors were.
  StepLogs compute_metrics(const TensorList& y, const TensorList& y_pred, const TensorList& sample_weight = {}) const;

  /// Throws SessionBusyError while fit runs; replaces what an earlier compile set.
  void compile(CompileOptions options, std::source_location where = std::source_location::current());

  /// What a step does instead of Keras's: an object of one's own class (by value or shared), or a function for training
  /// alone. The next step is traced anew. An empty one gives Keras's back.
  template <std::derived_from<Steps> T>
  void set_steps(T steps) {
    set_steps(std::shared_ptr<Steps>(std::make_shared<T>(std::move(steps))));
  }
  void set_steps(std::shared_ptr<Steps> steps);
  void set_train_step(Callable<StepLogs(StepContext&)> step);
  /// A metric of the model's own, for such steps: reset when compiled ones are, and among their values.
  template <std::derived_from<Metric> T>
  Handle<T> add_metric(T metric) {
    auto made = std::make_unique<T>(std::move(metric));
    T* const raw = made.get();
    return Handle<T>(adopt_metric(std::move(made)), raw);
  }

  /// Trains; returns each epoch's numbers. After it, also when it throws, the library holds no callback, function or
  /// array of the caller's.
  History fit(const Data& x, const Data& y, const FitOptions& options = {},
              std::source_location where = std::source_location::current());
  History fit(const Dataset& batches, const FitOptions& options = {},
              std::source_location where = std::source_location::current());
  Logs evaluate(const Data& x, const Data& y, const EvaluateOptions& options = {},
                std::source_location where = std::source_location::current());
  Logs evaluate(const Dataset& batches, const EvaluateOptions& options = {},
                std::source_location where = std::source_location::current());
  Outputs predict(const Data& x, const PredictOptions& options = {},
                  std::source_location where = std::source_location::current());
  /// Of each batch's x, one after the other.
  Outputs predict(const Dataset& batches, const PredictOptions& options = {},
                  std::source_location where = std::source_location::current());
  /// Into memory of the caller's, which must hold exactly the result's elements (of the only output).
  void predict_into(const Data& x, std::span<float> out, const PredictOptions& options = {},
                    std::source_location where = std::source_location::current());

  /// One step; metrics are reset before, so that the numbers are this batch's alone.
  Logs train_on_batch(const Data& x, const Data& y, const BatchOptions& options = {},
                      std::source_location where = std::source_location::current());
  Logs test_on_batch(const Data& x, const Data& y, const BatchOptions& options = {},
                     std::source_location where = std::source_location::current());
  Outputs predict_on_batch(const Data& x);
  void reset_metrics();
  /// Sets the states of all stateful layers to 0; or of some layers, some rows, to other values. Throws KeyError for a
  /// layer or a state that there isn't, ShapeError for rows and values that don't fit; nothing is set then. May be
  /// called in a callback.
  void reset_states(const ResetStatesOptions& options = {});
  /// The states of stateful layers now, by path.
  NamedArrays states() const;
  /// States of 0 for a stream of so many rows; not given: the model's fixed batch size, or 1. Layers need not be
  /// stateful for it. Throws ValueError where no layer has states.
  StreamState initial_state(std::optional<std::int64_t> batch_size = std::nullopt) const;
  /// Predicts x, one batch, with the stream's states, which are replaced by those after x. The model's own states stay
  /// as they are; so does the stream's where it throws: ShapeError and KeyError for states of other rows or of another
  /// model.
  Outputs predict(const Data& x, StreamState& state, std::source_location where = std::source_location::current());

  /// A copy of the weights that predicts from any thread, with memory of its own (keratin/serving/predictor.h).
  Predictor freeze(const PredictorOptions& options) const;
  Predictor freeze() const;

  std::string summary(SummaryOptions options = {}) const;
  /// Throws ValueError before compile.
  MemoryPlan memory_plan(MemoryPlanOptions options = {});
  const std::string& name() const;
  bool is_compiled() const;
  /// Builds a model without Input for inputs of this shape (with batch, −1 where unknown).
  void build(const Shape& input);
  bool is_built() const;
  std::vector<Tensor> inputs() const;
  std::vector<Tensor> outputs() const;
  std::vector<std::string> input_names() const;
  std::vector<std::string> output_names() const;
  Shape input_shape() const;
  Shape output_shape() const;
  std::vector<LayerRef> layers() const;
  /// By name, or by index (negative ones from the end). Throws KeyError naming the layers that exist.
  LayerRef get_layer(std::string_view name) const;
  LayerRef get_layer(std::int64_t index) const;
  std::int64_t count_params() const;
  bool trainable() const;
  void set_trainable(bool trainable);

  std::vector<Variable> weights() const;
  std::vector<Variable> trainable_variables() const;
  std::vector<Variable> non_trainable_variables() const;
  std::vector<Array> get_weights() const;
  void set_weights(const std::vector<Array>& weights);
  /// Each weight with its place in a weight file ("layers/dense/vars/0"), in the file's order.
  std::vector<std::pair<std::string, Variable>> saved_weights() const;
  /// From a `.weights.h5` file, or those of a `.keras` file or folder. All weights are checked before any is replaced:
  /// throws FileError for one that is missing (or too many), ShapeError and DTypeError naming both sides.
  void load_weights(const std::string& path, const LoadWeightsOptions& options = {});
  /// A file that Keras loads (its name ends in `.keras`), or with `.zipped = false` a folder: layers, weights, how it
  /// was compiled and the optimizer's state. It appears whole or not at all. Throws FileError; and ValueError, naming
  /// layer or op, for what has no description that Keras could read, before anything is written.
  void save(const std::string& path, const SaveOptions& options = {}) const;
  /// The weights and the optimizer's state (`.weights.h5`). Throws FileError, and NotBuiltError before the model is
  /// built.
  void save_weights(const std::string& path, const SaveWeightsOptions& options = {}) const;
  /// The description as data, which model_from_config makes a model of; and as Keras's JSON, with how the model was
  /// compiled, for model_from_json. Throw ValueError as save() does.
  Config get_config() const;
  std::string to_json() const;
  /// Throws ValueError before compile.
  Handle<optimizers::Optimizer> optimizer() const;
  /// Names of the numbers in logs, in their order: "loss", metrics, then the losses of several outputs. Metrics are
  /// there once targets have been seen, which "accuracy" depends on.
  std::vector<std::string> metrics_names() const;
  /// How often the model's train, test and predict steps were traced and planned, and why.
  FunctionStats train_stats() const;
  FunctionStats test_stats() const;
  FunctionStats predict_stats() const;
  /// For people: how often each step was traced and planned, why, and what to do about it.
  std::string explain_traces() const;
  /// The train step as text: the trace, or what it was compiled to. Throws ValueError before the first step.
  std::string train_graph_text(bool compiled = false) const;

 protected:
  friend class training::LiveModel;
  explicit Model(std::shared_ptr<const training::ModelHandle> live) noexcept;
  training::LiveModel& live() const;
  std::shared_ptr<const session::ComponentLife> adopt_metric(std::unique_ptr<Metric> metric);

  std::shared_ptr<const training::ModelHandle> live_;
};

struct SequentialOptions {
  std::string name = {};
};

/// Layers one after the other. Without an Input it is built with its first data. `keras.Sequential`.
class KERATIN_API Sequential : public Model {
 public:
  Sequential(Session& session, std::initializer_list<LayerSpec> layers, SequentialOptions options = {},
             std::source_location where = std::source_location::current());
  Sequential(Session& session, const std::vector<LayerSpec>& layers, SequentialOptions options = {},
             std::source_location where = std::source_location::current());
  /// In the session whose scope is open on this thread (Session::as_default); throws NoSessionError if none is.
  explicit Sequential(std::initializer_list<LayerSpec> layers, SequentialOptions options = {},
                      std::source_location where = std::source_location::current());

  /// Another layer at the end; before the model is compiled or used.
  void add(const LayerSpec& layer);
};

}  // namespace keratin::inline v0
