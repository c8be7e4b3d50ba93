#pragma once

#include <cstdint>

#include "keratin/regularizers/regularizer.h"

/// `keras.regularizers`: penalties on weights. Factors are finite and not negative, else ValueError.
namespace keratin::inline v0::regularizers {

/// l1 · sum(|w|).
class KERATIN_API L1 : public Regularizer {
 public:
  explicit L1(double l1 = 0.01);
  Tensor operator()(const Tensor& weights) const override;
  Config config() const override;

 private:
  double l1_;
};

/// l2 · sum(w²).
class KERATIN_API L2 : public Regularizer {
 public:
  explicit L2(double l2 = 0.01);
  Tensor operator()(const Tensor& weights) const override;
  Config config() const override;

 private:
  double l2_;
};

struct L1L2Options {
  double l1 = 0.0;
  double l2 = 0.0;
};
/// l1 · sum(|w|) + l2 · sum(w²).
class KERATIN_API L1L2 : public Regularizer {
 public:
  explicit L1L2(L1L2Options options = {});
  Tensor operator()(const Tensor& weights) const override;
  Config config() const override;

 private:
  L1L2Options options_;
};

enum class OrthogonalMode : std::uint8_t { rows, columns };

struct OrthogonalRegularizerOptions {
  double factor = 0.01;
  OrthogonalMode mode = OrthogonalMode::rows;
};
/// factor times the mean of |a · b| over all pairs of rows (or columns), each scaled to length 1; 0 where there is no
/// pair. Rank 2, else ShapeError.
class KERATIN_API OrthogonalRegularizer : public Regularizer {
 public:
  explicit OrthogonalRegularizer(OrthogonalRegularizerOptions options = {});
  Tensor operator()(const Tensor& weights) const override;
  Config config() const override;

 private:
  OrthogonalRegularizerOptions options_;
};

using l1 = L1;
using l2 = L2;
using l1_l2 = L1L2;
using orthogonal_regularizer = OrthogonalRegularizer;

}  // namespace keratin::inline v0::regularizers
