#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "keratin/ops/conv.h"
#include "ops/apply.h"
#include "ops/conv.h"
#include "ops/resize.h"
#include "ops/rows.h"

namespace keratin::test {
namespace {

using graph::Ints;

/// A convolution, as its definition has it.
struct Conv {
  Ints strides;
  Ints dilation;
  bool same = false;

  /// Elements of zeros before the first along one spatial axis.
  std::int64_t before(std::size_t axis, std::int64_t length, std::int64_t places, std::int64_t taps) const {
    if (!same) return 0;
    const std::int64_t missing = (places - 1) * strides[axis] + (taps - 1) * dilation[axis] + 1 - length;
    return missing > 0 ? missing / 2 : 0;
  }

  /// Calls f(element of x, element of the kernel, element of y) for all that are multiplied and added up, channels
  /// last.
  void for_products(const Shape& x, const Shape& kernel, const Shape& y,
                    const std::function<void(std::size_t, std::size_t, std::size_t)>& f) const {
    const std::size_t rank = x.rank() - 2;
    const std::int64_t groups = x.back() / kernel[-2];
    const std::int64_t group_out = y.back() / groups;
    const auto flat = [](const Shape& shape, const std::vector<std::int64_t>& at) {
      std::int64_t offset = 0;
      for (std::size_t i = 0; i < at.size(); ++i) offset = offset * shape.dims()[i] + at[i];
      return static_cast<std::size_t>(offset);
    };
    generated(y, [&](std::span<const std::int64_t> at_y) {
      generated(kernel, [&](std::span<const std::int64_t> at_kernel) {
        if (at_kernel[rank + 1] != at_y[rank + 1]) return 0.0;
        std::vector<std::int64_t> at_x{at_y[0]};
        for (std::size_t i = 0; i < rank; ++i) {
          const std::int64_t length = x.dims()[i + 1];
          at_x.push_back(at_y[i + 1] * strides[i] + at_kernel[i] * dilation[i] -
                         before(i, length, y.dims()[i + 1], kernel.dims()[i]));
          if (at_x.back() < 0 || at_x.back() >= length) return 0.0;
        }
        at_x.push_back(at_y[rank + 1] / group_out * kernel[-2] + at_kernel[rank]);
        f(flat(x, at_x), flat(kernel, {at_kernel.begin(), at_kernel.end()}), flat(y, {at_y.begin(), at_y.end()}));
        return 0.0;
      });
      return 0.0;
    });
  }

  Shape result(const Shape& x, const Shape& kernel) const {
    Shape y = x;
    y[-1] = kernel.back();
    for (std::size_t i = 0; i + 2 < x.rank(); ++i) {
      std::int64_t& size = y[static_cast<std::int64_t>(i + 1)];
      const std::int64_t reach = same ? 1 : (kernel.dims()[i] - 1) * dilation[i] + 1;
      size = (size - reach) / strides[i] + 1;
    }
    return y;
  }

