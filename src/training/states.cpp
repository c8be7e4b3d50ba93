#include "training/states.h"

#include <algorithm>
#include <cstddef>
#include <exception>
#include <span>
#include <utility>

#include "data/stage.h"
#include "keratin/core/error.h"
#include "keratin/core/log.h"
#include "keratin/layers/layer.h"
#include "layers/checks.h"
#include "layers/layer_states.h"
#include "session/core_impl.h"
#include "session/variable_store.h"
#include "training/live_model.h"

namespace keratin::inline v0::training {

std::string name_within(const LiveModel& model, const Layer& layer) {
  const std::string path = layer.path();
  const std::string prefix = model.path() + "/";
  return path.starts_with(prefix) ? path.substr(prefix.size()) : path;
}

std::string state_name(const std::string& layer, std::size_t index) {
  return layer + "/state_" + std::to_string(index);
}

std::vector<StatefulLayer> stateful_layers(LiveModel& model) {
  std::vector<StatefulLayer> found;
  for (Layer* const layer : layers::stateful_layers(model))
    found.push_back({layer, name_within(model, *layer), layer->states()});
  return found;
}

bool is_set(const Variable& state) {
  if (session::Inner::state(state).memory == nullptr) return false;
  const Array content = content_of(state);
  const auto* const bytes = static_cast<const std::byte*>(content.raw());
  return std::any_of(bytes, bytes + content.nbytes(), [](std::byte byte) { return byte != std::byte{0}; });
}

namespace {

std::string of_rows(std::int64_t rows) { return std::to_string(rows) + (rows == 1 ? " row" : " rows"); }

std::string listed(const std::vector<StatefulLayer>& layers) {
  std::string names;
  for (const StatefulLayer& each : layers)
    if (std::ranges::any_of(each.states, is_set)) names += (names.empty() ? "" : ", ") + layers::title(*each.layer);
  return names;
}

const char* name_of(Work work) {
  if (work == Work::train) return "training";
  return work == Work::evaluate ? "evaluate" : "predict";
}

/// Integers, one for each row.
Array checked_ids(const StateRun::Options& options) {
  const Array& ids = options.sequence_ids;
  const bool is_given = !ids.shape().empty();
  if (options.reset != ResetStates::each_sequence) {
    if (is_given)
      throw ValueError(
          "sequence_ids says where sequences end, for .reset_states = kt::ResetStates::each_sequence. Received: "
          "sequence_ids without it");
    return {};
  }
  if (!is_given)
    throw ValueError("ResetStates::each_sequence needs .sequence_ids, an integer for each row of x. Received: none");
  if (is_floating(ids.dtype()) || ids.shape().elements() != ids.shape().front() ||
      (options.rows >= 0 && ids.shape().front() != options.rows))
    throw ValueError("sequence_ids has an integer for each row of x" +
                     (options.rows >= 0 ? ", which are " + std::to_string(options.rows) : std::string()) +
                     ". Received: " + std::string(keratin::name_of(ids.dtype())) + " of shape " +
                     to_string(ids.shape()));
  return ids.astype(int64).contiguous();
}

}  // namespace

FixedBatch::FixedBatch(LiveModel& model, std::string what) : model_(model), what_(std::move(what)) {
  const std::vector<StatefulLayer> layers = stateful_layers(model);
  if (layers.empty()) return;
  layer_ = layers.front().layer;
  layers_ = layers.size();
  for (const Tensor& input : model.inputs()) rows_ = std::max(rows_, input.shape().front());
}

void FixedBatch::fail(const std::string& problem) const {
  const std::string more = layers_ == 1 ? "" : " (and " + std::to_string(layers_ - 1) + " more)";
  throw StatefulError(layers::title(*layer_) + more + " is stateful with batch size " + std::to_string(rows_) + problem,
                      layer_->path(), layer_->where());
}

std::optional<std::int64_t> FixedBatch::size(std::optional<std::int64_t> given, const std::string& option) const {
  if (!applies()) return given;
  if (given && *given != rows_)
    fail(", but " + what_ + " was given " + option + "=" + std::to_string(*given) + ". Set ." + option + " = " +
         std::to_string(rows_) + " or leave it out; or take a model of the same weights for such batches: " +
         "kt::stateful_copy(model, " + std::to_string(*given) + "), kt::stateless_copy(model)");
  return rows_;
}

void FixedBatch::check_shuffle(bool shuffle) const {
  if (applies() && shuffle)
    fail(": row i of a batch goes on where row i of the batch before ended. But " + what_ +
         " would shuffle the rows, as .shuffle is true unless it is set. Set .shuffle = false; or train " +
         "kt::stateless_copy(model), which has the same weights and no states");
}

void FixedBatch::check_order(const Dataset& dataset, const std::string& data) const {
  if (applies() && data::Stage::of(dataset)->is_shuffled())
    fail(": row i of a batch goes on where row i of the batch before ended. But " + data + " of " + what_ +
         " shuffles (Dataset::shuffle is part of it, by a call or by an option .shuffle = true). Leave that out; or " +
         "take kt::stateless_copy(model), which has the same weights and no states");
}

void FixedBatch::check_data(const Data& x, const std::string& data, std::int64_t batches, bool drop_remainder) const {
  if (!applies() || x.empty() || x[0].shape().empty()) return;
  const std::int64_t rows = x[0].shape().front();
  if (rows > 0 && rows < rows_)
    fail(", but " + data + " has " + of_rows(rows) + ", which fill no batch. Give " + std::to_string(rows_) +
         " or a multiple; or take a model of the same weights for such batches: kt::stateful_copy(model, " +
         std::to_string(rows) + "), or predict(x, state) with a state of model.initial_state(" + std::to_string(rows) +
         ")");
  const std::int64_t rest = rows % rows_;
  const bool is_reached = batches == 0 || batches > rows / rows_;
  if (rest == 0 || drop_remainder || !is_reached) return;
  const bool can_drop = what_ != "predict";
  fail(", but the last batch of " + data + " has " + of_rows(rest) + " (" + of_rows(rows) + " in batches of " +
       std::to_string(rows_) + "). Drop " + of_rows(rest) + " (rows(0, " + std::to_string(rows - rest) + "))" +
       (can_drop ? ", or set .drop_remainder = true" : ", or pad x to a multiple") +
       "; or take kt::stateless_copy(model), which has the same weights and no states");
}

void FixedBatch::check_batch(const Data& x, const std::string& which) const {
  if (!applies() || x.empty() || x[0].shape().empty()) return;
  const std::int64_t rows = x[0].shape().front();
  if (rows != rows_)
    fail(", but " + which + " has " + of_rows(rows) + ". Give batches of " + of_rows(rows_) + ": Dataset::batch(" +
         std::to_string(rows_) + ", {.drop_remainder = true}) leaves a shorter last one out; or " +
         "take a model of the same weights for other batches: kt::stateful_copy(model, " + std::to_string(rows) +
         "), kt::stateless_copy(model)");
}

StateRun::StateRun(LiveModel& model, Work work, const Options& options)
    : model_(model), work_(work), reset_(options.reset), ids_(checked_ids(options)), layers_(stateful_layers(model)) {
  StateWatch& watch = model.state_watch();
  if (work != Work::train && is_in_a_fit()) {
    std::vector<Variable> states;
    for (const StatefulLayer& each : layers_) states.insert(states.end(), each.states.begin(), each.states.end());
    kept_ = std::make_unique<KeptWeights>(model.core(), std::move(states), model.path() + "/states", model.where());
    kept_->take();  // its memory is asked for before anything runs
  }
  if (work == Work::train) ++watch.fits;
}

/// Whether a fit at work has one of the layers: the model's own, or one of a model that shares it.
bool StateRun::is_in_a_fit() const {
  if (layers_.empty()) return false;
  if (model_.state_watch().fits > 0) return true;
  const auto trains = [&](const auto& self, Component& component) -> bool {
    auto* const other = dynamic_cast<LiveModel*>(&component);
    if (other != nullptr && other->state_watch().fits > 0) {
      const std::vector<StatefulLayer> theirs = stateful_layers(*other);
      for (const StatefulLayer& each : layers_)
        if (std::ranges::find(theirs, each.layer, &StatefulLayer::layer) != theirs.end()) return true;
    }
    return std::ranges::any_of(session::Inner::children(component),
                               [&](Component* below) { return self(self, *below); });
  };
  return std::ranges::any_of(model_.core().impl().roots, [&](const auto& root) { return trains(trains, *root); });
}

StateRun::~StateRun() {
  if (work_ == Work::train) --model_.state_watch().fits;
}

void StateRun::reset(const std::vector<bool>& rows) const {
  for (const StatefulLayer& each : layers_)
    for (const Variable& state : each.states) layers::set_state_rows(state, rows, nullptr);
}

void StateRun::begin_epoch(bool begins) {
  if (layers_.empty()) return;
  if (reset_ == ResetStates::each_epoch) return reset({});
  if (!reset_ && begins) warn_of_carried();
}

void StateRun::loaded(const Batches& batches) {
  if (layers_.empty()) return;
  if (reset_ == ResetStates::each_sequence) reset_sequences(batches.row() - batches.rows(), batches.rows());
  model_.state_watch().left_by = work_;
}

void StateRun::reset_sequences(std::int64_t first, std::int64_t rows) {
  const std::span<const std::int64_t> ids = ids_.data<std::int64_t>();
  if (first + rows > static_cast<std::int64_t>(ids.size()))
    throw ValueError("sequence_ids has an integer for each row of the data, which is longer. Received: " +
                     std::to_string(ids.size()) + " ids, and row " + std::to_string(first + rows));
  if (first == 0) return reset({});
  ended_.resize(static_cast<std::size_t>(rows));
  bool any = false;
  for (std::int64_t i = 0; i < rows; ++i) {
    const auto at = static_cast<std::size_t>(first + i);
    const bool ended = first < rows || ids[at] != ids[at - static_cast<std::size_t>(rows)];
    ended_[static_cast<std::size_t>(i)] = ended;
    any = any || ended;
  }
  if (any) reset(ended_);
}

void StateRun::warn_of_carried() {
  StateWatch& watch = model_.state_watch();
  const bool trains = work_ == Work::train;
  bool& warned = trains ? watch.warned_of_epochs : watch.warned_of_predicting;
  if (warned || watch.left_by == Work::none || (!trains && watch.left_by != Work::train)) return;
  const std::string names = listed(layers_);
  if (names.empty()) return;
  warned = true;
  if (!model_.core().is_first_to_say("carried states")) return;
  const std::string way = trains && watch.left_by == Work::train
                              ? "over the end of an epoch into the next one, whose data begins anew"
                              : "from " + std::string(name_of(watch.left_by)) + " into " + name_of(work_);
  log::write(log::Level::warning,
             "The model '" + model_.name() + "' carries states " + way + ": those of " + names +
                 ". What comes depends on what ran before. Set .reset_states = kt::ResetStates::each_epoch (or "
                 "each_sequence), or call model.reset_states() in between. If they are to go on, say so with "
                 "ResetStates::manual. (Said once for this line)");
}

StateRun::Pass::Pass(StateRun& run) : run_(run), left_by_(run.model_.state_watch().left_by) {
  if (run_.kept_ != nullptr) run_.kept_->take();
}

StateRun::Pass::~Pass() {
  if (run_.kept_ == nullptr) return;
  try {
    run_.kept_->put_back();
    run_.model_.state_watch().left_by = left_by_;
  } catch (const std::exception&) {  // the session or the scope around ended before, or this is a fork() of theirs
  }
}

}  // namespace keratin::inline v0::training
