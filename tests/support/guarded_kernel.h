#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "core/parallel.h"
#include "graph/kernel.h"

namespace keratin::test {

/// The result, of so many floats, of a kernel that runs with so many threads in a workspace of NaN; fails the test
/// where something is written behind either.
inline std::vector<float> run_guarded(const graph::KernelPtr& kernel, std::span<const std::vector<float>* const> inputs,
                                      std::int64_t size, int threads) {
  constexpr std::size_t guard = 1 << 14;
  constexpr std::size_t line = 64 / sizeof(float);
  constexpr float untouched = 77.0f;
  const auto is_untouched = [](std::span<const float> floats) {
    return std::ranges::all_of(floats, [](float value) { return value == untouched; });
  };
  const std::size_t floats = kernel->workspace_bytes() / sizeof(float);
  std::vector<float> workspace(floats + guard + line, untouched);
  const std::size_t shift = (64 - reinterpret_cast<std::uintptr_t>(workspace.data()) % 64) % 64 / sizeof(float);
  std::fill_n(workspace.data() + shift, floats, std::numeric_limits<float>::quiet_NaN());
  std::vector<float> result(static_cast<std::size_t>(size) + guard, untouched);
  std::vector<const std::byte*> from;
  for (const auto* input : inputs) from.push_back(reinterpret_cast<const std::byte*>(input->data()));
  auto* const to = reinterpret_cast<std::byte*>(result.data());
  core::Parallel parallel(threads);
  kernel->run({from, {&to, 1}, reinterpret_cast<std::byte*>(workspace.data() + shift), parallel});
  EXPECT_TRUE(is_untouched({workspace.data() + shift + floats, guard})) << "behind the workspace";
  EXPECT_TRUE(is_untouched(std::span(result).subspan(static_cast<std::size_t>(size)))) << "behind the result";
  result.resize(static_cast<std::size_t>(size));
  return result;
}

}  // namespace keratin::test
