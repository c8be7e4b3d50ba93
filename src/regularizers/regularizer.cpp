#include "keratin/regularizers/regularizer.h"

#include "core/class_name.h"
#include "core/spec_table.h"
#include "graph/custom_function.h"
#include "keratin/regularizers/regularizers.h"
#include "regularizers/orthogonal_mode.h"

namespace keratin::inline v0 {
namespace regularizers {

Regularizer::~Regularizer() = default;

std::string Regularizer::class_name() const { return core::class_name(typeid(*this)); }

Config Regularizer::config() const { return {}; }

namespace {

using Entry = core::SpecEntry<RegularizerSpec>;

constexpr Entry entries[] = {
    {"L1", "l1", "", [](const Config& c) -> RegularizerSpec { return L1(c.get_or("l1", 0.01)); }},
    {"L2", "l2", "", [](const Config& c) -> RegularizerSpec { return L2(c.get_or("l2", 0.01)); }},
    {"L1L2", "l1l2", "l1_l2",
     [](const Config& c) -> RegularizerSpec { return L1L2({.l1 = c.get_or("l1", 0.0), .l2 = c.get_or("l2", 0.0)}); }},
    {"OrthogonalRegularizer", "orthogonal_regularizer", "",
     [](const Config& c) -> RegularizerSpec {
       return OrthogonalRegularizer(
           {.factor = c.get_or("factor", 0.01), .mode = orthogonal_mode_from(c.get_or<std::string>("mode", "rows"))});
     }},
};

constexpr core::SpecTable<RegularizerSpec> table{"a regularizer", "keras.regularizers", entries,
                                                 graph::custom_function<RegularizerSpec, detail::OneTensor>};

}  // namespace
}  // namespace regularizers

Tensor RegularizerSpec::operator()(const Tensor& weights) const {
  return (*regularizers::table.with_object(*this).object())(weights);
}

ConfigValue RegularizerSpec::config() const { return regularizers::table.config(*this); }

RegularizerSpec RegularizerSpec::from_config(const ConfigValue& config) {
  return regularizers::table.from_config(config);
}

}  // namespace keratin::inline v0