  Array y(const Array& x, const Array& kernel) const {
    Array sums = Array::zeros(result(x.shape(), kernel.shape()), float64);
    const auto to = sums.mutable_data<double>();
    for_products(x.shape(), kernel.shape(), sums.shape(), [&](std::size_t a, std::size_t b, std::size_t c) {
      to[c] += x.data<double>()[a] * kernel.data<double>()[b];
    });
    return sums;
  }
  Array dx(const Array& dy, const Array& kernel, const Shape& x) const {
    Array sums = Array::zeros(x, float64);
    const auto to = sums.mutable_data<double>();
    for_products(x, kernel.shape(), dy.shape(), [&](std::size_t a, std::size_t b, std::size_t c) {
      to[a] += dy.data<double>()[c] * kernel.data<double>()[b];
    });
    return sums;
  }
  Array dkernel(const Array& x, const Array& dy, const Shape& kernel) const {
    Array sums = Array::zeros(kernel, float64);
    const auto to = sums.mutable_data<double>();
    for_products(x.shape(), kernel, dy.shape(), [&](std::size_t a, std::size_t b, std::size_t c) {
      to[b] += dy.data<double>()[c] * x.data<double>()[a];
    });
    return sums;
  }
};

Padding padding_of(const Conv& conv) { return conv.same ? Padding::same : Padding::valid; }
Sizes sizes_of(const Ints& ints) { return Sizes(std::span<const std::int64_t>(ints.begin(), ints.size())); }

Array moved(const Array& x, bool last_to_second) {
  Shape shape = x.shape();
  const std::int64_t size = last_to_second ? shape.back() : shape[1];
  shape.erase(last_to_second ? shape.rank() - 1 : 1);
  shape.insert(last_to_second ? 1 : shape.rank(), size);
  return generated(shape, [&](std::span<const std::int64_t> at) {
    std::vector<std::int64_t> from(at.begin(), at.end());
    const std::int64_t channel = last_to_second ? from[1] : from.back();
    from.erase(last_to_second ? from.begin() + 1 : from.end() - 1);
    from.insert(last_to_second ? from.end() : from.begin() + 1, channel);
    return element(x, from);
  });
}

const std::vector<DType> floats{float32, float64, bfloat16, float16};

OpRow conv_row(const char* name, const Conv& conv, const Shape& x, const Shape& kernel) {
  return {.name = name,
          .ops = {"conv", "conv_data_gradient", "conv_weights_gradient"},
          .build =
              [conv](auto t) {
                return ops::conv(t[0], t[1], sizes_of(conv.strides), padding_of(conv), DataFormat::channels_last,
                                 sizes_of(conv.dilation));
              },
          .inputs = {{x}, {.shape = kernel, .batched = false}},
          .reference = [conv](auto t) { return conv.y(t[0], t[1]); },
          .dtypes = floats,
          .tolerance = 2e-5,
          .tolerance_bfloat16 = 3e-2};
}

/// With a bias and an activation.
OpRow fused_conv_row(const std::string& name, const Conv& conv, const Shape& x, const Shape& kernel) {
  return {.name = name,
          .ops = {"fused_conv"},
          .build =
              [conv](auto t) {
                return ops::apply(ops::fused_conv_op, t,
                                  std::vector<graph::Attribute>{{"strides", conv.strides},
                                                                {"dilation", conv.dilation},
                                                                {"same", conv.same},
                                                                {"activation", std::string_view("relu")}});
              },
          .inputs = {{x}, {.shape = kernel, .batched = false}, {.shape = {kernel.back()}, .batched = false}},
          .reference =
              [conv](auto t) {
                const Array y = conv.y(t[0], t[1]);
                return generated(y.shape(), [&](std::span<const std::int64_t> at) {
                  return std::max(0.0, element(y, at) + element(t[2], at.last(1)));
                });
              },
          .gradient = false,
          .tolerance = 2e-5};
}

/// The ops that gradients are made of, which have gradients too.
std::vector<OpRow> gradient_rows(const std::string& name, const Conv& conv, const Shape& x, const Shape& kernel) {
  const Shape y = conv.result(x, kernel);
  const std::vector<graph::Attribute> attributes{
      {"strides", conv.strides}, {"dilation", conv.dilation}, {"same", conv.same}};
  const auto apply = [attributes](const graph::OpDef& op) {
    return [attributes, &op](std::span<const Tensor> t) { return ops::apply(op, t, attributes); };
  };
  return {{.name = "conv_data_gradient" + name,
           .ops = {"conv_data_gradient", "conv", "conv_weights_gradient"},
           .build = apply(ops::conv_data_gradient_op),
           .inputs = {{y}, {.shape = kernel, .batched = false}, {x}},
           .reference = [conv](auto t) { return conv.dx(t[0], t[1], t[2].shape()); },
           .tolerance = 2e-5},
          {.name = "conv_weights_gradient" + name,
           .ops = {"conv_weights_gradient", "conv", "conv_data_gradient"},
           .build = apply(ops::conv_weights_gradient_op),
           .inputs = {{x}, {y}, {.shape = kernel, .batched = false}},
           .reference = [conv](auto t) { return conv.dkernel(t[0], t[1], t[2].shape()); },
           .tolerance = 5e-5}};
}

OpRow transpose_row(const char* name, const Conv& conv, const Shape& x, const Shape& kernel, const Sizes& extra,
                    const Shape& result) {
  return {.name = name,
          .ops = {"conv_transpose", "conv", "conv_weights_gradient"},
          .build =
              [conv, extra](auto t) {
                return ops::conv_transpose(t[0], t[1], sizes_of(conv.strides), padding_of(conv), extra, "channels_last",
                                           sizes_of(conv.dilation));
              },
          .inputs = {{x}, {.shape = kernel, .batched = false}},
          .reference =
              [conv, result](auto t) {
                Shape shape = result;
                shape[0] = t[0].shape()[0];
                return conv.dx(t[0], t[1], shape);
              },
          .dtypes = floats,
          .tolerance = 2e-5,
          .tolerance_bfloat16 = 3e-2};
}

void add_convs(std::vector<OpRow>& rows) {
  rows.push_back(conv_row("conv_1d", {{1}, {1}}, {4, 9, 3}, {3, 3, 5}));
  rows.push_back(fused_conv_row("fused_conv_1d", {{1}, {2}, true}, {4, 9, 3}, {3, 3, 5}));
  rows.push_back(fused_conv_row("fused_conv_2d", {{2, 1}, {1, 1}, true}, {3, 5, 6, 16}, {3, 4, 16, 17}));
  rows.push_back(fused_conv_row("fused_conv_2d_groups", {{1, 2}, {1, 1}}, {3, 5, 6, 6}, {3, 2, 2, 9}));
  rows.push_back(conv_row("conv_1d_same_strided", {{3}, {1}, true}, {4, 11, 3}, {4, 3, 2}));
  rows.push_back(conv_row("conv_1d_dilated", {{1}, {3}, true}, {4, 11, 2}, {3, 2, 4}));
  rows.push_back(conv_row("conv_2d", {{1, 1}, {1, 1}}, {4, 6, 5, 3}, {3, 2, 3, 4}));
  rows.push_back(conv_row("conv_2d_same", {{1, 1}, {1, 1}, true}, {3, 5, 6, 16}, {3, 4, 16, 17}));
  rows.push_back(conv_row("conv_2d_same_strided", {{2, 3}, {1, 1}, true}, {4, 7, 8, 3}, {3, 2, 3, 4}));
  rows.push_back(conv_row("conv_2d_strides_beyond_the_kernel", {{3, 2}, {1, 1}, true}, {4, 7, 8, 3}, {1, 1, 3, 4}));
  rows.push_back(conv_row("conv_2d_dilated_strided", {{2, 1}, {2, 3}, true}, {3, 9, 8, 3}, {3, 2, 3, 4}));
  rows.push_back(conv_row("conv_2d_groups", {{1, 2}, {1, 1}}, {3, 5, 6, 6}, {3, 2, 2, 9}));
  rows.push_back(conv_row("conv_3d", {{1, 1, 1}, {1, 1, 1}}, {2, 4, 5, 4, 2}, {2, 3, 2, 2, 3}));
  rows.push_back(conv_row("conv_3d_same_strided", {{2, 1, 2}, {1, 2, 1}, true}, {3, 4, 5, 3, 2}, {3, 2, 2, 2, 3}));
  rows.push_back({.name = "conv_channels_first",
                  .ops = {"conv", "transpose"},
                  .build =
                      [](auto t) {
                        return ops::conv(t[0], t[1], {2, 1}, "same", "channels_first");
                      },
                  .inputs = {{{3, 2, 5, 6}}, {.shape = {3, 3, 2, 4}, .batched = false}},
                  .reference =
                      [](auto t) {
                        const Conv conv{{2, 1}, {1, 1}, true};
                        return moved(conv.y(moved(t[0], false), t[1]), true);
                      },
                  .tolerance = 2e-5});
  for (const OpRow& row : gradient_rows("", {{2, 1}, {1, 2}, true}, {3, 6, 5, 4}, {3, 2, 4, 5})) rows.push_back(row);
  for (const OpRow& row : gradient_rows("_groups", {{1}, {1}, false}, {3, 8, 4}, {3, 2, 6})) rows.push_back(row);
}

void add_transposed(std::vector<OpRow>& rows) {
  rows.push_back(transpose_row("conv_transpose_1d", {{2}, {1}}, {4, 5, 3}, {3, 4, 3}, {}, {4, 11, 4}));
  rows.push_back(transpose_row("conv_transpose_short", {{3}, {1}}, {4, 5, 3}, {2, 4, 3}, {}, {4, 15, 4}));
  rows.push_back(
      transpose_row("conv_transpose_2d_same", {{2, 3}, {1, 1}, true}, {4, 4, 3, 3}, {3, 2, 2, 3}, {}, {4, 8, 9, 2}));
  rows.push_back(transpose_row("conv_transpose_2d_output_padding", {{2, 3}, {1, 1}}, {3, 4, 3, 3}, {3, 2, 2, 3}, {1, 2},
                               {3, 10, 10, 2}));
  rows.push_back(transpose_row("conv_transpose_2d_same_output_padding", {{2, 3}, {1, 1}, true}, {3, 4, 3, 3},
                               {3, 2, 2, 3}, {0, 1}, {3, 7, 7, 2}));
  rows.push_back(
      transpose_row("conv_transpose_dilated", {{1, 2}, {2, 1}}, {3, 4, 3, 3}, {3, 2, 2, 3}, {}, {3, 8, 6, 2}));
  rows.push_back(transpose_row("conv_transpose_3d", {{2, 1, 2}, {1, 1, 1}, true}, {2, 2, 3, 2, 2}, {3, 2, 2, 3, 2}, {},
                               {2, 4, 3, 4, 3}));
}

/// A depthwise kernel (space…, in, multiplier) as a grouped one.
Array grouped(const Array& kernel) {
  Shape shape = kernel.shape();
  shape[-1] *= shape[-2];
  shape[-2] = 1;
  return kernel.reshaped(shape);
}

void add_depthwise(std::vector<OpRow>& rows) {
  rows.push_back({.name = "depthwise_conv_2d",
                  .ops = {"conv", "conv_data_gradient", "conv_weights_gradient"},
                  .build =
                      [](auto t) {
                        return ops::depthwise_conv(t[0], t[1], {2, 1}, "same");
                      },
                  .inputs = {{{3, 5, 6, 4}}, {.shape = {3, 2, 4, 3}, .batched = false}},
                  .reference =
                      [](auto t) {
                        return Conv{{2, 1}, {1, 1}, true}.y(t[0], grouped(t[1]));
                      },
                  .dtypes = floats,
                  .tolerance = 2e-5,
                  .tolerance_bfloat16 = 3e-2});
  rows.push_back({.name = "depthwise_conv_1d_dilated",
                  .ops = {"conv", "transpose"},
                  .build = [](auto t) { return ops::depthwise_conv(t[0], t[1], 1, "valid", "channels_first", 2); },
                  .inputs = {{{3, 16, 9}}, {.shape = {3, 16, 1}, .batched = false}},
                  .reference =
                      [](auto t) {
                        return moved(Conv{{1}, {2}}.y(moved(t[0], false), grouped(t[1])), true);
                      },
                  .tolerance = 2e-5});
  rows.push_back(
      {.name = "separable_conv",
       .ops = {"conv"},
       .build = [](auto t) { return ops::separable_conv(t[0], t[1], t[2], 2, "same"); },
       .inputs = {{{3, 5, 6, 4}}, {.shape = {3, 3, 4, 2}, .batched = false}, {.shape = {1, 1, 8, 5}, .batched = false}},
       .reference =
           [](auto t) {
             const Array depthwise = Conv{{2, 2}, {1, 1}, true}.y(t[0], grouped(t[1]));
             return Conv{{1, 1}, {1, 1}}.y(depthwise, t[2]);
           },
       .tolerance = 5e-5});
}

/// A pooling as its definition has it: windows [first, last) along each axis.
struct Pool {
  std::function<std::pair<std::int64_t, std::int64_t>(std::size_t axis, std::int64_t length, std::int64_t place)>
      window;
  std::function<std::int64_t(std::size_t axis, std::int64_t length)> places;

