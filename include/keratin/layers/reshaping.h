#pragma once

#include <cstdint>
#include <string>

#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/core/shape.h"
#include "keratin/graph/tensor.h"
#include "keratin/layers/layer.h"
#include "keratin/ops/data_format.h"

namespace keratin::inline v0::layers {

struct FlattenOptions {
  DataFormat data_format = DataFormat::channels_last;
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// All but the batch in one axis; with channels_first the channels, axis 1, come last before. `keras.layers.Flatten`.
///
/// In: (batch, a, b, …). Out: (batch, a·b·…); (batch, 1) for rank 1.
class KERATIN_API Flatten : public CallableLayer<Flatten> {
 public:
  explicit Flatten(FlattenOptions options = {});
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;
  static Flatten from_config(const Config& config);

 private:
  DataFormat data_format_;
};

struct ReshapeOptions {
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// The same elements in another shape. `keras.layers.Reshape`.
///
/// In: (batch, …). Out: (batch, target_shape…); one size of the target may be −1 and follows from the others.
///
///     layers::Reshape({8, 8, 1})
class KERATIN_API Reshape : public CallableLayer<Reshape> {
 public:
  /// Throws ValueError if more than one size is −1.
  explicit Reshape(const Shape& target_shape, ReshapeOptions options = {});
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;
  static Reshape from_config(const Config& config);

 private:
  Shape target_shape_;
};

struct PermuteOptions {
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// Axes in another order, the batch left out: dims {2, 1} swaps the first two. `keras.layers.Permute`.
class KERATIN_API Permute : public CallableLayer<Permute> {
 public:
  /// Throws ValueError unless dims are the numbers from 1 to their count, in any order.
  explicit Permute(const Shape& dims, PermuteOptions options = {});
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;
  static Permute from_config(const Config& config);

 private:
  Shape dims_;
};

struct RepeatVectorOptions {
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// Each row n times. In: (batch, features). Out: (batch, n, features). `keras.layers.RepeatVector`.
class KERATIN_API RepeatVector : public CallableLayer<RepeatVector> {
 public:
  /// Throws ValueError if n isn't positive.
  explicit RepeatVector(std::int64_t n, RepeatVectorOptions options = {});
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;
  static RepeatVector from_config(const Config& config);

 private:
  std::int64_t n_;
};

}  // namespace keratin::inline v0::layers
