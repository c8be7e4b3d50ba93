#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/core/shape.h"
#include "keratin/graph/tensor.h"
#include "keratin/layers/layer.h"
#include "keratin/ops/axes.h"

/// Layers of several inputs: `layers::Add()({x, y})`.
namespace keratin::inline v0::layers {

struct MergeOptions {
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};

/// Base of the layers that merge tensors elementwise, first to last. Inputs broadcast (but not the batch: ShapeError);
/// one of lower rank gets axes of size 1 after the batch, as in Keras. The result is masked where all inputs are: it
/// has a mask if each of them has one.
class KERATIN_API Merge : public Layer {
 public:
  using Layer::call;
  bool supports_masking() const override { return true; }
  Tensor call(std::span<const Tensor> inputs, const CallContext& context) override;
  std::vector<Tensor> compute_mask(std::span<const Tensor> inputs, const CallContext& context) override;

 protected:
  explicit Merge(MergeOptions options) : Layer(std::move(options.name)) {
    set_common(options.trainable, options.dtype);
  }
  /// Of inputs of one rank; masks: one for each, of its shape but for the last size, which is 1. Empty: none.
  virtual Tensor merge(std::span<const Tensor> inputs, std::span<const Tensor> masks) const = 0;
};

/// a + b + …
class KERATIN_API Add : public CallableLayer<Add, Merge> {
 public:
  explicit Add(MergeOptions options = {}) : CallableLayer(std::move(options)) {}
  static Add from_config(const Config& config);

 protected:
  Tensor merge(std::span<const Tensor> inputs, std::span<const Tensor> masks) const override;
};
/// a − b, of two inputs.
class KERATIN_API Subtract : public CallableLayer<Subtract, Merge> {
 public:
  explicit Subtract(MergeOptions options = {}) : CallableLayer(std::move(options)) {}
  static Subtract from_config(const Config& config);

 protected:
  Tensor merge(std::span<const Tensor> inputs, std::span<const Tensor> masks) const override;
};
/// a · b · …, where what is masked counts as 1; 0 where all are masked.
class KERATIN_API Multiply : public CallableLayer<Multiply, Merge> {
 public:
  explicit Multiply(MergeOptions options = {}) : CallableLayer(std::move(options)) {}
  static Multiply from_config(const Config& config);

 protected:
  Tensor merge(std::span<const Tensor> inputs, std::span<const Tensor> masks) const override;
};
/// (a + b + …) / n
class KERATIN_API Average : public CallableLayer<Average, Merge> {
 public:
  explicit Average(MergeOptions options = {}) : CallableLayer(std::move(options)) {}
  static Average from_config(const Config& config);

 protected:
  Tensor merge(std::span<const Tensor> inputs, std::span<const Tensor> masks) const override;
};
/// The greatest of each place, of those that aren't masked.
class KERATIN_API Maximum : public CallableLayer<Maximum, Merge> {
 public:
  explicit Maximum(MergeOptions options = {}) : CallableLayer(std::move(options)) {}
  static Maximum from_config(const Config& config);

 protected:
  Tensor merge(std::span<const Tensor> inputs, std::span<const Tensor> masks) const override;
};
/// The least of each place, of those that aren't masked.
class KERATIN_API Minimum : public CallableLayer<Minimum, Merge> {
 public:
  explicit Minimum(MergeOptions options = {}) : CallableLayer(std::move(options)) {}
  static Minimum from_config(const Config& config);

 protected:
  Tensor merge(std::span<const Tensor> inputs, std::span<const Tensor> masks) const override;
};

struct ConcatenateOptions {
  std::int64_t axis = -1;
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// One after the other along an axis; the other sizes must be the same. Masks are put together too.
/// `keras.layers.Concatenate`.
class KERATIN_API Concatenate : public CallableLayer<Concatenate> {
 public:
  explicit Concatenate(ConcatenateOptions options = {});
  using Layer::call;
  bool supports_masking() const override { return true; }
  Tensor call(std::span<const Tensor> inputs, const CallContext& context) override;
  std::vector<Tensor> compute_mask(std::span<const Tensor> inputs, const CallContext& context) override;
  Config config() const override;
  static Concatenate from_config(const Config& config);

 private:
  std::int64_t axis_;
};

struct DotOptions {
  bool normalize = false;
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
/// The sum of products along an axis of each of two inputs, example by example; with normalize both are first scaled to
/// length 1 along it, which gives cosines. Masks end here. `keras.layers.Dot`.
///
/// In: rank 2 at least. Out: the batch, the first's other axes, the second's; (batch, 1) for two of rank 2.
///
///     layers::Dot({2, 1})({x, y})
class KERATIN_API Dot : public CallableLayer<Dot> {
 public:
  /// One axis for both or one for each, else ValueError; the batch, 0, isn't summed.
  explicit Dot(const Axes& axes, DotOptions options = {});
  using Layer::call;
  bool supports_masking() const override { return true; }
  Tensor call(std::span<const Tensor> inputs, const CallContext& context) override;
  std::vector<Tensor> compute_mask(std::span<const Tensor> inputs, const CallContext& context) override;
  Config config() const override;
  static Dot from_config(const Config& config);

 private:
  Axes axes_;
  bool normalize_;
};

}  // namespace keratin::inline v0::layers
