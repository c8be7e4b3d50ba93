#pragma once

#include <cstdint>
#include <string_view>

#include "keratin/core/export.h"
#include "session/core.h"

namespace keratin::inline v0::session {

/// A fit, evaluate or predict at work, from its call to its return: what is made meanwhile is known by its number and
/// line. Nests. When the outermost one ends, the session looks whether it goes on growing, and the heap gives
/// back what making plans and initial values took for a while.
class KERATIN_API Work {
 public:
  /// `kind` is a literal: "fit".
  Work(Core& core, std::string_view kind, SourceLine where);
  ~Work();
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;

  std::string_view kind() const noexcept { return kind_; }
  const SourceLine& where() const noexcept { return where_; }
  std::int64_t number() const noexcept { return number_; }

 private:
  Core::Entry entry_;
  Core& core_;
  const Work* outer_;
  std::string_view kind_;
  SourceLine where_;
  std::int64_t number_;
  std::int64_t preparations_before_;
};

}  // namespace keratin::inline v0::session
