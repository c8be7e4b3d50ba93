#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "keratin/core/export.h"

namespace keratin::inline v0::diagnostics {

/// What kernels of one op took that work for one owner (a layer's path, a variable's, "loss"; "" for what nobody owns).
struct OpTime {
  std::string op;
  std::string owner;
  std::int64_t calls = 0;
  double milliseconds = 0.0;  ///< of all calls
};

/// Where the time of steps went.
struct KERATIN_API ProfileReport {
  double milliseconds = 0.0;  ///< of all kernels
  std::int64_t calls = 0;
  std::vector<OpTime> times;  ///< longest first

  /// The same by op alone, longest first; their owners are "".
  std::vector<OpTime> by_op() const;
  /// The same by owner alone, longest first; their ops are "".
  std::vector<OpTime> by_owner() const;
};
/// The longest ones, a line each, with their share.
KERATIN_API std::ostream& operator<<(std::ostream& out, const ProfileReport& report);

/// Times each kernel of the steps that this thread runs while it lives: of fit, evaluate, predict, of functions and
/// predictors, in all sessions. Steps are slower by two looks at the clock for each kernel. The kernels of a step run
/// one after the other, each on the session's threads, so that wall times add up.
///
///     kt::diagnostics::Profiler profiler;
///     model.fit(x, y);
///     std::cout << profiler.report();
///
/// Eager functions run no plan, and aren't timed.
class KERATIN_API Profiler {
 public:
  Profiler();
  ~Profiler();
  Profiler(const Profiler&) = delete;
  Profiler& operator=(const Profiler&) = delete;

  /// So far.
  ProfileReport report() const;
  /// Forgets what was timed.
  void reset();

 private:
  class Watch;
  std::shared_ptr<Watch> watch_;
};

}  // namespace keratin::inline v0::diagnostics
