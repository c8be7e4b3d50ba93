#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <utility>

#include "core/array_impl.h"
#include "core/element_convert.h"
#include "core/heap.h"
#include "keratin/core/error.h"
#include "keratin/training/model.h"
#include "session/traced_function.h"
#include "session/work.h"
#include "training/batches.h"
#include "training/callback_run.h"
#include "training/evaluation.h"
#include "training/fitting_batch.h"
#include "training/live_model.h"
#include "training/predict_into.h"
#include "training/states.h"
#include "training/step_runner.h"

namespace keratin::inline v0 {
namespace training {

Outputs named(const LiveModel& model, std::vector<Array> arrays) {
  std::vector<std::string> names = model.result_names(arrays.size());
  return {std::move(names), std::move(arrays)};
}

namespace {

/// Where a prediction's rows go: each output's memory, and its rows.
struct Target {
  std::vector<Array> arrays;
  std::vector<std::byte*> first;
  std::vector<std::size_t> row_bytes;
  std::vector<Shape> shapes;
};

std::byte* memory_of(Array& array) {
  return core::visit_element_type(array.dtype(), [&]<class T>(std::type_identity<T>) -> std::byte* {
    return reinterpret_cast<std::byte*>(array.mutable_data<T>().data());
  });
}

std::int64_t steps_per_execution(const LiveModel& model) {
  return model.is_compiled() ? model.compiled("predict").steps_per_execution() : 1;
}

/// The parts, one after the other along the first dimension.
Array joined(const std::vector<Array>& parts) {
  if (parts.size() == 1) return parts.front();
  Shape shape = parts.front().shape();
  if (shape.empty())
    throw ShapeError("predict puts batches together by rows, but a result has the shape (). Use predict_on_batch");
  shape[0] = 0;
  for (const Array& part : parts) {
    Shape rest = part.shape();
    const std::int64_t rows = rest.empty() ? 0 : rest.front();
    if (!rest.empty()) rest[0] = shape[0];
    if (rest != shape)
      throw ShapeError("predict puts batches together whose rows have one shape. Received: " +
                       to_string(parts.front().shape()) + " and " + to_string(part.shape()));
    shape[0] += rows;
  }
  Array whole = Array::empty(shape, parts.front().dtype());
  std::byte* to = memory_of(whole);
  for (const Array& part : parts) {
    std::memcpy(to, part.raw(), static_cast<std::size_t>(part.nbytes()));
    to += part.nbytes();
  }
  return whole;
}

/// Of each output, batch by batch.
using Results = std::vector<std::vector<Array>>;

void add(Results& results, const std::vector<Array>& arrays) {
  results.resize(arrays.size());
  for (std::size_t i = 0; i < arrays.size(); ++i) results[i].push_back(arrays[i]);
}

std::vector<Array> joined(const Results& results) {
  std::vector<Array> whole;
  whole.reserve(results.size());
  for (const std::vector<Array>& parts : results) whole.push_back(joined(parts));
  return whole;
}

/// Predicting a stream, whose rows nobody has counted.
Outputs predicted(LiveModel& model, const Dataset& dataset, const PredictOptions& options) {
  const std::int64_t per_execution = steps_per_execution(model);
  const FixedBatch fixed(model, "predict");
  fixed.check_order(dataset, "the Dataset");
  StreamBatches batches(
      dataset,
      [&](const Batch& batch) {
        fixed.check_batch(batch.x, "a batch of the Dataset");
        return model.input_columns(batch.x);
      },
      options.steps, per_execution, true);
  StateRun states(model, Work::predict, {.reset = options.reset_states, .sequence_ids = options.sequence_ids});
  const StateRun::Pass pass(states);
  batches.observe(&states);
  CallbackRun callbacks(model.core(), model.handle(), options.callbacks,
                        {.epochs = 1, .steps = batches.steps(), .verbose = options.verbose});
  callbacks.each([](Callback& callback) { callback.on_predict_begin(); });
  batches.begin_epoch(0);
  states.begin_epoch(true);
  Results results;
  for (std::int64_t batch = 0; batches.next(); batch += per_execution) {
    callbacks.each([&](Callback& callback) { callback.on_predict_batch_begin(batch); });
    Results executed;
    std::int64_t steps = 0;
    do {
      add(executed, model.predict_function().call(batches.arrays()));
    } while (++steps < per_execution && batches.next());
    const std::vector<Array> arrays = joined(executed);
    callbacks.each(
        [&](Callback& callback) { callback.on_predict_batch_end(batch + per_execution - 1, named(model, arrays)); });
    add(results, arrays);
    if (callbacks.is_stopped()) break;
  }
  callbacks.each([](Callback& callback) { callback.on_predict_end(); });
  if (results.empty()) throw ValueError("predict: the data gave no batch");
  return named(model, joined(results));
}

class Prediction {
 public:
  Prediction(LiveModel& model, const Data& x, const PredictOptions& options, SourceLine where)
      : model_(model),
        function_(model.predict_function()),
        is_eager_(model.is_compiled() && model.compiled("predict").runs_eagerly()),
        per_execution_(steps_per_execution(model)),
        fixed_(model, "predict"),
        columns_(checked(x, options)),
        states_(model, Work::predict,
                {.reset = options.reset_states, .sequence_ids = options.sequence_ids, .rows = rows_of(columns_)}),
        batch_size_(batch_size_of(fixed_.size(options.batch_size), options.steps, rows_of(columns_), "predict")),
        batches_(model.core(), std::move(columns_),
                 {.batch_size = batch_size_, .steps_per_epoch = options.steps, .steps_per_execution = per_execution_},
                 model.path() + "/predict", where),
        rows_(options.steps > 0
                  ? std::min(batches_.total_rows(), limited_steps(options.steps, per_execution_) * batch_size_)
                  : batches_.total_rows()),
        callbacks_(model.core(), model.handle(), options.callbacks,
                   {.epochs = 1, .steps = batches_.steps(), .verbose = options.verbose}) {
    batches_.observe(&states_);
    model_.note_prediction(rows_);
  }

