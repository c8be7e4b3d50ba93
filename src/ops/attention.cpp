#include "ops/attention.h"

#include <array>
#include <cmath>
#include <string>

#include "keratin/core/error.h"
#include "keratin/ops/linalg.h"
#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/shape.h"
#include "ops/apply.h"
#include "ops/movement.h"

namespace keratin::inline v0::ops {
namespace {

/// In place of a score that doesn't count: so low that its share is 0, yet finite, so that of a row without any other
/// the shares are equal.
constexpr double hidden_score = -2.372671e38;

[[noreturn]] void fail(const std::string& what, const Tensor& query, const Tensor& key, const Tensor& value) {
  throw ShapeError("dot_product_attention: " + what + ". Received: query " + to_string(query.shape()) + ", key " +
                   to_string(key.shape()) + ", value " + to_string(value.shape()));
}

void check_shapes(const Tensor& query, const Tensor& key, const Tensor& value) {
  if (query.rank() != 4 || key.rank() != 4 || value.rank() != 4)
    fail("query, key and value must have the shape (batch, length, heads, size)", query, key, value);
  const std::int64_t heads = query.shape()[2];
  const std::int64_t key_heads = key.shape()[2];
  if (heads < 0 || key_heads < 1 || heads % key_heads != 0 || value.shape()[2] != key_heads)
    fail("key and value must have as many heads as the query, or a number that divides it", query, key, value);
}

/// Each head as often as there are heads of the query for it.
Tensor for_heads(const Tensor& x, std::int64_t heads) { return repeat(x, heads / x.shape()[2], 2); }

}  // namespace

namespace detail {

Tensor causal_mask(const Tensor& query, std::int64_t query_axis, const Tensor& key, std::int64_t key_axis) {
  return greater_equal(expand_dims(iota(query, query_axis), 1), iota(key, key_axis));
}

}  // namespace detail

Tensor dot_product_attention(const Tensor& query, const Tensor& key, const Tensor& value, const Tensor& bias,
                             const Tensor& mask, std::optional<double> scale, bool is_causal,
                             std::optional<double> attn_logits_soft_cap) {
  check_shapes(query, key, value);
  std::array<Tensor, 3> all{query, key, value};
  promote(all, "dot_product_attention");
  const std::int64_t heads = query.shape()[2];
  const Tensor keys = for_heads(all[1], heads);
  const Tensor values = for_heads(all[2], heads);
  const std::int64_t size = query.shape()[3];
  if (!scale && size < 1) fail("the last size must be known if no scale is given", query, key, value);
  const DType dtype = keratin::result_type(all[0].dtype(), float32);
  Tensor scores = cast(einsum("btnh,bsnh->bnts", {all[0], keys}), dtype);
  scores = scores * scale.value_or(1.0 / std::sqrt(static_cast<double>(size)));
  if (attn_logits_soft_cap) scores = tanh(scores / *attn_logits_soft_cap) * *attn_logits_soft_cap;
  if (!bias.is_empty()) scores = scores + cast(bias, dtype);
  Tensor allowed = mask.is_empty() ? Tensor{} : cast(mask, boolean);
  if (is_causal) {
    const Tensor past = detail::causal_mask(query, 1, key, 1);
    allowed = allowed.is_empty() ? past : logical_and(allowed, past);
  }
  if (!allowed.is_empty()) scores = where(allowed, scores, hidden_score);
  return einsum("bnts,bsnh->btnh", {cast(softmax(scores), all[2].dtype()), values});
}

}  // namespace keratin::inline v0::ops
