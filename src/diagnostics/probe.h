#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "keratin/core/array.h"
#include "keratin/data/data.h"
#include "keratin/session/function.h"
#include "keratin/session/variable.h"
#include "training/kept_weights.h"
#include "training/live_model.h"

namespace keratin::inline v0::diagnostics {

/// The largest difference of the same arrays; of no arrays 0.
double difference(const std::vector<Array>& a, const std::vector<Array>& b);
double largest(const std::vector<Array>& arrays);

/// A function that ends with the object.
class ScratchFunction {
 public:
  ScratchFunction(training::LiveModel& model, FunctionBody body);
  ~ScratchFunction();
  ScratchFunction(const ScratchFunction&) = delete;
  ScratchFunction& operator=(const ScratchFunction&) = delete;

  std::vector<Array> operator()(const std::vector<Array>& inputs) const { return function_->call(inputs); }

 private:
  session::Core& core_;
  std::shared_ptr<session::TracedFunction> function_;
};

/// A model on trial: what runs change of it is put back, at will and in the end.
class Probe {
 public:
  explicit Probe(training::LiveModel& model);
  ~Probe();
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  /// All as it was, but for the states of stateful layers, which are 0.
  void reset();
  std::vector<Array> run(const std::vector<Array>& x, bool training);
  training::LiveModel& model() noexcept { return model_; }

  /// A layer with variables that have changed since reset().
  struct Changed {
    Layer* layer = nullptr;
    std::vector<Variable> variables;
  };
  /// Those with states too, changed or not.
  std::vector<Changed> changed() const;

 private:
  training::LiveModel& model_;
  std::vector<Layer*> layers_;
  std::vector<Variable> states_;
  std::vector<Variable> variables_;
  training::KeptWeights kept_;
  ScratchFunction infer_;
  std::unique_ptr<ScratchFunction> train_;  ///< at the first need
};

}  // namespace keratin::inline v0::diagnostics
