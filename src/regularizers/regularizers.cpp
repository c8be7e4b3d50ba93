#include "keratin/regularizers/regularizers.h"

#include <cmath>
#include <string>

#include "keratin/core/error.h"
#include "keratin/ops/indexing.h"
#include "keratin/ops/linalg.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "ops/epsilon.h"
#include "regularizers/orthogonal_mode.h"

namespace keratin::inline v0::regularizers {
namespace {

double checked_factor(double value, const std::string& of, const std::string& option) {
  if (std::isfinite(value) && value >= 0.0) return value;
  throw ValueError(of + ": `" + option + "` must be finite and not negative. Received: " + option + "=" +
                   std::to_string(value));
}

Tensor l1_penalty(double factor, const Tensor& x) { return factor * ops::sum(ops::absolute(x)); }
Tensor l2_penalty(double factor, const Tensor& x) { return factor * ops::sum(ops::square(x)); }

/// Rows of length 1. Bounded below before the root is taken: a row of zeros must have a finite gradient.
Tensor normalized_rows(const Tensor& x) {
  return x * ops::rsqrt(ops::maximum(ops::sum(ops::square(x), 1, true), ops::epsilon * ops::epsilon));
}

}  // namespace

L1::L1(double factor) : l1_(checked_factor(factor, "L1", "l1")) {}
Tensor L1::operator()(const Tensor& weights) const { return l1_penalty(l1_, weights); }
Config L1::config() const { return {{"l1", l1_}}; }

L2::L2(double factor) : l2_(checked_factor(factor, "L2", "l2")) {}
Tensor L2::operator()(const Tensor& weights) const { return l2_penalty(l2_, weights); }
Config L2::config() const { return {{"l2", l2_}}; }

L1L2::L1L2(L1L2Options options) : options_(options) {
  checked_factor(options_.l1, "L1L2", "l1");
  checked_factor(options_.l2, "L1L2", "l2");
}

Tensor L1L2::operator()(const Tensor& weights) const {
  Tensor penalty = l1_penalty(options_.l1, weights);
  return options_.l2 == 0.0 ? penalty : penalty + l2_penalty(options_.l2, weights);
}

Config L1L2::config() const { return {{"l1", options_.l1}, {"l2", options_.l2}}; }

OrthogonalMode orthogonal_mode_from(const std::string& name) {
  if (name == "rows") return OrthogonalMode::rows;
  if (name == "columns") return OrthogonalMode::columns;
  throw ValueError("OrthogonalRegularizer: `mode` must be 'rows' or 'columns'. Received: mode='" + name + "'");
}

OrthogonalRegularizer::OrthogonalRegularizer(OrthogonalRegularizerOptions options) : options_(options) {
  checked_factor(options_.factor, "OrthogonalRegularizer", "factor");
}

Tensor OrthogonalRegularizer::operator()(const Tensor& weights) const {
  if (weights.rank() != 2)
    throw ShapeError("OrthogonalRegularizer: weights must have rank 2. Received: shape " + to_string(weights.shape()));
  const Tensor rows = normalized_rows(options_.mode == OrthogonalMode::rows ? weights : ops::transpose(weights));
  const Tensor products = ops::absolute(ops::matmul(rows, ops::transpose(rows)));
  // Numbers of the rows, which may be as many as a batch that isn't known yet.
  const Tensor number = ops::cumsum(ops::ones_like(ops::sum(rows, 1, true)), 0);
  const Tensor others = ops::where(ops::not_equal(number, ops::transpose(number)), products, 0.0);
  const Tensor count = ops::cast(ops::size(number), products.dtype());
  return ops::sum(others) * options_.factor / ops::maximum(count * (count - 1.0), 1.0);
}

Config OrthogonalRegularizer::config() const {
  return {{"factor", options_.factor}, {"mode", options_.mode == OrthogonalMode::rows ? "rows" : "columns"}};
}

}  // namespace keratin::inline v0::regularizers
