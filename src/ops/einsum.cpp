#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "keratin/core/error.h"
#include "keratin/ops/linalg.h"
#include "keratin/ops/math.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "ops/apply.h"
#include "ops/equation.h"
#include "ops/like.h"
#include "ops/movement.h"

namespace keratin::inline v0::ops {
namespace {

using graph::Ints;

/// A tensor and the label of each of its axes.
struct Term {
  Tensor x;
  std::string labels;
};

bool has(const std::string& labels, char label) { return labels.find(label) != std::string::npos; }

/// The labels that the condition holds for, in their order.
template <class F>
std::string those(const std::string& labels, F&& condition) {
  std::string chosen;
  std::copy_if(labels.begin(), labels.end(), std::back_inserter(chosen), condition);
  return chosen;
}

Axes axes_of(const Ints& axes) { return Axes(std::span(axes.begin(), axes.size())); }

std::int64_t axis_of(const Term& term, char label) { return static_cast<std::int64_t>(term.labels.find(label)); }

Term ordered(const Term& term, const std::string& labels) {
  if (labels == term.labels) return term;
  Ints axes;
  for (const char label : labels) axes.push_back(axis_of(term, label));
  return {transpose(term.x, axes_of(axes)), labels};
}

Term summed_to(const Term& term, const std::string& kept) {
  const std::string rest = those(term.labels, [&](char label) { return has(kept, label); });
  if (rest == term.labels) return term;
  Ints axes;
  for (const char label : term.labels)
    if (!has(kept, label)) axes.push_back(axis_of(term, label));
  return {sum(term.x, axes_of(axes)), rest};
}

/// Without the axes of size 1 that meet larger ones of an ellipsis: what lacks an axis is the same for all its indices.
Term without_broadcasting(const Term& term, const Equation& equation) {
  const Shape shape = term.x.shape();
  Ints ones;
  std::string rest;
  for (std::size_t i = 0; i < term.labels.size(); ++i) {
    const char label = term.labels[i];
    if (shape.dims()[i] == 1 && equation.sizes[Equation::place(label)] != 1)
      ones.push_back(static_cast<std::int64_t>(i));
    else
      rest += label;
  }
  return {detail::remove_ones(term.x, ones), rest};
}

/// A label that occurs twice leaves the diagonal of its axes, as the last one.
Term diagonals(Term term) {
  for (std::size_t i = 0; i < term.labels.size(); ++i) {
    const char label = term.labels[i];
    const std::size_t second = term.labels.find(label, i + 1);
    if (second == std::string::npos) continue;
    term.x = diagonal(term.x, 0, static_cast<std::int64_t>(i), static_cast<std::int64_t>(second));
    term.labels.erase(second, 1).erase(i, 1);
    term.labels += label;
    return diagonals(std::move(term));
  }
  return term;
}

/// Each element of one with each of the other, where they don't share the axis.
Term outer_product(const Term& a, const Term& b, const std::string& labels) {
  const auto aligned = [&](const Term& term) {
    const Term sorted = ordered(term, those(labels, [&](char label) { return has(term.labels, label); }));
    Ints ones;
    for (std::size_t i = 0; i < labels.size(); ++i)
      if (!has(term.labels, labels[i])) ones.push_back(static_cast<std::int64_t>(i));
    return detail::insert_ones(sorted.x, ones);
  };
  return {multiply(aligned(a), aligned(b)), labels};
}

/// How an operand's axes that the other one lacks go into the product of matrices: as one axis, its rows or columns. Of
/// several unknown sizes a product couldn't be taken apart again: then all but the last stay axes of their own.
struct Free {
  Free(const Term& term, const std::string& labels) {
    for (const char label : labels) sizes.push_back(term.x.shape()[axis_of(term, label)]);
    const bool several = std::count(sizes.begin(), sizes.end(), -1) > 1;
    const std::size_t apart = several ? labels.size() - 1 : 0;
    kept = labels.substr(0, apart);
    merged = labels.substr(apart);
    sizes = Shape(sizes.dims().subspan(apart));
  }
  std::string kept;
  std::string merged;
  Shape sizes;  ///< of the merged ones
};

Ints range(std::size_t first, std::size_t count) {
  Ints axes;
  for (std::size_t i = first; i < first + count; ++i) axes.push_back(static_cast<std::int64_t>(i));
  return axes;
}

/// `count` axes from `axis` on as one.
Tensor merged(const Tensor& x, std::size_t axis, std::size_t count) {
  const Shape part(x.shape().dims().subspan(axis, count));
  return detail::reshape_axes(x, static_cast<std::int64_t>(axis), static_cast<std::int64_t>(count),
                              {part.is_static() ? part.elements() : -1});
}

/// The sum of products over the labels that both have and nobody wants: a product of matrices for each index of the
/// labels that both have.
Term contraction(const Term& a, const Term& b, const std::string& shared, const std::string& contracted) {
  const auto free_of = [&](const Term& term, const Term& other) {
    return Free(term, those(term.labels, [&](char label) { return !has(other.labels, label); }));
  };
  const Free rows = free_of(a, b);
  const Free columns = free_of(b, a);
  const std::size_t batch = shared.size() + rows.kept.size() + columns.kept.size();
  // left: shared, kept rows, ones, rows, sum; right: shared, ones, kept columns, sum, columns
  Tensor left = ordered(a, shared + rows.kept + rows.merged + contracted).x;
  left = detail::insert_ones(left, range(shared.size() + rows.kept.size(), columns.kept.size()));
  left = merged(merged(left, batch + rows.merged.size(), contracted.size()), batch, rows.merged.size());
  Tensor right = ordered(b, shared + columns.kept + contracted + columns.merged).x;
  right = detail::insert_ones(right, range(shared.size(), rows.kept.size()));
  right = merged(merged(right, batch + contracted.size(), columns.merged.size()), batch, contracted.size());
  const auto axis = static_cast<std::int64_t>(batch);
  Tensor product = matmul(left, right);
  product = detail::reshape_axes(detail::reshape_axes(product, axis + 1, 1, columns.sizes), axis, 1, rows.sizes);
  return {product, shared + rows.kept + columns.kept + rows.merged + columns.merged};
}

/// The product of two terms with the labels `wanted`, of which the order is that of the result where it costs nothing.
Term product(const Term& first, const Term& second, const std::string& wanted) {
  const Term a = summed_to(first, wanted + second.labels);
  const Term b = summed_to(second, wanted + first.labels);
  const std::string common = those(a.labels, [&](char label) { return has(b.labels, label); });
  const std::string shared = those(wanted, [&](char label) { return has(common, label); });
  const std::string contracted = those(common, [&](char label) { return !has(wanted, label); });
  const std::string result = those(wanted, [&](char label) { return has(a.labels, label) || has(b.labels, label); });
  if (contracted.empty()) return outer_product(a, b, result);
  const std::string free = those(result, [&](char label) { return !has(common, label); });
  const bool swapped = !free.empty() && has(b.labels, free.front());
  return swapped ? contraction(b, a, shared, contracted) : contraction(a, b, shared, contracted);
}

}  // namespace

Tensor einsum(std::string_view subscripts, const std::vector<Tensor>& operands) {
  if (operands.empty()) throw ValueError("einsum takes one operand or more. Received: none");
  std::vector<Tensor> xs = operands;
  promote(xs, "einsum");
  std::vector<Shape> shapes;
  shapes.reserve(xs.size());
  for (const Tensor& x : xs) shapes.push_back(x.shape());
  const Equation equation(subscripts, shapes);
  std::vector<Term> terms;
  terms.reserve(xs.size());
  for (std::size_t i = 0; i < xs.size(); ++i)
    terms.push_back(diagonals(without_broadcasting({xs[i], equation.inputs[i]}, equation)));
  Term result = terms.front();
  for (std::size_t i = 1; i < terms.size(); ++i) {
    std::string wanted = equation.output;
    for (std::size_t later = i + 1; later < terms.size(); ++later)
      wanted += those(terms[later].labels, [&](char label) { return !has(wanted, label); });
    result = product(result, terms[i], wanted);
  }
  return ordered(summed_to(result, equation.output), equation.output).x;
}

Tensor diagonal(const Tensor& x, std::int64_t offset, std::int64_t axis1, std::int64_t axis2) {
  const Tensor input = in_graph(x, "diagonal");
  const Shape shape = input.shape();
  const std::int64_t first = normalized_axis(axis1, shape.rank(), "diagonal");
  const std::int64_t second = normalized_axis(axis2, shape.rank(), "diagonal");
  if (first == second)
    throw ValueError("diagonal: axis1 and axis2 must be two axes. Received: axis1=" + std::to_string(axis1) +
                     ", axis2=" + std::to_string(axis2) + ", shape=" + to_string(shape));
  const std::int64_t rows = shape[first];
  const std::int64_t columns = shape[second];
  if (rows < 0 || columns < 0)
    throw ShapeError("diagonal: the sizes of both axes must be known. Received: shape=" + to_string(shape));
  const std::int64_t start = offset >= 0 ? offset : -offset * columns;
  const std::int64_t count =
      std::max<std::int64_t>(0, offset >= 0 ? std::min(rows, columns - offset) : std::min(rows + offset, columns));
  // The rows one after the other: from one element of the diagonal to the next it is a row and an element.
  const auto last = static_cast<std::int64_t>(shape.rank()) - 2;
  const Tensor moved = moveaxis(input, {first, second}, {last, last + 1});
  const Tensor joined = detail::reshape_axes(moved, last, 2, {rows * columns});
  const std::int64_t stop = count == 0 ? start : start + (count - 1) * (columns + 1) + 1;
  return detail::slice_axis(joined, last, start, stop, columns + 1);
}

}  // namespace keratin::inline v0::ops
