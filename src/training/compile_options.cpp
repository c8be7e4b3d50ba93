#include "keratin/training/compile_options.h"

#include <utility>

namespace keratin::inline v0 {
namespace {

std::vector<NamedLoss> unnamed(const std::vector<LossSpec>& list) {
  std::vector<NamedLoss> all;
  all.reserve(list.size());
  for (const LossSpec& loss : list) all.push_back({"", loss});
  return all;
}

}  // namespace

LossesSpec::LossesSpec(LossSpec&& one) : LossesSpec(std::vector<NamedLoss>{{"", std::move(one)}}) {}
LossesSpec::LossesSpec(std::initializer_list<LossSpec> list) : LossesSpec(std::vector<LossSpec>(list)) {}
LossesSpec::LossesSpec(const std::vector<LossSpec>& list) : LossesSpec(unnamed(list)) {}
LossesSpec::LossesSpec(std::initializer_list<NamedLoss> by_output) : LossesSpec(std::vector<NamedLoss>(by_output)) {}
LossesSpec::LossesSpec(std::vector<NamedLoss> by_output) : Spec(std::in_place, LossTable{std::move(by_output)}) {}

MetricsSpec::MetricsSpec() noexcept = default;
MetricsSpec::MetricsSpec(const MetricsSpec& other) = default;
MetricsSpec::MetricsSpec(MetricsSpec&& other) noexcept = default;
MetricsSpec& MetricsSpec::operator=(const MetricsSpec& other) = default;
MetricsSpec& MetricsSpec::operator=(MetricsSpec&& other) noexcept = default;
MetricsSpec::~MetricsSpec() = default;

MetricsSpec::MetricsSpec(std::initializer_list<MetricSpec> all) : all_(all) {}
MetricsSpec::MetricsSpec(std::vector<MetricSpec> all) : all_(std::move(all)) {}
MetricsSpec::MetricsSpec(std::initializer_list<std::pair<std::string, std::vector<MetricSpec>>> by_name)
    : by_name_(by_name) {}
MetricsSpec::MetricsSpec(ByName by_name) : by_name_(std::move(by_name)) {}

MetricsSpec MetricsSpec::by_output(std::vector<std::vector<MetricSpec>> lists) {
  MetricsSpec spec;
  spec.lists_ = std::move(lists);
  return spec;
}

bool MetricsSpec::empty() const noexcept { return all_.empty() && by_name_.empty() && lists_.empty(); }

LossWeights::LossWeights() noexcept = default;
LossWeights::LossWeights(const LossWeights& other) = default;
LossWeights::LossWeights(LossWeights&& other) noexcept = default;
LossWeights& LossWeights::operator=(const LossWeights& other) = default;
LossWeights& LossWeights::operator=(LossWeights&& other) noexcept = default;
LossWeights::~LossWeights() = default;

LossWeights::LossWeights(double one) : all_{one} {}
LossWeights::LossWeights(std::initializer_list<double> all) : all_(all) {}
LossWeights::LossWeights(std::vector<double> all) : all_(std::move(all)) {}
LossWeights::LossWeights(std::initializer_list<std::pair<std::string, double>> by_name) : by_name_(by_name) {}
LossWeights::LossWeights(std::vector<std::pair<std::string, double>> by_name) : by_name_(std::move(by_name)) {}

bool LossWeights::empty() const noexcept { return all_.empty() && by_name_.empty(); }

}  // namespace keratin::inline v0
