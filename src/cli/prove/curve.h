#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace keratin::inline v0::cli {

/// Private resident memory of a process after each round of a loop.
struct Curve {
  std::string name = {};
  std::vector<std::int64_t> bytes = {};

  /// Rounds that are left out of what is fitted, in which what a process makes once is made: a tenth, 1,000 at most.
  std::size_t warm_up() const noexcept;
  /// Bytes a round, by least squares over the rounds after the warm-up; 0 where there are fewer than two.
  double slope() const noexcept;
  /// The slope over all of those rounds.
  double growth() const noexcept;
};

/// "12.1 MiB", "-0.4 bytes".
std::string in_bytes(double bytes);

/// A picture (SVG) of the curves: the memory itself above, and below it what came on top of the warm-up's end.
std::string picture_of(const std::vector<Curve>& curves, const std::string& title);
/// A table (CSV) of the curves, a line a round.
std::string table_of(const std::vector<Curve>& curves);

}  // namespace keratin::inline v0::cli
