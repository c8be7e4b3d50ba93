#include "keratin/training/model.h"

#include <algorithm>
#include <new>
#include <utility>

#include "core/heap.h"
#include "graph/builder.h"
#include "keratin/core/error.h"
#include "layers/saved_weights.h"
#include "session/session_builder.h"
#include "training/live_model.h"
#include "training/summary.h"

namespace keratin::inline v0 {

using training::LiveModel;

namespace {

std::shared_ptr<const training::ModelHandle> adopted(session::Core& core, std::unique_ptr<LiveModel> model,
                                                     SourceLine where) {
  const session::Core::Entry entry(core);
  LiveModel* const raw = model.get();
  return std::make_shared<const training::ModelHandle>(
      Handle<LiveModel>(core.adopt(std::move(model), nullptr, where), raw));
}

/// The session that symbolic tensors belong to.
session::Core& core_of(const Tensor& tensor) {
  const graph::Builder& builder = graph::builder_of(tensor, "a model");
  const auto* const symbolic = dynamic_cast<const session::SessionBuilder*>(&builder);
  if (symbolic == nullptr)
    throw ValueError("A model is made of session.input()'s tensors. Received: a tensor of " + builder.name());
  return symbolic->core();
}

}  // namespace

TensorList::TensorList() noexcept = default;
TensorList::TensorList(const TensorList& other) = default;
TensorList::TensorList(TensorList&& other) noexcept = default;
TensorList& TensorList::operator=(const TensorList& other) = default;
TensorList& TensorList::operator=(TensorList&& other) noexcept = default;
TensorList::~TensorList() = default;

TensorList::TensorList(const Tensor& one) : all_{one} {}
TensorList::TensorList(std::initializer_list<Tensor> all) : all_(all) {}
TensorList::TensorList(std::vector<Tensor> all) : all_(std::move(all)) {}
TensorList::TensorList(std::span<const Tensor> all) : all_(all.begin(), all.end()) {}

TensorList::TensorList(std::initializer_list<std::pair<const char*, Tensor>> named) {
  std::vector<std::pair<std::string, Tensor>> sorted(named.begin(), named.end());
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [key, tensor] : sorted) {
    if (!keys_.empty() && keys_.back() == key)
      throw ValueError("The keys of a dictionary of tensors must differ. Received: '" + key + "' twice");
    keys_.push_back(std::move(key));
    all_.push_back(std::move(tensor));
  }
}

Model::Model(std::shared_ptr<const training::ModelHandle> live) noexcept : live_(std::move(live)) {}

Model::Model(const TensorList& inputs, const TensorList& outputs, ModelOptions options,
             std::source_location where) try {
  if (inputs.all().empty() || outputs.all().empty())
    throw ValueError("A model has at least one input and one output. Received: " + std::to_string(inputs.all().size()) +
                     " inputs and " + std::to_string(outputs.all().size()) + " outputs");
  auto model = std::make_unique<LiveModel>(inputs.all(), outputs.all(), std::move(options.name));
  model->set_keys(inputs.keys(), outputs.keys());
  *this = Model(adopted(core_of(inputs.all().front()), std::move(model), where));
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("a model", where);
}

LiveModel& Model::live() const {
  if (live_ == nullptr)
    throw ValueError("This Model refers to nothing: make one with kt::Sequential or kt::Model(inputs, outputs)");
  return *live_->live;
}

Tensor Model::operator()(const Tensor& x, const CallOptions& options) const { return live().invoke({&x, 1}, options); }

std::vector<Tensor> Model::call(std::span<const Tensor> inputs, const CallOptions& options) const {
  return live().invoke_all(inputs, options);
}

Tensor Model::compute_loss(const TensorList& x, const TensorList& y, const TensorList& sample_weight,
                           bool training) const {
  return live().compute_loss(x, y, sample_weight, training);
}

StepLogs Model::compute_metrics(const TensorList& y, const TensorList& y_pred, const TensorList& sample_weight) const {
  LiveModel& model = live();
  model.make_metrics_for(y, y_pred);
  return model.updated_metrics(y, y_pred, sample_weight);
}

void Model::compile(CompileOptions options, std::source_location where) try {
  LiveModel& model = live();
  const session::Core::Entry entry(model.core());
  model.compile(std::move(options));
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("compile", where);
}

std::string Model::summary(SummaryOptions options) const { return training::summary_of(live(), options); }

const std::string& Model::name() const { return live().name(); }
bool Model::is_compiled() const { return live().is_compiled(); }
bool Model::is_built() const { return live().is_built(); }

void Model::build(const Shape& input) try {
  LiveModel& model = live();
  const session::Core::Entry entry(model.core());
  model.build_with_input({float32, input});
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("build of '" + name() + "'");
}