  /// Into `given` for the only output, or into arrays made for it.
  Target run(std::span<float> given, bool has_memory) {
    Target target;
    const StateRun::Pass pass(states_);
    callbacks_.each([](Callback& callback) { callback.on_predict_begin(); });
    batches_.begin_epoch(0);
    states_.begin_epoch(true);
    std::int64_t done = 0;
    for (std::int64_t batch = 0; done < rows_ && batches_.next(); batch += per_execution_) {
      callbacks_.each([&](Callback& callback) { callback.on_predict_batch_begin(batch); });
      const std::int64_t first = done;
      std::int64_t executed = 0;
      do {
        run_batch(target, done, given, has_memory);
        done += batches_.rows();
      } while (++executed < per_execution_ && done < rows_ && batches_.next());
      if (!callbacks_.is_empty()) {
        const Outputs outputs = rows_of(target, first, done, given);
        callbacks_.each(
            [&](Callback& callback) { callback.on_predict_batch_end(batch + per_execution_ - 1, outputs); });
      }
      if (callbacks_.is_stopped()) break;
    }
    if (done < rows_)  // stopped: what is there
      for (Array& array : target.arrays) array = array.rows(0, done);
    callbacks_.each([](Callback& callback) { callback.on_predict_end(); });
    return target;
  }

 private:
  static std::int64_t rows_of(const Columns& columns) { return columns.arrays.front().shape().front(); }
  Columns checked(const Data& x, const PredictOptions& options) const {
    fixed_.size(options.batch_size);
    fixed_.check_data(x, "x", options.steps, false);
    Columns columns = model_.input_columns(x);
    if (rows_of(columns) == 0)
      throw ValueError("predict needs at least one row. Received: x of shape " +
                       to_string(columns.arrays.front().shape()));
    return columns;
  }

  void run_batch(Target& target, std::int64_t done, std::span<float> given, bool has_memory) {
    if (is_eager_) return run_eagerly(target, done, given, has_memory);
    const runtime::Plan& plan = function_.prepare(batches_.specs());
    if (target.first.empty()) {
      make_room(plan);
      make_target(target, plan.outputs(), given, has_memory);
    }
    check_rows(target, plan.outputs());
    addresses_.clear();
    addresses_.reserve(target.first.size());
    for (std::size_t i = 0; i < target.first.size(); ++i)
      addresses_.push_back(target.first[i] + static_cast<std::size_t>(done) * target.row_bytes[i]);
    function_.run(plan, batches_.addresses(), addresses_);
  }

  void make_room(const runtime::Plan& plan) {
    const runtime::Plan* const one = &plan;
    const std::int64_t rows = batches_.rows();
    try {
      model_.core().allocate_for({&one, 1}, 0,
                                 "predict of '" + model_.name() + "' with batch_size=" + std::to_string(rows));
    } catch (const OutOfMemoryError& error) {
      function_.forget(plan);
      const auto fits = [&](std::int64_t fewer) {
        const std::vector<std::unique_ptr<runtime::Plan>> trials = trials_for(function_, batches_, fewer);
        std::vector<const runtime::Plan*> smaller;
        for (const auto& trial : trials) smaller.push_back(trial.get());
        return model_.core().has_room_for(smaller, batches_.staged_bytes(fewer) - batches_.staged_bytes(rows));
      };
      throw OutOfMemoryError(error.what() + advice_on_rows("A batch_size of ", rows, fits), error.layer_path(),
                             error.where());
    }
  }

  void make_target(Target& target, std::span<const graph::Spec> outputs, std::span<float> given, bool has_memory) {
    for (const graph::Spec& spec : outputs) {
      if (spec.shape.empty() || spec.shape.front() != batches_.rows())
        throw ShapeError("predict puts batches together by rows, but an output of '" + model_.name() +
                         "' has no row for each of the input's: it has the shape " + to_string(spec.shape) +
                         " for a batch of " + std::to_string(batches_.rows()) + ". Use predict_on_batch");
      Shape shape = spec.shape;
      shape[0] = rows_;
      target.shapes.push_back(shape);
      target.row_bytes.push_back(rows_ == 0 ? 0 : spec.bytes() / static_cast<std::size_t>(spec.shape.front()));
      if (has_memory) {
        check_memory(outputs, shape, given.size());
        target.first.push_back(reinterpret_cast<std::byte*>(given.data()));
      } else {
        target.arrays.push_back(Array::empty(shape, spec.dtype));
        target.first.push_back(memory_of(target.arrays.back()));
      }
    }
  }

