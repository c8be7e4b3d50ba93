#include <algorithm>
#include <array>
#include <limits>

#include "keratin/ops/creation.h"
#include "keratin/ops/indexing.h"
#include "keratin/ops/shape.h"
#include "ops/apply.h"
#include "ops/movement.h"
#include "ops/rows.h"

namespace keratin::test {
namespace {

using graph::Ints;
using Index = std::span<const std::int64_t>;

const std::vector<DType> any_dtype{float32, float64, bfloat16, int32, int64, uint8, boolean};

/// A shape of the first array's rank or another, with the batch as it is.
Shape rows_of(const Array& x, std::initializer_list<std::int64_t> rest) {
  Shape shape{x.shape().front()};
  for (const std::int64_t size : rest) shape.push_back(size);
  return shape;
}

/// The reference of what picks an element of the first input for each of the result: result[index] = x[map(index)].
template <class F>
Mapping<Array> picks(std::vector<std::int64_t> rest, F map) {
  return [rest = std::move(rest), map](std::span<const Array> x) {
    Shape shape{x[0].shape().front()};
    for (const std::int64_t size : rest) shape.push_back(size);
    return generated(shape, [&](Index index) {
      const auto at = map(index);
      return element(x[0], at);
    });
  };
}

void add_views(std::vector<OpRow>& rows) {
  rows.push_back({.name = "reshape",
                  .ops = {"reshape"},
                  .build =
                      [](auto x) {
                        return ops::reshape(x[0], {-1, 6});
                      },
                  .inputs = {{{4, 3, 2}}},
                  .reference = [](auto x) { return x[0].reshaped(rows_of(x[0], {6})); },
                  .dtypes = any_dtype});
  rows.push_back({.name = "reshape_like",
                  .ops = {"reshape_like"},
                  .build =
                      [](auto x) {
                        return ops::apply(ops::reshape_like_op, {x[0], x[1]});
                      },
                  .inputs = {{{4, 6}}, {{4, 3, 2}}},
                  .reference = [](auto x) { return x[0].reshaped(x[1].shape()); }});
  rows.push_back({.name = "ravel",
                  .ops = {"reshape"},
                  .build = [](auto x) { return ops::ravel(x[0]); },
                  .inputs = {{{4, 3, 2}}},
                  .reference = [](auto x) { return x[0].reshaped({x[0].size()}); }});
  rows.push_back({.name = "squeeze",
                  .ops = {"remove_ones"},
                  .build =
                      [](auto x) {
                        return ops::squeeze(x[0], {1, -1});
                      },
                  .inputs = {{{4, 1, 3, 1}}},
                  .reference = [](auto x) { return x[0].reshaped(rows_of(x[0], {3})); }});
  rows.push_back({.name = "squeeze_all",
                  .ops = {"remove_ones"},
                  .build = [](auto x) { return ops::squeeze(x[0]); },
                  .inputs = {{.shape = {1, 3, 1}, .batched = false}},
                  .reference = [](auto x) { return x[0].reshaped({3}); }});
  rows.push_back({.name = "expand_dims",
                  .ops = {"insert_ones"},
                  .build =
                      [](auto x) {
                        return ops::expand_dims(x[0], {1, -1});
                      },
                  .inputs = {{{4, 3}}},
                  .reference =
                      [](auto x) {
                        return x[0].reshaped(rows_of(x[0], {1, 3, 1}));
                      }});
}

void add_transposes(std::vector<OpRow>& rows) {
  rows.push_back({.name = "transpose_of_a_matrix",
                  .ops = {"transpose"},
                  .build = [](auto x) { return ops::transpose(x[0]); },
                  .inputs = {{{70, 45}}},
                  .reference = [](auto x) { return x[0].transposed().contiguous(); },
                  .dtypes = any_dtype});
  rows.push_back({.name = "transpose",
                  .ops = {"transpose"},
                  .build =
                      [](auto x) {
                        return ops::transpose(x[0], {2, 0, 3, 1});
                      },
                  .inputs = {{{3, 4, 5, 2}}},
                  .reference =
                      [](auto x) {
                        return x[0].transposed({2, 0, 3, 1}).contiguous();
                      },
                  .dtypes = any_dtype});
  rows.push_back({.name = "transpose_of_heads",
                  .ops = {"transpose"},
                  .build =
                      [](auto x) {
                        return ops::transpose(x[0], {0, 2, 1, 3});
                      },
                  .inputs = {{{2, 5, 3, 8}}},
                  .reference =
                      [](auto x) {
                        return x[0].transposed({0, 2, 1, 3}).contiguous();
                      }});
  rows.push_back({.name = "transpose_of_a_scalar",
                  .ops = {},
                  .build = [](auto x) { return ops::transpose(x[0]); },
                  .inputs = {{{}}},
                  .reference = [](auto x) { return x[0]; },
                  .batch = false});
  rows.push_back({.name = "swapaxes",
                  .ops = {"transpose"},
                  .build = [](auto x) { return ops::swapaxes(x[0], -1, 0); },
                  .inputs = {{{4, 2, 3}}},
                  .reference =
                      [](auto x) {
                        return x[0].transposed({2, 1, 0}).contiguous();
                      }});
  rows.push_back({.name = "moveaxis",
                  .ops = {"transpose"},
                  .build =
                      [](auto x) {
                        return ops::moveaxis(x[0], {0, 1}, {-1, -2});
                      },
                  .inputs = {{{3, 2, 4, 5}}},
                  .reference =
                      [](auto x) {
                        return x[0].transposed({2, 3, 1, 0}).contiguous();
                      }});
}

Array joined(std::span<const Array> x, std::int64_t axis) {
  Shape shape = x[0].shape();
  for (const Array& part : x.subspan(1)) shape[axis] += part.shape()[axis];
  return generated(shape, [&](Index index) {
    std::vector<std::int64_t> at(index.begin(), index.end());
    const Array* part = x.data();
    for (; at[static_cast<std::size_t>(axis)] >= part->shape()[axis]; ++part)
      at[static_cast<std::size_t>(axis)] -= part->shape()[axis];
    return element(*part, at);
  });
}

void add_joins(std::vector<OpRow>& rows) {
  rows.push_back({.name = "concatenate",
                  .ops = {"concatenate"},
                  .build =
                      [](auto x) {
                        return ops::concatenate({x[0], x[1], x[2]}, 1);
                      },
                  .inputs = {{{4, 2, 3}}, {{4, 1, 3}}, {{4, 0, 3}}},
                  .reference = [](auto x) { return joined(x, 1); },
                  .dtypes = any_dtype});
  rows.push_back({.name = "concatenate_along_the_batch",
                  .ops = {"concatenate"},
                  .build =
                      [](auto x) {
                        return ops::concatenate({x[0], x[1]}, 0);
                      },
                  .inputs = {{{4, 3}}, {{4, 3}}},
                  .reference = [](auto x) { return joined(x, 0); }});
  rows.push_back({.name = "concatenate_part",
                  .ops = {"concatenate_part"},
                  .build =
                      [](auto x) {
                        return ops::apply(ops::concatenate_part_op, {x[0], x[1], x[2]},
                                          {{"axis", std::int64_t{1}}, {"index", std::int64_t{1}}});
                      },
                  .inputs = {{{4, 5}}, {{4, 2}}, {{4, 3}}},
                  .reference = picks({3}, [](Index i) {
                    return std::array{i[0], i[1] + 2};
                  })});
  rows.push_back({.name = "stack",
                  .ops = {"concatenate", "insert_ones"},
                  .build =
                      [](auto x) {
                        return ops::stack({x[0], x[1]}, -1);
                      },
                  .inputs = {{{4, 3}}, {{4, 3}}},
                  .reference =
                      [](auto x) {
                        return generated(rows_of(x[0], {3, 2}), [&](Index i) {
                          return element(x[static_cast<std::size_t>(i[2])], i.first(2));
                        });
                      }});
  rows.push_back({.name = "split",
                  .ops = {"slice"},
                  .build =
                      [](auto x) {
                        return ops::split(x[0], {1, 4}, 1);
                      },
                  .inputs = {{{4, 6}}},
                  .reference =
                      [](auto x) {
                        return std::vector{x[0].sliced(1, 0, 1).contiguous(), x[0].sliced(1, 1, 4).contiguous(),
                                           x[0].sliced(1, 4, 6).contiguous()};
                      }});
  rows.push_back({.name = "split_into_sections",
                  .ops = {"slice"},
                  .build = [](auto x) { return ops::split(x[0], 2, -1); },
                  .inputs = {{{4, 6}}},
                  .reference =
                      [](auto x) {
                        return std::vector{x[0].sliced(1, 0, 3).contiguous(), x[0].sliced(1, 3, 6).contiguous()};
                      }});
  rows.push_back({.name = "unstack",
                  .ops = {"slice", "remove_ones"},
                  .build = [](auto x) { return ops::unstack(x[0], 1); },
                  .inputs = {{{4, 2, 3}}},
                  .reference =
                      [](auto x) {
                        const Shape shape = rows_of(x[0], {3});
                        return std::vector{x[0].sliced(1, 0, 1).contiguous().reshaped(shape),
                                           x[0].sliced(1, 1, 2).contiguous().reshaped(shape)};
                      }});
}

/// x[:, 3::-2, 1:-1]: the rows stay, so that any batch fits.
constexpr std::int64_t end = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t before_first = std::numeric_limits<std::int64_t>::min();
const std::vector<graph::Attribute> steps{
    {"start", Ints{0, 3, 1}}, {"stop", Ints{end, before_first, -1}}, {"step", Ints{1, -2, 1}}};

void add_slices(std::vector<OpRow>& rows) {
  rows.push_back({.name = "slice_with_steps",
                  .ops = {"slice", "slice_gradient"},
                  .build = [](auto x) { return ops::apply(ops::slice_op, x, steps); },
                  .inputs = {{{4, 5, 6}}},
                  .reference = picks({2, 4},
                                     [](Index i) {
                                       return std::array{i[0], 3 - 2 * i[1], 1 + i[2]};
                                     }),
                  .dtypes = any_dtype});
  rows.push_back({.name = "slice_gradient",
                  .ops = {"slice", "slice_gradient"},
                  .build = [](auto x) { return ops::apply(ops::slice_gradient_op, x, steps); },
                  .inputs = {{{4, 2, 4}}, {{4, 5, 6}}},
                  .reference =
                      [](auto x) {
                        return generated(x[1].shape(), [&](Index i) {
                          const bool inside = (i[1] == 1 || i[1] == 3) && i[2] >= 1 && i[2] < 5;
                          return inside ? element(x[0], std::array{i[0], (3 - i[1]) / 2, i[2] - 1}) : 0.0;
                        });
                      },
                  .dtypes = any_dtype});
  rows.push_back({.name = "slice",
                  .ops = {"slice"},
                  .build =
                      [](auto x) {
                        return ops::slice(x[0], {0, 2}, {-1, 3});
                      },
                  .inputs = {{{4, 6}}},
                  .reference = picks({3}, [](Index i) {
                    return std::array{i[0], i[1] + 2};
                  })});
  rows.push_back({.name = "slice_of_the_batch",
                  .ops = {"slice"},
                  .build = [](auto x) { return ops::detail::slice_axis(x[0], 0, -2, ops::slice_end); },
                  .inputs = {{{5, 3}}},
                  .reference =
                      [](auto x) {
                        const std::int64_t size = x[0].shape()[0];
                        return x[0].sliced(0, std::max<std::int64_t>(0, size - 2), size).contiguous();
                      }});
  rows.push_back({.name = "select_index",
                  .ops = {"slice", "remove_ones"},
                  .build = [](auto x) { return ops::detail::select_index(x[0], 1, -1); },
                  .inputs = {{{4, 3, 2}}},
                  .reference = picks({2}, [](Index i) {
                    return std::array{i[0], std::int64_t{2}, i[1]};
                  })});
  rows.push_back({.name = "flip",
                  .ops = {"slice"},
                  .build = [](auto x) { return ops::flip(x[0]); },
                  .inputs = {{{4, 3}}},
                  .reference =
                      [](auto x) {
                        return generated(x[0].shape(), [&](Index i) {
                          return element(x[0], std::array{x[0].shape()[0] - 1 - i[0], 2 - i[1]});
                        });
                      }});
  rows.push_back({.name = "roll",
                  .ops = {"slice", "concatenate"},
                  .build = [](auto x) { return ops::roll(x[0], -6, 1); },
                  .inputs = {{{4, 5}}},
                  .reference = picks({5}, [](Index i) {
                    return std::array{i[0], (i[1] + 6) % 5};
                  })});
}

void add_paddings(std::vector<OpRow>& rows) {
  const ops::PadWidth width{{0, 0}, {2, 1}, {0, 3}};
  rows.push_back({.name = "pad",
                  .ops = {"pad", "slice"},
                  .build = [=](auto x) { return ops::pad(x[0], width, ops::PadMode::constant, 1.0); },
                  .inputs = {{{3, 4, 5}}},
                  .reference =
                      [](auto x) {
                        return generated(rows_of(x[0], {7, 8}), [&](Index i) {
                          const bool inside = i[1] >= 2 && i[1] < 6 && i[2] < 5;
                          return inside ? element(x[0], std::array{i[0], i[1] - 2, i[2]}) : 1.0;
                        });
                      },
                  .dtypes = any_dtype});
  rows.push_back({.name = "pad_the_batch",
                  .ops = {"pad", "slice"},
                  .build =
                      [=](auto x) {
                        return ops::pad(x[0], {{1, 2}});
                      },
                  .inputs = {{{3}}},
                  .reference =
                      [](auto x) {
                        const std::int64_t size = x[0].shape()[0];
                        return generated({size + 3}, [&](Index i) {
                          return i[0] >= 1 && i[0] <= size ? element(x[0], std::array{i[0] - 1}) : 0.0;
                        });
                      }});
  // numpy.pad of 0 1 2 3: reflect 2 1 0 1 2 3 2, symmetric 1 0 0 1 2 3 3; of 0 … 4 behind: 3 2 1 and 4 3 2.
  rows.push_back(
      {.name = "pad_reflect",
       .ops = {"concatenate", "slice"},
       .build = [=](auto x) { return ops::pad(x[0], width, ops::PadMode::reflect); },
       .inputs = {{{3, 4, 5}}},
       .reference = picks({7, 8}, [](Index i) {
         constexpr std::array<std::int64_t, 7> row{2, 1, 0, 1, 2, 3, 2};
         constexpr std::array<std::int64_t, 8> column{0, 1, 2, 3, 4, 3, 2, 1};
         return std::array{i[0], row[static_cast<std::size_t>(i[1])], column[static_cast<std::size_t>(i[2])]};
       })});
  rows.push_back(
      {.name = "pad_symmetric",
       .ops = {"concatenate", "slice"},
       .build = [=](auto x) { return ops::pad(x[0], width, ops::PadMode::symmetric); },
       .inputs = {{{3, 4, 5}}},
       .reference = picks({7, 8}, [](Index i) {
         constexpr std::array<std::int64_t, 7> row{1, 0, 0, 1, 2, 3, 3};
         constexpr std::array<std::int64_t, 8> column{0, 1, 2, 3, 4, 4, 3, 2};
         return std::array{i[0], row[static_cast<std::size_t>(i[1])], column[static_cast<std::size_t>(i[2])]};
       })});
}

void add_repetitions(std::vector<OpRow>& rows) {
  rows.push_back(
      {.name = "broadcast_to",
       .ops = {"broadcast_to"},
       .build =
           [](auto x) {
             return ops::broadcast_to(x[0], {2, -1, 5, 3});
           },
       .inputs = {{{4, 1, 3}}},
       .reference =
           [](auto x) {
             return generated({2, x[0].shape()[0], 5, 3}, [&](Index i) { return element(x[0], i.subspan(1)); });
           },
       .dtypes = any_dtype});
  rows.push_back({.name = "broadcast_a_scalar",
                  .ops = {"broadcast_to"},
                  .build =
                      [](auto x) {
                        return ops::broadcast_to(x[0], {2, 3});
                      },
                  .inputs = {{{}}},
                  .reference =
                      [](auto x) {
                        return generated({2, 3}, [&](Index i) { return element(x[0], i); });
                      },
                  .batch = false});
  rows.push_back({.name = "tile",
                  .ops = {"broadcast_to", "reshape"},
                  .build =
                      [](auto x) {
                        return ops::tile(x[0], {1, 3, 2});
                      },
                  .inputs = {{{4, 2, 3}}},
                  .reference = picks({6, 6},
                                     [](Index i) {
                                       return std::array{i[0], i[1] % 2, i[2] % 3};
                                     }),
                  .dtypes = any_dtype});
  rows.push_back(
      {.name = "tile_with_more_dimensions",
       .ops = {"broadcast_to", "insert_ones"},
       .build =
           [](auto x) {
             return ops::tile(x[0], {2, 2});
           },
       .inputs = {{{3}}},
       .reference =
           [](auto x) {
             const std::int64_t size = x[0].shape()[0];
             return generated({2, 2 * size}, [&](Index i) { return element(x[0], std::array{i[1] % size}); });
           }});
  rows.push_back({.name = "repeat",
                  .ops = {"broadcast_to", "reshape"},
                  .build = [](auto x) { return ops::repeat(x[0], 3, 1); },
                  .inputs = {{{4, 2, 3}}},
                  .reference = picks({6, 3}, [](Index i) {
                    return std::array{i[0], i[1] / 3, i[2]};
                  })});
  rows.push_back({.name = "repeat_all",
                  .ops = {"broadcast_to", "reshape"},
                  .build = [](auto x) { return ops::repeat(x[0], 2); },
                  .inputs = {{{3, 2}}},
                  .reference =
                      [](auto x) {
                        return generated({2 * x[0].size()}, [&](Index i) {
                          return element(x[0], std::array{i[0] / 4, i[0] / 2 % 2});
                        });
                      }});
}

}  // namespace

std::vector<OpRow> movement_rows() {
  std::vector<OpRow> rows;
  add_views(rows);
  add_transposes(rows);
  add_joins(rows);
  add_slices(rows);
  add_paddings(rows);
  add_repetitions(rows);
  return rows;
}

}  // namespace keratin::test
