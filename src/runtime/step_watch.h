#pragma once

#include <chrono>

#include "keratin/core/export.h"
#include "runtime/plan.h"

namespace keratin::inline v0::runtime {

/// Is told how long each step of the plans took that this thread runs while it lives; the innermost one is.
class KERATIN_API StepWatch {
 public:
  StepWatch() noexcept;
  virtual ~StepWatch();
  StepWatch(const StepWatch&) = delete;
  StepWatch& operator=(const StepWatch&) = delete;

  virtual void ran(const Plan& plan, const Step& step, std::chrono::nanoseconds time) = 0;
  /// nullptr where nobody watches.
  static StepWatch* current() noexcept;

 private:
  StepWatch* before_;
};

}  // namespace keratin::inline v0::runtime
