#pragma once

#include <cstdint>

#include "keratin/core/export.h"
#include "keratin/graph/tensor.h"
#include "keratin/ops/axes.h"

/// Reductions, with Keras's names. No axis given means all of them; `keepdims` leaves reduced dimensions with size 1.
/// All throw ValueError for an axis out of range or given twice. Along 0 elements, sum is 0, prod 1, any false, all
/// true, mean NaN, max the lowest value and min the highest.
namespace keratin::inline v0::ops {

KERATIN_API Tensor sum(const Tensor& x, const Axes& axis = {}, bool keepdims = false);   ///< int32 for bool
KERATIN_API Tensor mean(const Tensor& x, const Axes& axis = {}, bool keepdims = false);  ///< float32 for integers
/// The gradient goes to all zero-free products of the others; it is exact with zeros too.
KERATIN_API Tensor prod(const Tensor& x, const Axes& axis = {}, bool keepdims = false);
/// NaN if there is one. Equal greatest elements share the gradient.
KERATIN_API Tensor max(const Tensor& x, const Axes& axis = {}, bool keepdims = false);
KERATIN_API Tensor min(const Tensor& x, const Axes& axis = {}, bool keepdims = false);
KERATIN_API Tensor any(const Tensor& x, const Axes& axis = {}, bool keepdims = false);
KERATIN_API Tensor all(const Tensor& x, const Axes& axis = {}, bool keepdims = false);
/// Index of the first greatest element (of the first NaN, if there is one), int32.
KERATIN_API Tensor argmax(const Tensor& x, std::int64_t axis, bool keepdims = false);
KERATIN_API Tensor argmin(const Tensor& x, std::int64_t axis, bool keepdims = false);
/// The same in the flattened tensor.
KERATIN_API Tensor argmax(const Tensor& x);
KERATIN_API Tensor argmin(const Tensor& x);

/// Mean squared deviation from the mean.
KERATIN_API Tensor var(const Tensor& x, const Axes& axis = {}, bool keepdims = false);
KERATIN_API Tensor std(const Tensor& x, const Axes& axis = {}, bool keepdims = false);
/// log(sum(exp(x))), without overflow.
KERATIN_API Tensor logsumexp(const Tensor& x, const Axes& axis = {}, bool keepdims = false);
/// How many elements aren't 0, int32.
KERATIN_API Tensor count_nonzero(const Tensor& x, const Axes& axis = {});

}  // namespace keratin::inline v0::ops
