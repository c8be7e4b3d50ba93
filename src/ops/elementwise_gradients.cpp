#include "ops/elementwise_gradients.h"

#include <numbers>

#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "ops/reduce.h"

namespace keratin::inline v0::ops::elementwise_gradients {
namespace {

using graph::GradientContext;
using Context = GradientContext&;

const Tensor& x(const GradientContext& context) { return context.inputs[0]; }
const Tensor& y(const GradientContext& context) { return context.outputs[0]; }
const Tensor& g(const GradientContext& context) { return context.output_gradients[0]; }

void flow(Context context, Tensor gradient) { context.input_gradients[0] = std::move(gradient); }

/// Sends to input `index` what make() gives, summed where the input was broadcast; makes nothing if nobody needs it.
template <class F>
void flow_to(Context context, std::size_t index, F&& make) {
  if (context.needed[index]) context.input_gradients[index] = detail::sum_like(make(), context.inputs[index]);
}

}  // namespace

void identity(Context c) { flow(c, g(c)); }
void cast(Context c) {
  if (is_floating(x(c).dtype()) && is_floating(y(c).dtype())) flow(c, ops::cast(g(c), x(c).dtype()));
}
void negative(Context c) { flow(c, -g(c)); }
void absolute(Context c) { flow(c, g(c) * sign(x(c))); }
void square(Context c) { flow(c, g(c) * (2.0 * x(c))); }
void sqrt(Context c) { flow(c, 0.5 * g(c) / y(c)); }
void rsqrt(Context c) { flow(c, -0.5 * g(c) * (ops::square(y(c)) * y(c))); }
void reciprocal(Context c) { flow(c, -g(c) * ops::square(y(c))); }
void exp(Context c) { flow(c, g(c) * y(c)); }
void expm1(Context c) { flow(c, g(c) * (y(c) + 1.0)); }
void log(Context c) { flow(c, g(c) / x(c)); }
void log1p(Context c) { flow(c, g(c) / (x(c) + 1.0)); }
void log2(Context c) { flow(c, g(c) / (x(c) * std::numbers::ln2)); }
void log10(Context c) { flow(c, g(c) / (x(c) * std::numbers::ln10)); }
void sin(Context c) { flow(c, g(c) * ops::cos(x(c))); }
void cos(Context c) { flow(c, -g(c) * ops::sin(x(c))); }
void tan(Context c) { flow(c, g(c) * (1.0 + ops::square(y(c)))); }
void asin(Context c) { flow(c, g(c) * ops::rsqrt(1.0 - ops::square(x(c)))); }
void acos(Context c) { flow(c, -g(c) * ops::rsqrt(1.0 - ops::square(x(c)))); }
void atan(Context c) { flow(c, g(c) / (1.0 + ops::square(x(c)))); }
void sinh(Context c) { flow(c, g(c) * ops::cosh(x(c))); }
void cosh(Context c) { flow(c, g(c) * ops::sinh(x(c))); }
void tanh(Context c) { flow(c, g(c) * (1.0 - ops::square(y(c)))); }
void asinh(Context c) { flow(c, g(c) / ops::cosh(y(c))); }
void acosh(Context c) { flow(c, g(c) / ops::sinh(y(c))); }
void atanh(Context c) { flow(c, g(c) / (1.0 - ops::square(x(c)))); }
void erf(Context c) { flow(c, g(c) * (2.0 * std::numbers::inv_sqrtpi * ops::exp(-ops::square(x(c))))); }
void sigmoid(Context c) { flow(c, g(c) * (y(c) * (1.0 - y(c)))); }
// The derivative is sigmoid(x), and exp(-y) = 1 - sigmoid(x).
void softplus(Context c) { flow(c, g(c) * -ops::expm1(-y(c))); }
void relu(Context c) { flow(c, where(y(c) > 0.0, g(c), 0.0)); }

void add(Context c) {
  for (const std::size_t i : {0U, 1U}) flow_to(c, i, [&] { return g(c); });
}

void subtract(Context c) {
  flow_to(c, 0, [&] { return g(c); });
  flow_to(c, 1, [&] { return -g(c); });
}

void multiply(Context c) {
  flow_to(c, 0, [&] { return g(c) * c.inputs[1]; });
  flow_to(c, 1, [&] { return g(c) * c.inputs[0]; });
}

void divide(Context c) {
  flow_to(c, 0, [&] { return g(c) / c.inputs[1]; });
  flow_to(c, 1, [&] { return -g(c) * (y(c) / c.inputs[1]); });
}

void mod(Context c) {
  flow_to(c, 0, [&] { return g(c); });
  flow_to(c, 1, [&] { return -g(c) * floor_divide(c.inputs[0], c.inputs[1]); });
}

void power(Context c) {
  const Tensor& base = c.inputs[0];
  const Tensor& exponent = c.inputs[1];
  flow_to(c, 0, [&] { return g(c) * (exponent * ops::power(base, exponent - 1.0)); });
  flow_to(c, 1, [&] {
    // At base <= 0 the logarithm doesn't exist; 0 there, and never log(0), whose infinity would turn into NaN.
    const Tensor positive = base > 0.0;
    return g(c) * (y(c) * where(positive, ops::log(where(positive, base, 1.0)), 0.0));
  });
}

// Ties belong to the first argument, as in TensorFlow.
void maximum(Context c) {
  flow_to(c, 0, [&] { return where(c.inputs[0] >= c.inputs[1], g(c), 0.0); });
  flow_to(c, 1, [&] { return where(c.inputs[0] >= c.inputs[1], 0.0, g(c)); });
}

void minimum(Context c) {
  flow_to(c, 0, [&] { return where(c.inputs[0] <= c.inputs[1], g(c), 0.0); });
  flow_to(c, 1, [&] { return where(c.inputs[0] <= c.inputs[1], 0.0, g(c)); });
}

void atan2(Context c) {
  const Tensor scaled = g(c) / (ops::square(c.inputs[0]) + ops::square(c.inputs[1]));
  flow_to(c, 0, [&] { return scaled * c.inputs[1]; });
  flow_to(c, 1, [&] { return -scaled * c.inputs[0]; });
}

void select(Context c) {
  flow_to(c, 1, [&] { return where(c.inputs[0], g(c), 0.0); });
  flow_to(c, 2, [&] { return where(c.inputs[0], 0.0, g(c)); });
}

}  // namespace keratin::inline v0::ops::elementwise_gradients