std::vector<Tensor> Model::inputs() const { return live().inputs(); }
std::vector<Tensor> Model::outputs() const { return live().outputs(); }
std::vector<std::string> Model::input_names() const { return live().input_names(); }
std::vector<std::string> Model::output_names() const { return live().output_names(); }

namespace {

Shape only_shape(const std::vector<Tensor>& tensors, const std::string& name, const char* what) {
  if (tensors.size() != 1)
    throw ValueError("Only a built model with one " + std::string(what) + " has an " + what + "_shape. '" + name +
                     "' has " + std::to_string(tensors.size()) + "; use " + what + "s()");
  return tensors.front().shape();
}

}  // namespace

Shape Model::input_shape() const { return only_shape(inputs(), name(), "input"); }
Shape Model::output_shape() const { return only_shape(outputs(), name(), "output"); }

std::vector<LayerRef> Model::layers() const {
  std::vector<LayerRef> refs;
  for (Layer* const layer : live().layers()) refs.emplace_back(Handle<Layer>(session::Inner::life(*layer), layer));
  return refs;
}

LayerRef Model::get_layer(std::string_view wanted) const {
  Layer& layer = live().layer(wanted);
  return Handle<Layer>(session::Inner::life(layer), &layer);
}

LayerRef Model::get_layer(std::int64_t index) const {
  Layer& layer = live().layer(index);
  return Handle<Layer>(session::Inner::life(layer), &layer);
}

std::int64_t Model::count_params() const { return live().count_params(); }
bool Model::trainable() const { return live().trainable(); }

void Model::set_trainable(bool trainable) {
  LiveModel& model = live();
  const session::Core::Entry entry(model.core());
  model.set_trainable(trainable);
}

std::vector<Variable> Model::weights() const { return live().weights(); }
std::vector<Variable> Model::trainable_variables() const { return live().trainable_variables(); }
std::vector<Variable> Model::non_trainable_variables() const { return live().non_trainable_variables(); }
std::vector<Array> Model::get_weights() const { return live().get_weights(); }

void Model::set_weights(const std::vector<Array>& weights) {
  LiveModel& model = live();
  const session::Core::Entry entry(model.core());
  model.set_weights(weights);
}

std::vector<std::pair<std::string, Variable>> Model::saved_weights() const {
  std::vector<std::pair<std::string, Variable>> all;
  for (const layers::SavedLayer& layer : layers::saved_layers(live()))
    for (std::size_t i = 0; i < layer.weights.size(); ++i)
      all.emplace_back(layer.path + "/" + std::to_string(i), layer.weights[i]);
  return all;
}

Config Model::get_config() const {
  const session::Core::Entry entry(live().core());
  return live().get_config();
}

Handle<optimizers::Optimizer> Model::optimizer() const { return live().compiled("optimizer()").optimizer(); }
std::vector<std::string> Model::metrics_names() const { return *live().compiled("metrics_names()").names(); }

FunctionStats Model::train_stats() const { return LiveModel::stats(live().train()); }
FunctionStats Model::test_stats() const { return LiveModel::stats(live().test()); }
FunctionStats Model::predict_stats() const { return LiveModel::stats(live().predict()); }

std::string Model::train_graph_text(bool compiled) const {
  const auto& function = live().train();
  if (function == nullptr) throw ValueError("The model '" + name() + "' has no train step before its first fit");
  return function->text(compiled, false);
}

Sequential::Sequential(Session& session, const std::vector<LayerSpec>& layers, SequentialOptions options,
                       std::source_location where) try
    : Model(adopted(*session::Inner::core(session), std::make_unique<LiveModel>(layers, std::move(options.name)),
                    where)) {
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("a model", where);
}

Sequential::Sequential(Session& session, std::initializer_list<LayerSpec> layers, SequentialOptions options,
                       std::source_location where)
    : Sequential(session, std::vector<LayerSpec>(layers), std::move(options), where) {}

Sequential::Sequential(std::initializer_list<LayerSpec> layers, SequentialOptions options,
                       std::source_location where) try
    : Model(adopted(*session::Core::current_or_throw("Sequential"),
                    std::make_unique<LiveModel>(std::vector<LayerSpec>(layers), std::move(options.name)), where)) {
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("a model", where);
}

void Sequential::add(const LayerSpec& layer) try {
  LiveModel& model = live();
  const session::Core::Entry entry(model.core());
  if (model.is_compiled())
    throw ValueError("A layer can be added to the model '" + name() + "' before it is compiled. Received: add() after");
  model.append(layer);
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("Sequential::add");
}

}  // namespace keratin::inline v0
