#include "kernels/recurrent/steps.h"

namespace keratin::inline v0::kernels {

template <class T>
void multiply(const T* a, const T* b, std::int64_t n, T* to) noexcept {
  for (std::int64_t i = 0; i < n; ++i) to[i] = a[i] * b[i];
}

template <class T>
void add_to(T* to, const T* from, std::int64_t n) noexcept {
  for (std::int64_t i = 0; i < n; ++i) to[i] += from[i];
}

template <class T>
void add_groups(T* back, const T* dropout, std::int64_t groups, std::int64_t units) noexcept {
  if (dropout == nullptr) return;
  multiply(back, dropout, units, back);
  for (std::int64_t group = 1; group < groups; ++group)
    for (std::int64_t j = 0; j < units; ++j) back[j] += back[group * units + j] * dropout[group * units + j];
}

template void multiply(const float*, const float*, std::int64_t, float*) noexcept;
template void multiply(const double*, const double*, std::int64_t, double*) noexcept;
template void add_to(float*, const float*, std::int64_t) noexcept;
template void add_to(double*, const double*, std::int64_t) noexcept;
template void add_groups(float*, const float*, std::int64_t, std::int64_t) noexcept;
template void add_groups(double*, const double*, std::int64_t, std::int64_t) noexcept;

}  // namespace keratin::inline v0::kernels