  static Pool moving(const Ints& size, const Ints& strides, bool same) {
    return {.window =
                [=](std::size_t axis, std::int64_t length, std::int64_t place) {
                  const std::int64_t count = (length + strides[axis] - 1) / strides[axis];
                  const std::int64_t missing = (count - 1) * strides[axis] + size[axis] - length;
                  const std::int64_t before = same && missing > 0 ? missing / 2 : 0;
                  const std::int64_t first = place * strides[axis] - before;
                  return std::pair{std::max<std::int64_t>(first, 0), std::min(first + size[axis], length)};
                },
            .places =
                [=](std::size_t axis, std::int64_t length) {
                  return same ? (length + strides[axis] - 1) / strides[axis]
                              : (length - size[axis]) / strides[axis] + 1;
                }};
  }
  static Pool adaptive(const Ints& output_size) {
    return {.window =
                [=](std::size_t axis, std::int64_t length, std::int64_t place) {
                  const double part = static_cast<double>(length) / static_cast<double>(output_size[axis]);
                  return std::pair{static_cast<std::int64_t>(std::floor(static_cast<double>(place) * part + 1e-9)),
                                   static_cast<std::int64_t>(std::ceil(static_cast<double>(place + 1) * part - 1e-9))};
                },
            .places = [=](std::size_t axis, std::int64_t /*length*/) { return output_size[axis]; }};
  }

