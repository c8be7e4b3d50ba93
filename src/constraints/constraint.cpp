#include "keratin/constraints/constraint.h"

#include "core/class_name.h"
#include "core/spec_table.h"
#include "graph/custom_function.h"
#include "keratin/constraints/constraints.h"
#include "ops/axes_config.h"

namespace keratin::inline v0 {
namespace constraints {

Constraint::~Constraint() = default;

std::string Constraint::class_name() const { return core::class_name(typeid(*this)); }

Config Constraint::config() const { return {}; }

namespace {

Axes axis_from(const Config& config) { return config.contains("axis") ? ops::axes_from(config.at("axis")) : Axes(0); }

using Entry = core::SpecEntry<ConstraintSpec>;

constexpr Entry entries[] = {
    {"MaxNorm", "max_norm", "",
     [](const Config& c) -> ConstraintSpec {
       return MaxNorm({.max_value = c.get_or("max_value", 2.0), .axis = axis_from(c)});
     }},
    {"MinMaxNorm", "min_max_norm", "",
     [](const Config& c) -> ConstraintSpec {
       return MinMaxNorm({.min_value = c.get_or("min_value", 0.0),
                          .max_value = c.get_or("max_value", 1.0),
                          .rate = c.get_or("rate", 1.0),
                          .axis = axis_from(c)});
     }},
    {"NonNeg", "non_neg", "", [](const Config& /*config*/) -> ConstraintSpec { return NonNeg(); }},
    {"UnitNorm", "unit_norm", "", [](const Config& c) -> ConstraintSpec { return UnitNorm({.axis = axis_from(c)}); }},
};

constexpr core::SpecTable<ConstraintSpec> table{"a constraint", "keras.constraints", entries,
                                                graph::custom_function<ConstraintSpec, detail::OneTensor>};

}  // namespace
}  // namespace constraints

Tensor ConstraintSpec::operator()(const Tensor& weights) const {
  return (*constraints::table.with_object(*this).object())(weights);
}

ConfigValue ConstraintSpec::config() const { return constraints::table.config(*this); }

ConstraintSpec ConstraintSpec::from_config(const ConfigValue& config) { return constraints::table.from_config(config); }

}  // namespace keratin::inline v0
