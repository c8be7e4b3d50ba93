#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/core/shape.h"
#include "keratin/graph/tensor.h"
#include "keratin/layers/layer.h"

/// Layers of several inputs: `layers::Add()({x, y})`.
namespace keratin::inline v0::layers {

struct MergeOptions {
  std::string name = {};
};

/// Base of the layers that merge tensors elementwise, first to last. Inputs broadcast; one of lower rank gets axes of
/// size 1 after the batch, as in Keras.
class KERATIN_API Merge : public Layer {
 public:
  Tensor call(std::span<const Tensor> inputs, const CallContext& context) override;

 protected:
  explicit Merge(MergeOptions options) : Layer(std::move(options.name)) {}
  virtual Tensor merge(std::span<const Tensor> inputs) const = 0;
};

/// a + b + …
class KERATIN_API Add : public CallableLayer<Add, Merge> {
 public:
  explicit Add(MergeOptions options = {}) : CallableLayer(std::move(options)) {}
  static Add from_config(const Config& config);

 protected:
  Tensor merge(std::span<const Tensor> inputs) const override;
};
/// a − b, of two inputs.
class KERATIN_API Subtract : public CallableLayer<Subtract, Merge> {
 public:
  explicit Subtract(MergeOptions options = {}) : CallableLayer(std::move(options)) {}
  static Subtract from_config(const Config& config);

 protected:
  Tensor merge(std::span<const Tensor> inputs) const override;
};
/// a · b · …
class KERATIN_API Multiply : public CallableLayer<Multiply, Merge> {
 public:
  explicit Multiply(MergeOptions options = {}) : CallableLayer(std::move(options)) {}
  static Multiply from_config(const Config& config);

 protected:
  Tensor merge(std::span<const Tensor> inputs) const override;
};
/// (a + b + …) / n
class KERATIN_API Average : public CallableLayer<Average, Merge> {
 public:
  explicit Average(MergeOptions options = {}) : CallableLayer(std::move(options)) {}
  static Average from_config(const Config& config);

 protected:
  Tensor merge(std::span<const Tensor> inputs) const override;
};
/// The greatest of each place.
class KERATIN_API Maximum : public CallableLayer<Maximum, Merge> {
 public:
  explicit Maximum(MergeOptions options = {}) : CallableLayer(std::move(options)) {}
  static Maximum from_config(const Config& config);

 protected:
  Tensor merge(std::span<const Tensor> inputs) const override;
};
/// The least of each place.
class KERATIN_API Minimum : public CallableLayer<Minimum, Merge> {
 public:
  explicit Minimum(MergeOptions options = {}) : CallableLayer(std::move(options)) {}
  static Minimum from_config(const Config& config);

 protected:
  Tensor merge(std::span<const Tensor> inputs) const override;
};

struct ConcatenateOptions {
  std::int64_t axis = -1;
  std::string name = {};
};
/// One after the other along an axis; the other sizes must be the same. `keras.layers.Concatenate`.
class KERATIN_API Concatenate : public CallableLayer<Concatenate> {
 public:
  explicit Concatenate(ConcatenateOptions options = {});
  Tensor call(std::span<const Tensor> inputs, const CallContext& context) override;
  Config config() const override;
  static Concatenate from_config(const Config& config);

 private:
  std::int64_t axis_;
};

}  // namespace keratin::inline v0::layers
