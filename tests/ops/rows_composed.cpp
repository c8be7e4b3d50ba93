#include <algorithm>
#include <cmath>
#include <string>

#include "keratin/ops/creation.h"
#include "keratin/ops/indexing.h"
#include "keratin/ops/linalg.h"
#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"
#include "keratin/ops/operators.h"
#include "ops/movement.h"
#include "ops/rows.h"

namespace keratin::test {
namespace {

using Index = std::vector<std::int64_t>;
using Arrays = std::span<const Array>;
using ops::ellipsis;
using ops::newaxis;
using ops::Slice;

/// The definition: at each index of the output, the sum over all other letters of the product of the operands'
/// elements there. Letters alone, and an arrow; axes of size 1 broadcast.
Array summed_products(const std::string& subscripts, Arrays x) {
  const std::size_t arrow = subscripts.find("->");
  std::vector<std::string> terms(1);
  for (const char c : subscripts.substr(0, arrow)) {
    if (c == ',')
      terms.emplace_back();
    else
      terms.back() += c;
  }
  std::string letters = subscripts.substr(arrow + 2);
  const std::size_t outputs = letters.size();
  std::vector<std::int64_t> sizes(128, 1);
  for (std::size_t i = 0; i < terms.size(); ++i) {
    for (std::size_t axis = 0; axis < terms[i].size(); ++axis) {
      const char letter = terms[i][axis];
      if (letters.find(letter) == std::string::npos) letters += letter;
      auto& size = sizes[static_cast<std::size_t>(letter)];
      size = size == 1 ? x[i].shape().dims()[axis] : size;
    }
  }
  std::vector<std::int64_t> extents;
  for (const char letter : letters) extents.push_back(sizes[static_cast<std::size_t>(letter)]);
  std::int64_t inner = 1;
  for (std::size_t i = outputs; i < extents.size(); ++i) inner *= extents[i];
  return generated(Shape(std::span(extents).first(outputs)), [&](std::span<const std::int64_t> index) {
    double sum = 0.0;
    for (std::int64_t number = 0; number < inner; ++number) {
      Index at(index.begin(), index.end());
      std::int64_t rest = number;
      for (std::size_t i = outputs; i < extents.size(); ++i) {
        at.push_back(rest % extents[i]);
        rest /= extents[i];
      }
      double product = 1.0;
      for (std::size_t i = 0; i < terms.size(); ++i) {
        Index place;
        for (const char letter : terms[i]) place.push_back(at[letters.find(letter)]);
        product *= element(x[i], place);
      }
      sum += product;
    }
    return sum;
  });
}

/// `plain`: the same without ellipsis and with an arrow.
OpRow einsum_row(const std::string& name, const std::string& subscripts, std::vector<Input> inputs,
                 std::string plain = {}, std::vector<std::string> covered = {}) {
  if (plain.empty()) plain = subscripts;
  return {.name = "einsum_" + name,
          .ops = std::move(covered),
          .build = [=](auto x) { return ops::einsum(subscripts, std::vector<Tensor>(x.begin(), x.end())); },
          .inputs = std::move(inputs),
          .reference = [=](Arrays x) { return summed_products(plain, x); },
          .tolerance = 1e-5};
}

void add_einsums(std::vector<OpRow>& rows) {
  const auto fixed = [](const Shape& shape) { return Input{.shape = shape, .batched = false}; };
  const auto batched = [](const Shape& shape) { return Input{.shape = shape}; };
  rows.push_back(einsum_row("projection", "abc,cde->abde", {batched({3, 4, 5}), fixed({5, 2, 6})}, {},
                            {"matmul", "reshape_axes"}));
  rows.push_back(einsum_row("projection_back", "abcd,cde->abe", {batched({3, 4, 2, 6}), fixed({2, 6, 5})}));
  rows.push_back(einsum_row("scores", "aecd,abcd->acbe", {batched({3, 5, 2, 4}), batched({3, 6, 2, 4})}));
  rows.push_back(einsum_row("mixed_values", "acbe,aecd->abcd", {batched({3, 2, 6, 5}), batched({3, 5, 2, 4})}));
  rows.push_back(einsum_row("no_arrow", "ba,ac", {batched({3, 4}), fixed({4, 5})}, "ba,ac->bc"));
  rows.push_back(einsum_row("letters_of_both_cases", "bB, Bb -> ", {fixed({3, 4}), fixed({4, 3})}, "bB,Bb->"));
  rows.push_back(einsum_row("transpose", "abc->cab", {batched({3, 4, 5})}));
  rows.push_back(einsum_row("sum", "abc->b", {batched({3, 4, 5})}));
  rows.push_back(einsum_row("trace", "aba", {fixed({4, 3, 4})}, "aba->b"));
  rows.push_back(einsum_row("diagonal", "abb->ba", {batched({3, 4, 4})}));
  rows.push_back(einsum_row("threefold_diagonal", "aaa->a", {fixed({3, 3, 3})}));
  rows.push_back(einsum_row("outer", "ab,c->cab", {batched({3, 4}), fixed({5})}));
  rows.push_back(einsum_row("elementwise", "ab,ba->ab", {batched({3, 4}), fixed({4, 1})}, {}));
  rows.back().inputs = {fixed({3, 4}), fixed({4, 3})};
  rows.push_back(einsum_row("sums_on_both_sides", "abx,yb->a", {batched({3, 4, 2}), fixed({3, 4})}));
  rows.push_back(einsum_row("three", "ab,bc,cd->ad", {batched({3, 4}), fixed({4, 5}), fixed({5, 2})}));
  rows.push_back(einsum_row("three_sharing", "ab,ab,ac->ac", {batched({3, 4}), batched({3, 4}), batched({3, 2})}));
  rows.push_back(einsum_row("scalar", ",ab->ba", {fixed({}), batched({3, 4})}));
  rows.push_back(einsum_row("ellipsis", "...ij,jk->...ik", {batched({3, 2, 4, 5}), fixed({5, 6})}, "abij,jk->abik"));
  rows.push_back(einsum_row("ellipsis_of_nothing", "...x,xy->...y", {batched({3, 4}), fixed({4, 5})}, "ax,xy->ay"));
  rows.push_back(
      einsum_row("ellipsis_at_the_end", "ax...,xy->ay...", {batched({3, 4, 2, 2}), fixed({4, 5})}, "axbc,xy->aybc"));
  rows.push_back(einsum_row("ellipses_that_broadcast", "...ij,...jk->...ik", {fixed({1, 3, 4, 5}), fixed({2, 1, 5, 2})},
                            "abij,abjk->abik"));
  rows.push_back(einsum_row("ellipsis_without_arrow", "i...", {batched({3, 4, 2})}, "iab->abi"));
  rows.push_back(einsum_row("ellipsis_summed", "a...->a", {batched({3, 4, 2})}, "abc->a"));
}

/// x[key] against an index for each index of the result.
template <class F>
OpRow item_row(const std::string& name, std::vector<ops::ItemKey> key, const Shape& result, F&& place) {
  return {.name = "get_item_" + name,
          .ops = {},
          .build = [=](auto x) { return ops::get_item(x[0], key); },
          .inputs = {{.shape = {4, 5, 3}, .batched = false}},
          .reference = [=](Arrays x) { return generated(result, [&](auto i) { return element(x[0], place(i)); }); },
          .dtypes = {float32, float64, int32}};
}

void add_items(std::vector<OpRow>& rows) {
  rows.push_back(item_row("index", {-1, 1}, {3}, [](auto i) { return Index{3, 1, i[0]}; }));
  rows.push_back(item_row("slices", {Slice{1, 3}, Slice{{}, {}, -2}}, {2, 3, 3}, [](auto i) {
    return Index{1 + i[0], 4 - 2 * i[1], i[2]};
  }));
  rows.push_back(item_row("ellipsis", {newaxis, ellipsis, 2, newaxis}, {1, 4, 5, 1}, [](auto i) {
    return Index{i[1], i[2], 2};
  }));
  rows.push_back(item_row("negative_bounds", {Slice{}, Slice{-3, -1}, Slice{-2, {}}}, {4, 2, 2}, [](auto i) {
    return Index{i[0], 2 + i[1], 1 + i[2]};
  }));
  rows.push_back(
      {.name = "get_item_of_a_batch",
       .ops = {},
       .build =
           [](auto x) {
             return ops::get_item(x[0], {ellipsis, Slice{1, {}}, 0});
           },
       .inputs = {{.shape = {4, 5, 3}}},
       .reference =
           [](Arrays x) {
             return generated({x[0].shape()[0], 4}, [&](auto i) { return element(x[0], Index{i[0], 1 + i[1], 0}); });
           }});
  for (const std::int64_t offset : {0, 2, -1})
    rows.push_back(
        {.name = "diagonal_" + std::string(offset < 0 ? "below_" : "above_") + std::to_string(offset * offset),
         .ops = {},
         .build = [=](auto x) { return ops::diagonal(x[0], offset, 2, 1); },
         .inputs = {{.shape = {2, 5, 4}}},
         .reference =
             [=](Arrays x) {
               const std::int64_t size = offset > 0 ? 4 - offset + 1 : 4;
               const std::int64_t count = offset < 0 ? 3 : std::min<std::int64_t>(size, 4);
               return generated({x[0].shape()[0], count}, [&](auto i) {
                 return element(x[0], Index{i[0], i[1] + std::max<std::int64_t>(offset, 0),
                                            i[1] - std::min<std::int64_t>(offset, 0)});
               });
             }});
  rows.push_back({.name = "reshape_axes",
                  .ops = {"reshape_axes"},
                  .build =
                      [](auto x) {
                        return ops::detail::reshape_axes(x[0], 1, 2, {3, -1});
                      },
                  .inputs = {{.shape = {2, 4, 6, 3}}},
                  .reference =
                      [](Arrays x) {
                        return x[0].reshaped({x[0].shape()[0], 3, 8, 3});
                      }});
}

/// Attention by its definition; x: query, key, value.
template <class Score>
Array attention_of(Arrays x, Score&& score) {
  const std::int64_t length = x[1].shape()[1];
  const std::int64_t groups = x[0].shape()[2] / x[1].shape()[2];
  return generated({x[0].shape()[0], x[0].shape()[1], x[0].shape()[2], x[2].shape()[3]}, [&](auto i) {
    double total = 0.0;
    double mixed = 0.0;
    for (std::int64_t s = 0; s < length; ++s) {
      double product = 0.0;
      for (std::int64_t k = 0; k < x[0].shape()[3]; ++k)
        product += element(x[0], Index{i[0], i[1], i[2], k}) * element(x[1], Index{i[0], s, i[2] / groups, k});
      const double share = std::exp(score(product, i[1], s));
      total += share;
      mixed += share * element(x[2], Index{i[0], s, i[2] / groups, i[3]});
    }
    return mixed / total;
  });
}

void add_attention(std::vector<OpRow>& rows) {
  const double hidden = -1e9;
  rows.push_back({.name = "dot_product_attention",
                  .ops = {"softmax"},
                  .build = [](auto x) { return ops::dot_product_attention(x[0], x[1], x[2]); },
                  .inputs = {{{2, 3, 2, 4}}, {{2, 5, 2, 4}}, {{2, 5, 2, 3}}},
                  .reference = [](Arrays x) { return attention_of(x, [](double p, auto, auto) { return p / 2.0; }); },
                  .tolerance = 1e-5});
  rows.push_back({.name = "dot_product_attention_causal_with_few_heads",
                  .ops = {},
                  .build = [](auto x) { return ops::dot_product_attention(x[0], x[1], x[2], {}, {}, 0.3, true, 1.5); },
                  .inputs = {{{2, 3, 4, 4}}, {{2, 5, 2, 4}}, {{2, 5, 2, 4}}},
                  .reference =
                      [=](Arrays x) {
                        return attention_of(x, [=](double p, std::int64_t t, std::int64_t s) {
                          return s > t ? hidden : 1.5 * std::tanh(0.3 * p / 1.5);
                        });
                      },
                  .tolerance = 1e-5});
  rows.push_back({.name = "dot_product_attention_with_bias_and_mask",
                  .ops = {},
                  .build = [](auto x) { return ops::dot_product_attention(x[0], x[1], x[2], x[3], x[3] > -1.0); },
                  .inputs = {{{2, 3, 2, 4}}, {{2, 5, 2, 4}}, {{2, 5, 2, 4}}, {.shape = {3, 5}, .batched = false}},
                  .reference =
                      [=](Arrays x) {
                        return attention_of(x, [=, &x](double p, std::int64_t t, std::int64_t s) {
                          const double bias = element(x[3], Index{t, s});
                          return bias > -1.0 ? p / 2.0 + bias : hidden;
                        });
                      },
                  .tolerance = 1e-5});
}

/// Of the elements along the last axis, one number: f(row).
template <class F>
double of_row(const Array& x, std::span<const std::int64_t> index, F&& f) {
  std::vector<double> row;
  Index at(index.begin(), index.end());
  for (at.back() = 0; at.back() < x.shape().back(); ++at.back()) row.push_back(element(x, at));
  return f(row);
}

double power_mean(const std::vector<double>& row, double order) {
  double sum = 0.0;
  for (const double a : row) sum += std::pow(std::abs(a), order);
  return sum / static_cast<double>(row.size());
}

void add_normalizations(std::vector<OpRow>& rows) {
  rows.push_back({.name = "rms_normalization",
                  .ops = {},
                  .build = [](auto x) { return ops::rms_normalization(x[0], x[1], -1, 0.1); },
                  .inputs = {{{3, 4}}, {.shape = {4}, .batched = false}},
                  .reference =
                      [](Arrays x) {
                        return generated(x[0].shape(), [&](auto i) {
                          const double square = of_row(x[0], i, [](const auto& row) { return power_mean(row, 2.0); });
                          return element(x[0], i) / std::sqrt(square + 0.1) * element(x[1], Index{i[1]});
                        });
                      }});
  rows.push_back({.name = "layer_normalization",
                  .ops = {},
                  .build = [](auto x) { return ops::layer_normalization(x[0], x[1], x[2], 1, 0.1); },
                  .inputs = {{{3, 4}}, {.shape = {4}, .batched = false}, {.shape = {4}, .batched = false}},
                  .reference =
                      [](Arrays x) {
                        return generated(x[0].shape(), [&](auto i) {
                          double mean = 0.0;
                          const double square = of_row(x[0], i, [&](auto row) {
                            for (const double a : row) mean += a / static_cast<double>(row.size());
                            for (double& a : row) a -= mean;
                            return power_mean(row, 2.0);
                          });
                          return (element(x[0], i) - mean) / std::sqrt(square + 0.1) * element(x[1], Index{i[1]}) +
                                 element(x[2], Index{i[1]});
                        });
                      }});
  for (const int order : {1, 2, 3})
    rows.push_back({.name = "normalize_of_order_" + std::to_string(order),
                    .ops = {},
                    .build = [=](auto x) { return ops::normalize(x[0], -1, order); },
                    .inputs = {{.shape = {3, 4}, .low = 0.2}},
                    .reference =
                        [=](Arrays x) {
                          return generated(x[0].shape(), [&](auto i) {
                            const double mean =
                                of_row(x[0], i, [=](const auto& row) { return power_mean(row, order); });
                            return element(x[0], i) / std::pow(4.0 * mean, 1.0 / order);
                          });
                        },
                    .tolerance = 5e-6});
  rows.push_back(
      {.name = "psnr",
       .ops = {},
       .build = [](auto x) { return ops::psnr(x[0], x[1], 3.0); },
       .inputs = {{.shape = {2, 3}, .batched = false}, {.shape = {2, 3}, .low = 3, .high = 5, .batched = false}},
       .reference =
           [](Arrays x) {
             double sum = 0.0;
             for (std::int64_t i = 0; i < 6; ++i) {
               const double d = element(x[0], Index{i / 3, i % 3}) - element(x[1], Index{i / 3, i % 3});
               sum += d * d / 6.0;
             }
             return Array::scalar(10.0 * std::log10(9.0 / sum));
           },
       .tolerance = 5e-6});
  rows.push_back({.name = "logaddexp",
                  .ops = {},
                  .build = [](auto x) { return ops::logaddexp(x[0], x[1]); },
                  .inputs = {{{3, 4}}, {.shape = {4}, .batched = false}},
                  .reference = each([](double a, double b) { return std::log(std::exp(a) + std::exp(b)); })});
}

void add_images(std::vector<OpRow>& rows) {
  for (const bool first : {false, true}) {
    const auto format = first ? DataFormat::channels_first : DataFormat::channels_last;
    const std::string suffix = first ? "_channels_first" : "";
    rows.push_back({.name = "depth_to_space" + suffix,
                    .ops = {},
                    .build = [=](auto x) { return ops::depth_to_space(x[0], 2, format); },
                    .inputs = {{first ? Shape{2, 12, 2, 3} : Shape{2, 2, 3, 12}}},
                    .reference =
                        [=](Arrays x) {
                          const std::int64_t n = x[0].shape()[0];
                          return generated(first ? Shape{n, 3, 4, 6} : Shape{n, 4, 6, 3}, [&](auto i) {
                            const std::int64_t h = i[first ? 2 : 1];
                            const std::int64_t w = i[first ? 3 : 2];
                            const std::int64_t c = ((h % 2) * 2 + w % 2) * 3 + i[first ? 1 : 3];
                            return element(x[0], first ? Index{i[0], c, h / 2, w / 2} : Index{i[0], h / 2, w / 2, c});
                          });
                        }});
    rows.push_back({.name = "space_to_depth" + suffix,
                    .ops = {},
                    .build = [=](auto x) { return ops::space_to_depth(x[0], 2, format); },
                    .inputs = {{first ? Shape{2, 3, 4, 6} : Shape{2, 4, 6, 3}}},
                    .reference =
                        [=](Arrays x) {
                          const std::int64_t n = x[0].shape()[0];
                          return generated(first ? Shape{n, 12, 2, 3} : Shape{n, 2, 3, 12}, [&](auto i) {
                            const std::int64_t depth = i[first ? 1 : 3];
                            const std::int64_t h = i[first ? 2 : 1] * 2 + depth / 6;
                            const std::int64_t w = i[first ? 3 : 2] * 2 + depth / 3 % 2;
                            return element(x[0], first ? Index{i[0], depth % 3, h, w} : Index{i[0], h, w, depth % 3});
                          });
                        }});
  }
  // Kernel (2, 3), dilation (2, 1), padding (1, 0), stride (1, 2): 4 · 2 windows of an image of 4 · 6.
  const auto window = [](std::int64_t c, std::int64_t at) {
    const std::int64_t i = c % 6 / 3;
    return Index{c / 6, at / 2 + 2 * i - 1, at % 2 * 2 + c % 3};
  };
  rows.push_back({.name = "unfold",
                  .ops = {"take"},
                  .build =
                      [](auto x) {
                        return ops::unfold(x[0], {2, 3}, {2, 1}, {1, 0}, {1, 2});
                      },
                  .inputs = {{.shape = {2, 2, 4, 6}}},
                  .reference =
                      [=](Arrays x) {
                        return generated({x[0].shape()[0], 12, 8}, [&](auto i) {
                          const Index at = window(i[1], i[2]);
                          return at[1] < 0 || at[1] > 3 ? 0.0 : element(x[0], Index{i[0], at[0], at[1], at[2]});
                        });
                      }});
  rows.push_back({.name = "fold",
                  .ops = {"take_gradient"},
                  .build =
                      [](auto x) {
                        return ops::fold(x[0], {4, 6}, {2, 3}, {2, 1}, {1, 0}, {1, 2});
                      },
                  .inputs = {{.shape = {2, 12, 8}}},
                  .reference =
                      [=](Arrays x) {
                        return generated({x[0].shape()[0], 2, 4, 6}, [&](auto i) {
                          double sum = 0.0;
                          for (std::int64_t c = 0; c < 12; ++c)
                            for (std::int64_t l = 0; l < 8; ++l)
                              if (window(c, l) == Index{i[1], i[2], i[3]}) sum += element(x[0], Index{i[0], c, l});
                          return sum;
                        });
                      }});
}

void add_creation(std::vector<OpRow>& rows) {
  for (const bool endpoint : {true, false})
    rows.push_back({.name = endpoint ? "linspace" : "linspace_without_endpoint",
                    .ops = {},
                    .build = [=](auto x) { return ops::linspace(x[0], x[1], 4, endpoint, {}, -2); },
                    .inputs = {{{2, 3}}, {.shape = {3}, .batched = false}},
                    .reference =
                        [=](Arrays x) {
                          return generated({x[0].shape()[0], 4, 3}, [&](auto i) {
                            const double from = element(x[0], Index{i[0], i[2]});
                            const double to = element(x[1], Index{i[2]});
                            return from + (to - from) * static_cast<double>(i[1]) / (endpoint ? 3.0 : 4.0);
                          });
                        }});
  rows.push_back({.name = "multi_hot",
                  .ops = {},
                  .build = [](auto x) { return ops::multi_hot(x[0], 5); },
                  .inputs = {{.shape = {3, 4}, .low = -1, .high = 5}},
                  .reference =
                      [](Arrays x) {
                        return generated({x[0].shape()[0], 5}, [&](auto i) {
                          double any = 0.0;
                          for (std::int64_t j = 0; j < 4; ++j)
                            if (element(x[0], Index{i[0], j}) == static_cast<double>(i[1])) any = 1.0;
                          return any;
                        });
                      },
                  .dtypes = {int32},
                  .result_dtype = [](DType) { return float32; },
                  .gradient = false});
}

}  // namespace

std::vector<OpRow> composed_rows() {
  std::vector<OpRow> rows;
  add_einsums(rows);
  add_items(rows);
  add_attention(rows);
  add_normalizations(rows);
  add_images(rows);
  add_creation(rows);
  return rows;
}

}  // namespace keratin::test
