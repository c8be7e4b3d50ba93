#include "training/step_runner.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <numeric>
#include <string>
#include <type_traits>
#include <utility>

#include "core/element_convert.h"

namespace keratin::inline v0::training {

StepRunner::StepRunner(LiveModel& model, bool training)
    : model_(model),
      training_(training),
      function_(model.step_function(training)),
      compiled_(model.compiled("a step")) {}

Logs sorted_by_name(const Logs& logs) {
  std::vector<std::pair<std::string, double>> entries;
  for (std::size_t i = 0; i < logs.size(); ++i) entries.emplace_back(logs.name(i), logs.value(i));
  std::ranges::stable_sort(entries, {}, &std::pair<std::string, double>::first);
  auto names = std::make_shared<std::vector<std::string>>();
  std::vector<double> values;
  for (auto& [name, value] : entries) {
    names->push_back(std::move(name));
    values.push_back(value);
  }
  return {std::move(names), std::move(values)};
}

void StepRunner::lay_out(std::span<const graph::Spec> results, std::size_t columns) {
  const Logs::Names& names = model_.step_names(training_, columns);
  const bool is_as_before =
      names == names_ && std::ranges::equal(places_, results, [](const Place& place, const auto& spec) {
        return place.dtype == spec.dtype && place.count == static_cast<std::size_t>(spec.elements());
      });
  if (is_as_before) return;  // a result may have a number for each of the batch's rows
  const auto words_of = [](const graph::Spec& spec) { return (spec.bytes() + 7) / sizeof(std::uint64_t); };
  std::vector<std::string> all;
  std::size_t words = 0;
  places_.clear();
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto count = static_cast<std::size_t>(results[i].elements());
    places_.push_back({results[i].dtype, count, nullptr, all.size()});
    words += words_of(results[i]);
    for (std::size_t k = 0; k < count; ++k)
      all.push_back(results[i].shape.empty() ? (*names)[i] : (*names)[i] + "[" + std::to_string(k) + "]");
  }
  memory_.assign(words, 0);
  addresses_.clear();
  std::uint64_t* at = memory_.data();
  for (std::size_t i = 0; i < results.size(); ++i) {
    places_[i].memory = reinterpret_cast<std::byte*>(at);
    addresses_.push_back(places_[i].memory);
    at += words_of(results[i]);
  }
  std::vector<std::size_t> sorted(all.size());
  std::iota(sorted.begin(), sorted.end(), std::size_t{0});
  std::ranges::stable_sort(sorted, {}, [&](std::size_t index) -> const std::string& { return all[index]; });
  order_.resize(all.size());
  std::vector<std::string> in_order;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    order_[sorted[i]] = i;
    in_order.push_back(all[sorted[i]]);
  }
  logs_ = Logs(std::make_shared<const std::vector<std::string>>(std::move(in_order)), std::vector<double>(all.size()));
  names_ = names;
}

const Logs& StepRunner::run(const Batches& batches) {
  if (compiled_.runs_eagerly()) {
    run_eagerly(batches);
  } else {
    const runtime::Plan& plan = function_.prepare(batches.specs());
    lay_out(plan.outputs(), batches.specs().size());
    function_.run(plan, batches.addresses(), addresses_);
  }
  compiled_.settle();
  for (const Place& place : places_)
    core::visit_element_type(place.dtype, [&]<class T>(std::type_identity<T>) {
      if constexpr (!std::is_same_v<T, std::string>)
        for (std::size_t i = 0; i < place.count; ++i)
          logs_.set_value(order_[place.first + i],
                          core::convert_element<double>(reinterpret_cast<const T*>(place.memory)[i]));
    });
  return logs_;
}

std::vector<graph::Spec> specs_of(std::span<const Array> results) {
  std::vector<graph::Spec> specs;
  specs.reserve(results.size());
  for (const Array& result : results) specs.push_back({result.dtype(), result.shape()});
  return specs;
}

void StepRunner::run_eagerly(const Batches& batches) {
  const std::vector<Array> results = function_.call(batches.arrays());
  lay_out(specs_of(results), batches.specs().size());
  for (std::size_t i = 0; i < results.size(); ++i)
    std::memcpy(addresses_[i], results[i].raw(), static_cast<std::size_t>(results[i].nbytes()));
}

const Logs& StepRunner::run_execution(Batches& batches) {
  const Logs* logs = &run(batches);
  for (std::int64_t i = 1; i < compiled_.steps_per_execution() && batches.next(); ++i) logs = &run(batches);
  return *logs;
}

}  // namespace keratin::inline v0::training
