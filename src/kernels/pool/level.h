#pragma once

// Compiled once for each instruction set, into the namespace KERATIN_LEVEL; calls no inline function of the standard
// library, of which the linker might keep a copy that this machine can't run.

#include "kernels/level_vectors.h"
#include "kernels/pool/loops.h"

namespace keratin::inline v0::kernels::KERATIN_LEVEL::pooling {

/// A window's pixels, by their places relative to the first.
struct AnyWindow {
  const std::int64_t* sizes;
  const std::int64_t* strides;

  template <class F>
  KERATIN_INLINE void for_pixels(F&& f) const {
    std::int32_t number = 0;
    for (std::int64_t depth = 0; depth < sizes[0]; ++depth)
      for (std::int64_t height = 0; height < sizes[1]; ++height)
        for (std::int64_t width = 0; width < sizes[2]; ++width)
          f(number++, depth * strides[0] + height * strides[1] + width * strides[2]);
  }
};

/// The most common one, without loops.
struct TwoByTwo {
  std::int64_t height;
  std::int64_t width;

  template <class F>
  KERATIN_INLINE void for_pixels(F&& f) const {
    f(0, 0);
    f(1, width);
    f(2, height);
    f(3, height + width);
  }
};

/// Calls f(V{}, window, channel) for all channels: by vectors, and what is left one by one.
template <class T, class Window, class F>
KERATIN_INLINE void for_channels(const Window& window, std::int64_t channels, F&& f) {
  using Vector = typename VectorOf<T>::Type;
  constexpr auto lanes = static_cast<std::int64_t>(sizeof(Vector) / sizeof(T));
  std::int64_t channel = 0;
  for (; channel + lanes <= channels; channel += lanes) f(Vector{}, window, channel);
  for (; channel < channels; ++channel) f(T{}, window, channel);
}

/// Calls f(V{}, window, element of x, element of y) for all windows.
template <class T, class F>
KERATIN_INLINE void for_windows(const PoolWindows& all, F&& f) {
  const std::int64_t* const sizes = &all.sizes[0];
  const std::int64_t* const strides = &all.strides[0];
  const bool two_by_two = sizes[0] == 1 && sizes[1] == 2 && sizes[2] == 2;
  for (std::int64_t i = 0; i < all.count; ++i) {
    const auto at = [&](auto zero, const auto& window, std::int64_t channel) {
      f(zero, window, i * all.step + channel, i * all.channels + channel);
    };
    two_by_two ? for_channels<T>(TwoByTwo{strides[1], strides[2]}, all.channels, at)
               : for_channels<T>(AnyWindow{sizes, strides}, all.channels, at);
  }
}

/// Whether a takes the place of the largest so far: NaN does, and stays.
template <class V>
KERATIN_INLINE auto is_larger(V a, V best) {
  return ((a > best) | (a != a)) & (best == best);
}

template <class T>
void max(T* y, const T* x, const PoolWindows& windows) {
  for_windows<T>(windows, [&](auto zero, const auto& window, std::int64_t from, std::int64_t to) {
    using V = decltype(zero);
    V best = load<V>(x + from);
    window.for_pixels([&](std::int32_t, std::int64_t offset) {
      const V value = load<V>(x + from + offset);
      best = is_larger(value, best) ? value : best;
    });
    store(y + to, best);
  });
}

template <class T>
void pick(T* y, const T* x, const T* v, const PoolWindows& windows) {
  for_windows<T>(windows, [&](auto zero, const auto& window, std::int64_t from, std::int64_t to) {
    using V = decltype(zero);
    V best = load<V>(x + from);
    V picked = load<V>(v + from);
    window.for_pixels([&](std::int32_t, std::int64_t offset) {
      const V value = load<V>(x + from + offset);
      const auto larger = is_larger(value, best);
      best = larger ? value : best;
      picked = larger ? load<V>(v + from + offset) : picked;
    });
    store(y + to, picked);
  });
}

template <bool add, bool relu, class T>
void max_gradient_of(T* dx, const T* x, const T* dy, const PoolWindows& windows) {
  for_windows<T>(windows, [&](auto zero, const auto& window, std::int64_t from, std::int64_t to) {
    using V = decltype(zero);
    V best = load<V>(x + from);
    using Numbers = decltype(+(best != best));  // of pixels, as wide as the elements
    Numbers found{};
    window.for_pixels([&](std::int32_t number, std::int64_t offset) {
      const V value = load<V>(x + from + offset);
      const auto larger = is_larger(value, best);
      best = larger ? value : best;
      found = larger ? Numbers{} + number : found;
    });
    V flow = load<V>(dy + to);
    if constexpr (relu) flow = best > V{} ? flow : V{};
    window.for_pixels([&](std::int32_t number, std::int64_t offset) {
      T* const at = dx + from + offset;
      const V share = found == Numbers{} + number ? flow : V{};
      if constexpr (add) {
        store(at, load<V>(at) + share);
      } else {
        store(at, share);
      }
    });
  });
}

template <class T>
void max_gradient(T* dx, const T* x, const T* dy, const PoolWindows& windows, MaxGradient how) {
  if (how.add) {
    how.relu ? max_gradient_of<true, true>(dx, x, dy, windows) : max_gradient_of<true, false>(dx, x, dy, windows);
  } else {
    how.relu ? max_gradient_of<false, true>(dx, x, dy, windows) : max_gradient_of<false, false>(dx, x, dy, windows);
  }
}

template <class T>
inline constexpr PoolLoops<T> loops_of{max<T>, pick<T>, max_gradient<T>};

inline constexpr AllPoolLoops loops{loops_of<float>, loops_of<double>};

}  // namespace keratin::inline v0::kernels::KERATIN_LEVEL::pooling
