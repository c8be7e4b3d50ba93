#include <algorithm>
#include <utility>

#include "core/class_name.h"
#include "core/spec_table.h"
#include "keratin/core/error.h"
#include "keratin/optimizers/wrappers.h"
#include "optimizers/common.h"
#include "optimizers/patterns.h"

namespace keratin::inline v0::optimizers {
namespace {

void check_inner(const OptimizerSpec& spec, const std::string& of) {
  if (spec.is_empty()) throw ValueError(of + " needs an optimizer. Received: an empty one");
  if (dynamic_cast<const LossScaleOptimizer*>(spec.object()) != nullptr ||
      dynamic_cast<const MultiOptimizer*>(spec.object()) != nullptr)
    throw ValueError(of + " can't be a LossScaleOptimizer or a MultiOptimizer. Received: a " +
                     spec.object()->class_name());
}

bool is_same(const OptimizerSpec& a, const OptimizerSpec& b) noexcept {
  if (a.name() != nullptr && b.name() != nullptr) return std::string_view(a.name()) == b.name();
  return a.object() != nullptr && a.object() == b.object();
}

constexpr const char* no_learning_rate =
    "A MultiOptimizer has no learning rate of its own: take or set those of its optimizers, optimizer->optimizers()";

}  // namespace

// ---- OptimizerMap

OptimizerMap::OptimizerMap(const OptimizerMap& other) = default;
OptimizerMap::OptimizerMap(OptimizerMap&& other) noexcept = default;
OptimizerMap& OptimizerMap::operator=(const OptimizerMap& other) = default;
OptimizerMap& OptimizerMap::operator=(OptimizerMap&& other) noexcept = default;
OptimizerMap::~OptimizerMap() = default;

MultiOptimizer::Chosen::Chosen() noexcept = default;
MultiOptimizer::Chosen::Chosen(const Chosen& /*other*/) noexcept {}
MultiOptimizer::Chosen& MultiOptimizer::Chosen::operator=(const Chosen& /*other*/) noexcept { return *this; }
MultiOptimizer::Chosen::~Chosen() = default;

OptimizerMap::OptimizerMap(OptimizerSpec default_optimizer, const Entries& optimizer_map)
    : default_optimizer_(std::move(default_optimizer)) {
  check_inner(default_optimizer_, "OptimizerMap: the default optimizer");
  for (const auto& [key, optimizer] : optimizer_map) set(key, optimizer);
}

void OptimizerMap::set(std::string key, OptimizerSpec optimizer) {
  check_inner(optimizer, "OptimizerMap: the optimizer of '" + key + "'");
  check_pattern("OptimizerMap", key);
  if (std::any_of(entries_.begin(), entries_.end(), [&](const auto& entry) { return entry.first == key; }))
    throw ValueError("OptimizerMap: each key can be there once. Received: '" + key + "' a second time");
  entries_.emplace_back(std::move(key), std::move(optimizer));
}

const OptimizerSpec& OptimizerMap::at(const std::string& path) const {
  for (const auto& [key, optimizer] : entries_)
    if (key == path) return optimizer;
  const OptimizerSpec* found = nullptr;
  for (const auto& [pattern, optimizer] : entries_) {
    if (!fits(pattern, path)) continue;
    if (found != nullptr)
      throw ValueError("OptimizerMap: several patterns fit a variable, and one may. Received: the variable '" + path +
                       "'");
    found = &optimizer;
  }
  return found == nullptr ? default_optimizer_ : *found;
}

Config OptimizerMap::config_with(const Callable<Config(const OptimizerSpec&)>& describe) const {
  Config entries;
  for (const auto& [key, optimizer] : entries_) entries.set(key, describe(optimizer));
  return core::object_config("keras.optimizers", "OptimizerMap",
                             {{"default_optimizer", describe(default_optimizer_)}, {"optimizer_map", entries}});
}

Config OptimizerMap::config() const {
  return config_with([](const OptimizerSpec& each) { return OptimizerSpec::describe(*each.make()); });
}

OptimizerMap OptimizerMap::from_config(const ConfigValue& description) {
  OptimizerSpec default_optimizer;
  Config optimizer_map;
  core::read_all(
      core::options_in(description.as_config()), "OptimizerMap",
      [](auto& option, auto& optimizer, auto& entries) {
        option.required("default_optimizer", optimizer);
        option("optimizer_map", entries);
      },
      default_optimizer, optimizer_map);
  Entries entries;
  for (const auto& [key, optimizer] : optimizer_map.entries())
    entries.emplace_back(key, OptimizerSpec::from_config(optimizer));
  return {std::move(default_optimizer), entries};
}

// ---- MultiOptimizer

MultiOptimizer::MultiOptimizer(OptimizerMap optimizer_map, MultiOptimizerOptions options)
    : OptimizerWrapper(
          {.learning_rate = 0.0, .loss_scale_factor = options.loss_scale_factor, .name = std::move(options.name)}),
      map_(std::move(optimizer_map)) {}

MultiOptimizer::MultiOptimizer(Chooser chooser, MultiOptimizerOptions options)
    : OptimizerWrapper(
          {.learning_rate = 0.0, .loss_scale_factor = options.loss_scale_factor, .name = std::move(options.name)}),
      chooser_(std::move(chooser)) {
  if (!chooser_) throw ValueError("MultiOptimizer needs a function that chooses. Received: an empty one");
}

void MultiOptimizer::became_live() {
  Optimizer::became_live();
  if (!map_) return;
  for (const auto& entry : map_->entries()) find_or_adopt(entry.second);
  find_or_adopt(map_->default_optimizer());
}

std::size_t MultiOptimizer::find(const OptimizerSpec& optimizer) const noexcept {
  const auto& specs = chosen_.specs;
  return static_cast<std::size_t>(
      std::find_if(specs.begin(), specs.end(), [&](const auto& each) { return is_same(each, optimizer); }) -
      specs.begin());
}

std::size_t MultiOptimizer::find_or_adopt(const OptimizerSpec& optimizer) {
  const std::size_t found = find(optimizer);
  if (found < chosen_.specs.size()) return found;
  adopt(optimizer, base_options().loss_scale_factor);
  chosen_.specs.push_back(optimizer);
  return found;
}

template <class F>
void MultiOptimizer::for_each_part(std::span<const Variable> variables, F f) const {
  std::vector<std::vector<std::size_t>> parts(inner().size());
  for (std::size_t i = 0; i < variables.size(); ++i)
    for (const auto& [variable, index] : chosen_.of)
      if (variable == variables[i]) parts[index].push_back(i);
  for (std::size_t k = 0; k < parts.size(); ++k)
    if (!parts[k].empty()) f(*inner()[k], parts[k]);
}

void MultiOptimizer::build_slots(std::span<const Variable> variables) {
  for (const Variable& variable : variables) {
    const OptimizerSpec optimizer = map_ ? map_->at(variable.path()) : chooser_(variable);
    check_inner(optimizer, "MultiOptimizer: the optimizer of '" + variable.path() + "'");
    chosen_.of.emplace_back(variable, find_or_adopt(optimizer));
  }
  for_each_part(variables, [&](Optimizer& optimizer, const std::vector<std::size_t>& part) {
    std::vector<Variable> own;
    own.reserve(part.size());
    for (const std::size_t i : part) own.push_back(variables[i]);
    optimizer.build(own);
  });
}

void MultiOptimizer::apply_all(std::span<const Tensor> gradients, std::span<const Variable> variables) {
  for_each_part(variables, [&](Optimizer& optimizer, const std::vector<std::size_t>& part) {
    std::vector<Tensor> own_gradients;
    std::vector<Variable> own;
    for (const std::size_t i : part) {
      own_gradients.push_back(gradients[i]);
      own.push_back(variables[i]);
    }
    optimizer.apply(own_gradients, own);
  });
  iterations().assign_add(1);
}

double MultiOptimizer::learning_rate() const { throw ValueError(no_learning_rate); }

void MultiOptimizer::set_learning_rate(const LearningRate& /*value*/) { throw ValueError(no_learning_rate); }

std::vector<std::pair<std::string, Optimizer*>> MultiOptimizer::nested() const {
  std::vector<std::pair<std::string, Optimizer*>> nested;
  for (const Handle<Optimizer>& each : inner()) {
    const std::string key = "optimizers/" + core::snake_case(each->class_name());
    std::string own = key;
    const auto is_taken = [&](const auto& entry) { return entry.first == own; };
    for (int i = 1; std::any_of(nested.begin(), nested.end(), is_taken); ++i) own = key + "_" + std::to_string(i);
    nested.emplace_back(std::move(own), &*each);
  }
  return nested;
}

Config MultiOptimizer::config() const {
  if (!map_)
    throw ValueError(
        "A MultiOptimizer whose optimizers are chosen by a function can't be described: give it an "
        "OptimizerMap");
  const Config map = map_->config_with([&](const OptimizerSpec& each) {
    const std::size_t found = find(each);
    return OptimizerSpec::describe(found < inner().size() ? *inner()[found] : *each.make());
  });
  const std::optional<double> factor = base_options().loss_scale_factor;
  return {{"optimizer_map", map},
          {"loss_scale_factor", core::OptionKind<std::optional<double>>::written(factor)},
          {"name", name().empty() ? default_name() : name()}};
}

MultiOptimizer MultiOptimizer::from_config(const Config& config) {
  std::optional<OptimizerMap> map;
  MultiOptimizerOptions options;
  core::read_all(with_text_name(config), "MultiOptimizer", multi_options, map, options);
  if (!map) throw ValueError("MultiOptimizer: `optimizer_map` must be given. Received: optimizer_map=None");
  return MultiOptimizer(std::move(*map), std::move(options));
}

}  // namespace keratin::inline v0::optimizers
