#include "peaks.h"

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstddef>
#include <map>
#include <thread>
#include <vector>

namespace machine {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// In registers: ten hide the latency of two units, and sixteen registers are enough for them.
constexpr int sums = 10;
constexpr int turns = 1 << 16;

using Vector128 [[gnu::vector_size(16)]] = float;
using Vector256 [[gnu::vector_size(32)]] = float;
using Vector512 [[gnu::vector_size(64)]] = float;

/// `turns` × `sums` multiply-adds of vectors; inlined, so that the caller's instruction set counts.
template <class Vector>
[[gnu::always_inline]] inline float multiply_adds(float seed) {
  const Vector factor = Vector{} + 0.999f;
  const Vector addend = Vector{} + seed;
  Vector a = addend;
  Vector b = a + a, c = b + a, d = c + a, e = d + a, f = e + a, g = f + a, h = g + a, i = h + a, j = i + a;
  for (int turn = 0; turn < turns; ++turn) {
    a = a * factor + addend, b = b * factor + addend, c = c * factor + addend, d = d * factor + addend;
    e = e * factor + addend, f = f * factor + addend, g = g * factor + addend, h = h * factor + addend;
    i = i * factor + addend, j = j * factor + addend;
    // Each turn is done, in registers.
    asm volatile("" : "+v"(a), "+v"(b), "+v"(c), "+v"(d), "+v"(e), "+v"(f), "+v"(g), "+v"(h), "+v"(i), "+v"(j));
  }
  return (a + b + c + d + e + f + g + h + i + j)[0];
}

float multiply_adds_baseline(float seed) { return multiply_adds<Vector128>(seed); }
[[gnu::target("avx2,fma")]] float multiply_adds_avx2(float seed) { return multiply_adds<Vector256>(seed); }
[[gnu::target("avx512f")]] float multiply_adds_avx512(float seed) { return multiply_adds<Vector512>(seed); }

struct Level {
  float (*run)(float) = multiply_adds_baseline;
  int width = 4;
};

Level widest() {
  if (__builtin_cpu_supports("avx512f")) return {multiply_adds_avx512, 16};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return {multiply_adds_avx2, 8};
  return {};
}

/// The best of a few turns that all threads begin together: seconds.
template <class Work>
double best_turn(int threads, Work work) {
  constexpr int tries = 15;
  std::vector<double> each(static_cast<std::size_t>(threads));
  double best = 1e9;
  std::barrier meet(threads);
  const auto run = [&](int thread) {
    for (int i = 0; i < tries; ++i) {
      meet.arrive_and_wait();
      const auto start = Clock::now();
      work(thread);
      each[static_cast<std::size_t>(thread)] = seconds_since(start);
      meet.arrive_and_wait();
      if (thread == 0) best = std::min(best, *std::ranges::max_element(each));
    }
  };
  std::vector<std::jthread> others;
  for (int thread = 1; thread < threads; ++thread) others.emplace_back(run, thread);
  run(0);
  return best;
}

Peaks measured(int threads) {
  const Level level = widest();
  std::vector<float> kept(static_cast<std::size_t>(threads) * 16);
  const auto index = [](int thread) { return static_cast<std::size_t>(thread) * 16; };
  const double seconds =
      best_turn(threads, [&](int thread) { kept[index(thread)] += level.run(1e-3f * static_cast<float>(thread + 1)); });
  constexpr std::size_t size = 12'000'000;
  std::vector<std::vector<float>> from(static_cast<std::size_t>(threads), std::vector<float>(size, 1.0f));
  std::vector<std::vector<float>> to = from;
  const double copying = best_turn(threads, [&](int thread) {
    const std::vector<float>& x = from[static_cast<std::size_t>(thread)];
    std::vector<float>& y = to[static_cast<std::size_t>(thread)];
    for (std::size_t i = 0; i < size; ++i) y[i] = x[i] * 0.5f;
  });
  return {.flops = 2.0 * sums * turns * level.width * threads / seconds,
          .bytes = 2.0 * sizeof(float) * static_cast<double>(size) * threads / copying};
}

}  // namespace

const Peaks& peaks(int threads) {
  static std::map<int, Peaks> all;
  const auto found = all.find(threads);
  return found != all.end() ? found->second : all.emplace(threads, measured(threads)).first->second;
}

}  // namespace machine
