#include "training/fitting_batch.h"

#include "keratin/core/error.h"

namespace keratin::inline v0::training {
namespace {

bool is_fitting(std::int64_t rows, const std::function<bool(std::int64_t)>& fits) {
  try {
    return fits(rows);
  } catch (const Error&) {
    return false;
  }
}

/// The most rows below `rows` that fit; 0: not even one does. What plans take grows with their rows.
std::int64_t most_fitting(std::int64_t rows, const std::function<bool(std::int64_t)>& fits) {
  if (rows < 2 || !is_fitting(1, fits)) return 0;
  std::int64_t fitting = 1;
  std::int64_t too_large = rows;
  while (too_large - fitting > 1) {
    const std::int64_t between = fitting + (too_large - fitting) / 2;
    (is_fitting(between, fits) ? fitting : too_large) = between;
  }
  return fitting;
}

}  // namespace

std::string advice_on_rows(std::string_view subject, std::int64_t rows, const std::function<bool(std::int64_t)>& fits) {
  const std::int64_t most = most_fitting(rows, fits);
  if (most > 0) return ". " + std::string(subject) + std::to_string(most) + " would fit, as planning it shows";
  return ". No batch would fit: one row alone takes too much";
}

}  // namespace keratin::inline v0::training
