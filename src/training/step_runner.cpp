#include "training/step_runner.h"

#include <string>

namespace keratin::inline v0::training {

StepRunner::StepRunner(session::TracedFunction& function, Compiled& compiled)
    : function_(function),
      compiled_(compiled),
      is_eager_(compiled.runs_eagerly()),
      logs_(compiled.names(), std::vector<double>(compiled.names()->size())),
      numbers_(compiled.names()->size()) {
  for (float& number : numbers_) addresses_.push_back(reinterpret_cast<std::byte*>(&number));
}

const Logs& StepRunner::run(const Batches& batches) {
  if (is_eager_) {
    const std::vector<Array> results = function_.call(batches.arrays());
    compiled_.settle();
    for (std::size_t i = 0; i < numbers_.size(); ++i) logs_.set_value(i, results[i].item<double>());
    return logs_;
  }
  function_.run(function_.prepare(batches.specs()), batches.addresses(), addresses_);
  compiled_.settle();
  for (std::size_t i = 0; i < numbers_.size(); ++i) logs_.set_value(i, static_cast<double>(numbers_[i]));
  return logs_;
}

}  // namespace keratin::inline v0::training
