#include "kernels/movement/strided_copy.h"

#include <array>
#include <cstring>
#include <numeric>
#include <random>

#include <gtest/gtest.h>

#include "kernels/movement/slice_range.h"

namespace {

using namespace keratin;
using kernels::CopyAxis;
using kernels::StridedCopy;

/// What the copy means, one element after the other.
template <class T>
void copy_simply(std::span<const CopyAxis> axes, const T* from, T* to) {
  if (axes.empty()) {
    *to = *from;
    return;
  }
  for (std::int64_t i = 0; i < axes[0].size; ++i)
    copy_simply(axes.subspan(1), from + i * axes[0].from, to + i * axes[0].to);
}

template <class T>
void expect_copies(const std::vector<CopyAxis>& axes, std::int64_t from_offset, std::int64_t to_offset,
                   std::size_t from_size, std::size_t to_size) {
  std::vector<T> from(from_size);
  std::iota(from.begin(), from.end(), T{1});
  std::vector<T> expected(to_size, T{0});
  copy_simply(std::span(axes), from.data() + from_offset, expected.data() + to_offset);
  for (const int threads : {1, 3}) {
    core::Parallel parallel(threads);
    std::vector<T> to(to_size, T{0});
    const StridedCopy copy(axes, sizeof(T), from_offset, to_offset);
    copy.run(reinterpret_cast<const std::byte*>(from.data()), reinterpret_cast<std::byte*>(to.data()), parallel);
    EXPECT_EQ(to, expected) << sizeof(T) << " bytes, " << threads << " threads";
  }
}

void expect_copies(const std::vector<CopyAxis>& axes, std::int64_t from_offset, std::int64_t to_offset,
                   std::size_t from_size, std::size_t to_size) {
  expect_copies<std::uint8_t>(axes, from_offset, to_offset, from_size, to_size);
  expect_copies<std::uint16_t>(axes, from_offset, to_offset, from_size, to_size);
  expect_copies<std::uint32_t>(axes, from_offset, to_offset, from_size, to_size);
  expect_copies<std::uint64_t>(axes, from_offset, to_offset, from_size, to_size);
}

TEST(StridedCopy, CopiesAScalarAndNothing) {
  expect_copies({}, 0, 0, 1, 1);
  expect_copies({{3, 0, 1}, {0, 1, 1}}, 0, 0, 1, 1);
}

TEST(StridedCopy, TransposesWithAndWithoutWholeTiles) {
  expect_copies({{64, 1, 96}, {96, 64, 1}}, 0, 0, 64 * 96, 64 * 96);
  expect_copies({{301, 1, 157}, {157, 301, 1}}, 0, 0, 301 * 157, 301 * 157);
  // (a, b, c) to (c, a, b) and to (b, c, a)
  expect_copies({{37, 1, 35}, {5, 259, 7}, {7, 37, 1}}, 0, 0, 37 * 35, 37 * 35);
  expect_copies({{50, 40, 200}, {40, 1, 5}, {5, 2000, 1}}, 0, 0, 10000, 10000);
}

TEST(StridedCopy, GoesBackwardsAndRepeats) {
  expect_copies({{4, -10, 5}, {5, -2, 1}}, 39, 0, 40, 20);
  expect_copies({{100, 0, 300}, {300, 1, 1}}, 0, 0, 300, 30000);
  expect_copies({{300, 1, 100}, {100, 0, 1}}, 0, 0, 300, 30000);
}

TEST(StridedCopy, WritesIntoAPartAlone) {
  expect_copies({{5, 4, 10}, {4, 1, 2}}, 0, 3, 20, 60);
  expect_copies({{200, 100, 300}, {100, 1, 1}}, 0, 150, 20000, 60000);
}

TEST(StridedCopy, CopiesPermutationsOfRandomShapes) {
  std::mt19937 random(7);
  for (int round = 0; round < 60; ++round) {
    const std::size_t rank = 1 + random() % 5;
    std::vector<std::int64_t> sizes;
    std::int64_t elements = 1;
    for (std::size_t i = 0; i < rank; ++i) {
      sizes.push_back(1 + static_cast<std::int64_t>(random() % (rank > 3 ? 6 : 40)));
      elements *= sizes.back();
    }
    std::vector<std::size_t> order(rank);
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), random);
    std::vector<std::int64_t> strides(rank);
    for (std::int64_t i = static_cast<std::int64_t>(rank) - 1, stride = 1; i >= 0; --i) {
      strides[static_cast<std::size_t>(i)] = stride;
      stride *= sizes[static_cast<std::size_t>(i)];
    }
    std::vector<CopyAxis> axes(rank);
    std::int64_t to = 1;
    for (std::size_t i = rank; i-- > 0;) {
      axes[i] = {sizes[order[i]], strides[order[i]], to};
      to *= axes[i].size;
    }
    expect_copies(axes, 0, 0, static_cast<std::size_t>(elements), static_cast<std::size_t>(elements));
  }
}

/// Elements of range(size)[start:stop:step], by walking it.
std::vector<std::int64_t> walked(std::int64_t size, std::int64_t start, std::int64_t stop, std::int64_t step) {
  const auto bound = [&](std::int64_t at) {
    if (at < 0) at += size;
    if (at < 0) return step > 0 ? std::int64_t{0} : std::int64_t{-1};
    if (at >= size) return step > 0 ? size : size - 1;
    return at;
  };
  std::vector<std::int64_t> elements;
  for (std::int64_t i = bound(start); step > 0 ? i < bound(stop) : i > bound(stop); i += step) elements.push_back(i);
  return elements;
}

TEST(ResolveSlice, FollowsPython) {
  for (std::int64_t size = 0; size < 5; ++size)
    for (std::int64_t start = -6; start <= 6; ++start)
      for (std::int64_t stop = -6; stop <= 6; ++stop)
        for (const std::int64_t step : {-3, -2, -1, 1, 2, 3}) {
          const kernels::SliceRange range = kernels::resolve_slice(size, start, stop, step);
          const std::vector<std::int64_t> expected = walked(size, start, stop, step);
          ASSERT_EQ(range.count, static_cast<std::int64_t>(expected.size()))
              << size << " " << start << " " << stop << " " << step;
          ASSERT_TRUE(expected.empty() || range.first == expected[0]);
        }
  EXPECT_EQ(kernels::resolve_slice(4, kernels::slice_end, kernels::slice_before_first, -1).count, 4);
}

}  // namespace