  Shape result(const Shape& x) const {
    Shape shape = x;
    for (std::size_t i = 0; i + 2 < x.rank(); ++i) shape[static_cast<std::int64_t>(i + 1)] = places(i, x.dims()[i + 1]);
    return shape;
  }
  /// Calls f(index in x, index in the result) for each element of each window.
  void for_elements(const Shape& x,
                    const std::function<void(std::span<const std::int64_t>, std::span<const std::int64_t>)>& f) const {
    generated(result(x), [&](std::span<const std::int64_t> at_y) {
      generated(x, [&](std::span<const std::int64_t> at_x) {
        bool inside = at_x[0] == at_y[0] && at_x.back() == at_y.back();
        for (std::size_t i = 1; inside && i + 1 < at_x.size(); ++i) {
          const auto [first, last] = window(i - 1, x.dims()[i], at_y[i]);
          inside = at_x[i] >= first && at_x[i] < last;
        }
        if (inside) f(at_x, at_y);
        return 0.0;
      });
      return 0.0;
    });
  }
  /// By element of the result: the index of x's largest.
  std::map<std::vector<std::int64_t>, std::vector<std::int64_t>> largest(const Array& x) const {
    std::map<std::vector<std::int64_t>, std::vector<std::int64_t>> at;
    for_elements(x.shape(), [&](auto at_x, auto at_y) {
      auto& best = at[{at_y.begin(), at_y.end()}];
      if (best.empty() || element(x, at_x) > element(x, best)) best.assign(at_x.begin(), at_x.end());
    });
    return at;
  }
  Array pick(const Array& x, const Array& values) const {
    const auto at = largest(x);
    return generated(result(x.shape()), [&](auto place) {
      return element(values, at.at({place.begin(), place.end()}));
    });
  }
  Array dx_of_largest(const Array& x, const Array& dy) const {
    const auto at = largest(x);
    return generated(x.shape(), [&](std::span<const std::int64_t> index) {
      double sum = 0;
      for (const auto& [place, best] : at)
        if (std::equal(best.begin(), best.end(), index.begin())) sum += element(dy, place);
      return sum;
    });
  }
  /// How many elements each window has.
  Array counts(const Shape& x) const {
    std::map<std::vector<std::int64_t>, double> count;
    for_elements(x, [&](auto, auto at_y) { ++count[{at_y.begin(), at_y.end()}]; });
    return generated(result(x), [&](auto place) { return count.at({place.begin(), place.end()}); });
  }
  Array mean(const Array& x) const {
    std::map<std::vector<std::int64_t>, double> sum;
    for_elements(x.shape(), [&](auto at_x, auto at_y) { sum[{at_y.begin(), at_y.end()}] += element(x, at_x); });
    const Array count = counts(x.shape());
    return generated(result(x.shape()), [&](auto place) {
      return sum.at({place.begin(), place.end()}) / element(count, place);
    });
  }
  Array dx_of_mean(const Array& dy, const Shape& x) const {
    std::map<std::vector<std::int64_t>, double> sum;
    const Array count = counts(x);
    for_elements(x, [&](auto at_x, auto at_y) {
      sum[{at_x.begin(), at_x.end()}] += element(dy, at_y) / element(count, at_y);
    });
    return generated(x, [&](auto at) { return sum[{at.begin(), at.end()}]; });
  }
};

OpRow max_row(const char* name, const Pool& pool, const Shape& x, const Mapping<Tensor>& build) {
  return {.name = name,
          .ops = {"max_pool", "max_pool_gradient"},
          .build = build,
          .inputs = {{x}},
          .reference = [pool](auto t) { return pool.pick(t[0], t[0]); },
          .dtypes = {float32, float64, bfloat16, float16, int32, uint8}};
}

OpRow mean_row(const char* name, const Pool& pool, const Shape& x, const Mapping<Tensor>& build) {
  return {.name = name,
          .ops = {"average_pool", "average_pool_gradient"},
          .build = build,
          .inputs = {{x}},
          .reference = [pool](auto t) { return pool.mean(t[0]); },
          .dtypes = floats};
}

using Inputs = std::span<const Tensor>;

void add_pools(std::vector<OpRow>& rows) {
  rows.push_back(max_row("max_pool_1d", Pool::moving({3}, {2}, false), {3, 8, 5},
                         [](Inputs t) { return ops::max_pool(t[0], 3, 2); }));
  rows.push_back(max_row("max_pool_2d_same", Pool::moving({3, 2}, {2, 2}, true), {3, 6, 5, 3}, [](Inputs t) {
    return ops::max_pool(t[0], {3, 2}, 2, "same");
  }));
  rows.push_back(
      max_row("max_pool_2d_of_many_channels", Pool::moving({2, 2}, {1, 2}, false), {2, 3, 4, 70}, [](Inputs t) {
        return ops::max_pool(t[0], 2, {1, 2});
      }));
  rows.push_back(max_row("max_pool_3d", Pool::moving({2, 1, 2}, {2, 1, 2}, false), {2, 4, 3, 5, 2}, [](Inputs t) {
    return ops::max_pool(t[0], {2, 1, 2});
  }));
  // Windows that don't meet, with pixels behind them that are in none.
  rows.push_back(max_row("max_pool_2d_leaving_pixels_out", Pool::moving({2, 2}, {2, 2}, false), {2, 5, 7, 19},
                         [](Inputs t) { return ops::max_pool(t[0], 2); }));
  rows.push_back(max_row("max_pool_2d_same_leaving_none_out", Pool::moving({2, 2}, {2, 2}, true), {2, 5, 7, 3},
                         [](Inputs t) { return ops::max_pool(t[0], 2, {}, "same"); }));
  rows.push_back(max_row("max_pool_3d_leaving_pixels_out", Pool::moving({2, 3, 2}, {2, 3, 2}, false), {2, 5, 8, 3, 2},
                         [](Inputs t) {
                           return ops::max_pool(t[0], {2, 3, 2});
                         }));
  rows.push_back(max_row("adaptive_max_pool", Pool::adaptive({3, 4}), {3, 7, 4, 3}, [](Inputs t) {
    return ops::adaptive_max_pool(t[0], {3, 4});
  }));
  rows.push_back(mean_row("average_pool_1d", Pool::moving({3}, {1}, true), {3, 8, 5},
                          [](Inputs t) { return ops::average_pool(t[0], 3, 1, "same"); }));
  rows.push_back(mean_row("average_pool_2d_same", Pool::moving({3, 2}, {2, 3}, true), {3, 6, 5, 3}, [](Inputs t) {
    return ops::average_pool(t[0], {3, 2}, {2, 3}, "same");
  }));
  rows.push_back(mean_row("average_pool_3d", Pool::moving({2, 2, 2}, {2, 2, 2}, false), {2, 4, 3, 5, 2},
                          [](Inputs t) { return ops::average_pool(t[0], 2); }));
  rows.push_back(mean_row("adaptive_average_pool", Pool::adaptive({5, 2}), {3, 3, 5, 3}, [](Inputs t) {
    return ops::adaptive_average_pool(t[0], {5, 2});
  }));
  rows.push_back({.name = "max_pool_channels_first",
                  .ops = {"max_pool", "transpose"},
                  .build = [](auto t) { return ops::max_pool(t[0], 2, {}, "valid", "channels_first"); },
                  .inputs = {{{3, 2, 5, 4}}},
                  .reference =
                      [](auto t) {
                        const Array x = moved(t[0], false);
                        return moved(Pool::moving({2, 2}, {2, 2}, false).pick(x, x), true);
                      }});
}

void add_pool_gradients(std::vector<OpRow>& rows) {
  const Pool pool = Pool::moving({3, 2}, {2, 1}, true);
  const std::vector<graph::Attribute> attributes{{"size", Ints{3, 2}}, {"strides", Ints{2, 1}}, {"same", true}};
  const auto apply = [attributes](const graph::OpDef& op) {
    return [attributes, &op](Inputs t) { return ops::apply(op, t, attributes); };
  };
  const Shape x{3, 5, 4, 2};
  rows.push_back({.name = "max_pool_pick",
                  .ops = {"max_pool_pick", "max_pool_gradient"},
                  .build = apply(ops::max_pool_pick_op),
                  .inputs = {{x}, {x}},
                  .reference = [pool](auto t) { return pool.pick(t[0], t[1]); }});
  rows.push_back({.name = "max_pool_gradient",
                  .ops = {"max_pool_gradient", "max_pool_pick"},
                  .build = apply(ops::max_pool_gradient_op),
                  .inputs = {{x}, {pool.result(x)}},
                  .reference = [pool](auto t) { return pool.dx_of_largest(t[0], t[1]); }});
  rows.push_back({.name = "average_pool_gradient",
                  .ops = {"average_pool_gradient", "average_pool"},
                  .build = apply(ops::average_pool_gradient_op),
                  .inputs = {{pool.result(x)}, {x}},
                  .reference = [pool](auto t) { return pool.dx_of_mean(t[0], t[1].shape()); }});
}

/// Weights of linear interpolation between the centers of pixels: a closed form of each element.
void add_resize(std::vector<OpRow>& rows) {
  rows.push_back({.name = "resize_weights",
                  .ops = {"resize_weights", "matmul"},
                  .build = [](auto t) { return ops::detail::enlarge(t[0], 1, 3, "bilinear"); },
                  .inputs = {{{2, 4, 3}}},
                  .reference =
                      [](auto t) {
                        return generated({t[0].shape()[0], 12, 3}, [&](std::span<const std::int64_t> at) {
                          const double place = (static_cast<double>(at[1]) + 0.5) / 3.0 - 0.5;
                          const auto before = static_cast<std::int64_t>(std::floor(place));
                          const double share = place - static_cast<double>(before);
                          const auto x = [&](std::int64_t i) {
                            return element(t[0], std::vector{at[0], std::clamp<std::int64_t>(i, 0, 3), at[2]});
                          };
                          return (1.0 - share) * x(before) + share * x(before + 1);
                        });
                      },
                  .dtypes = floats});
}

}  // namespace

std::vector<OpRow> conv_rows() {
  std::vector<OpRow> rows;
  add_convs(rows);
  add_transposed(rows);
  add_depthwise(rows);
  add_pools(rows);
  add_pool_gradients(rows);
  add_resize(rows);
  return rows;
}

}  // namespace keratin::test