  /// A batch's rows go where they have room: they are like those of the first batch.
  void check_rows(const Target& target, std::span<const graph::Spec> outputs) const {
    bool fits = outputs.size() == target.shapes.size();
    for (std::size_t i = 0; fits && i < outputs.size(); ++i) {
      Shape shape = target.shapes[i];
      shape[0] = batches_.rows();
      fits = outputs[i].shape == shape &&
             outputs[i].bytes() == static_cast<std::size_t>(batches_.rows()) * target.row_bytes[i];
    }
    if (fits) return;
    std::string text;
    for (const graph::Spec& spec : outputs) text += (text.empty() ? "" : ", ") + to_string(spec.shape);
    throw ShapeError("predict puts batches together whose rows have one shape, but '" + model_.name() + "' gives " +
                     text + " for a batch of " + std::to_string(batches_.rows()) + ", after " +
                     to_string(target.shapes.front()) + " was begun for all rows. Use predict_on_batch");
  }

  /// Rows first … last−1 of the result, where they lie.
  Outputs rows_of(const Target& target, std::int64_t first, std::int64_t last, std::span<float> given) const {
    std::vector<Array> arrays;
    for (const Array& array : target.arrays) arrays.push_back(array.rows(first, last));
    if (target.arrays.empty()) {  // the caller's memory
      Shape shape = target.shapes.front();
      shape[0] = last - first;
      const auto row = target.row_bytes.front() / sizeof(float);
      arrays.push_back(
          Array::borrow(std::span<const float>(given).subspan(static_cast<std::size_t>(first) * row,
                                                              static_cast<std::size_t>(last - first) * row),
                        shape));
    }
    return named(model_, std::move(arrays));
  }

  void check_memory(std::span<const graph::Spec> outputs, const Shape& whole, std::size_t elements) const {
    check_predict_into(outputs, model_.name());
    if (static_cast<std::int64_t>(elements) != whole.elements())
      throw ShapeError("predict_into needs memory for exactly the result, " + to_string(whole) + ", which is " +
                       std::to_string(whole.elements()) + " numbers. Received: " + std::to_string(elements));
  }

  void run_eagerly(Target& target, std::int64_t done, std::span<float> given, bool has_memory) {
    const std::vector<Array> results = function_.call(batches_.arrays());
    const std::vector<graph::Spec> specs = specs_of(results);
    if (target.first.empty()) {
      make_target(target, specs, given, has_memory);
    }
    check_rows(target, specs);
    for (std::size_t i = 0; i < results.size(); ++i)
      std::memcpy(target.first[i] + static_cast<std::size_t>(done) * target.row_bytes[i], results[i].raw(),
                  static_cast<std::size_t>(results[i].nbytes()));
  }

  LiveModel& model_;
  session::TracedFunction& function_;
  bool is_eager_;
  std::int64_t per_execution_;
  FixedBatch fixed_;
  Columns columns_;  ///< until the batches have them
  StateRun states_;
  std::int64_t batch_size_;
  ArrayBatches batches_;
  std::int64_t rows_;
  CallbackRun callbacks_;
  std::vector<std::byte*> addresses_;
};

}  // namespace
}  // namespace training

Outputs Model::predict(const Data& x, const PredictOptions& options, std::source_location where) try {
  training::LiveModel& model = live();
  const session::Work work(model.core(), "predict", where);
  return training::named(model, training::Prediction(model, x, options, where).run({}, false).arrays);
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("predict", where);
}

Outputs Model::predict(const Dataset& batches, const PredictOptions& options, std::source_location where) try {
  training::LiveModel& model = live();
  const session::Work work(model.core(), "predict", where);
  return training::predicted(model, batches, options);
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("predict", where);
}

void Model::predict_into(const Data& x, std::span<float> out, const PredictOptions& options,
                         std::source_location where) try {
  training::LiveModel& model = live();
  const session::Work work(model.core(), "predict_into", where);
  training::Prediction(model, x, options, where).run(out, true);
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("predict_into", where);
}

Outputs Model::predict_on_batch(const Data& x) try {
  training::LiveModel& model = live();
  const session::Core::Entry entry(model.core());
  training::FixedBatch(model, "predict_on_batch").check_batch(x, "x");
  const training::Columns columns = model.input_columns(x);
  training::StateRun states(model, training::Work::predict, {});
  const training::StateRun::Pass pass(states);
  std::vector<Array> arrays;
  for (std::size_t i = 0; i < columns.arrays.size(); ++i) arrays.push_back(columns.arrays[i].astype(columns.dtypes[i]));
  return training::named(model, model.predict_function().call(arrays));
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("predict_on_batch");
}

}  // namespace keratin::inline v0
