#pragma once

#include <concepts>
#include <utility>

#include "keratin/core/callable.h"

namespace keratin::inline v0 {

/// Asked after each batch whether fit shall end. A std::stop_token converts to it, and so does whatever else has its
/// stop_requested(). Not the std::stop_token itself, as <stop_token> weighs on every program.
class StopToken {
 public:
  StopToken() = default;
  template <class Token>
    requires(!std::same_as<Token, StopToken> &&
             requires(const Token& token) {
               { token.stop_requested() } -> std::convertible_to<bool>;
             })
  StopToken(Token token) : asks_([token = std::move(token)] { return bool(token.stop_requested()); }) {}

  bool stop_requested() const { return asks_ && asks_(); }

 private:
  Callable<bool()> asks_;
};

}  // namespace keratin::inline v0
