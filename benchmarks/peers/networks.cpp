#include "networks.h"

#include <algorithm>
#include <utility>

namespace workloads {
namespace {

namespace kt = keratin;
namespace layers = keratin::layers;
namespace ops = keratin::ops;

kt::Tensor shortened(const kt::Tensor& x, std::int64_t channels) {
  return layers::BatchNormalization()(layers::Conv2D(channels, 1, {.strides = 2, .use_bias = false})(x));
}

kt::Tensor residual_block(const kt::Tensor& x, std::int64_t channels, std::int64_t stride) {
  kt::Tensor h = layers::Conv2D(channels, 3, {.strides = stride, .padding = "same", .use_bias = false})(x);
  h = layers::ReLU()(layers::BatchNormalization()(h));
  h = layers::Conv2D(channels, 3, {.padding = "same", .use_bias = false})(h);
  h = layers::BatchNormalization()(h);
  return layers::ReLU()(layers::Add()({stride == 1 ? x : shortened(x, channels), h}));
}

/// Three stages of two blocks, 16, 32 and 64 channels wide.
kt::Model resnet(kt::Session& session) {
  const kt::Tensor input = session.input({32, 32, 3});
  kt::Tensor x = layers::Conv2D(16, 3, {.padding = "same", .use_bias = false})(input);
  x = layers::ReLU()(layers::BatchNormalization()(x));
  for (const std::int64_t channels : {16, 32, 64}) {
    x = residual_block(x, channels, channels == 16 ? 1 : 2);
    x = residual_block(x, channels, 1);
  }
  x = layers::GlobalAveragePooling2D()(x);
  return kt::Model({input}, {layers::Dense(10, {.activation = "softmax"})(x)});
}

/// Token and position, each with an embedding of its own.
class Positions : public kt::Layer {
 public:
  explicit Positions(std::int64_t length) : length_(length) {}
  void build(const kt::Shape&) override {
    tokens_ = add("tokens", layers::Embedding(5000, 128));
    positions_ = add("positions", layers::Embedding(length_, 128));
  }
  kt::Tensor call(const kt::Tensor& x, const kt::CallContext&) override {
    return tokens_(x) + positions_(ops::arange(static_cast<std::int32_t>(length_)));
  }

 private:
  std::int64_t length_;
  kt::Handle<layers::Embedding> tokens_;
  kt::Handle<layers::Embedding> positions_;
};

/// An encoder's block with its normalizations behind.
kt::Tensor encoder_block(kt::Tensor x) {
  x = layers::Add()({x, layers::MultiHeadAttention(4, 32)({x, x})});
  x = layers::LayerNormalization({.epsilon = 1e-5})(x);
  const kt::Tensor h = layers::Dense(128)(layers::Dense(512, {.activation = "relu"})(x));
  return layers::LayerNormalization({.epsilon = 1e-5})(layers::Add()({x, h}));
}

kt::Model transformer(kt::Session& session) {
  const kt::Tensor input = session.input({64}, {.dtype = kt::int32});
  kt::Tensor x = session.add(Positions(64))(input);
  x = layers::GlobalAveragePooling1D()(encoder_block(encoder_block(x)));
  return kt::Model({input}, {layers::Dense(1, {.activation = "sigmoid"})(x)});
}

std::vector<kt::LayerSpec> layers_of(std::string_view name) {
  if (name == "mlp")
    return {layers::Input({784}), layers::Dense(512, {.activation = "relu"}),
            layers::Dense(512, {.activation = "relu"}), layers::Dense(10, {.activation = "softmax"})};
  if (name == "mlp-small")
    return {layers::Input({64}), layers::Dense(32, {.activation = "relu"}),
            layers::Dense(10, {.activation = "softmax"})};
  if (name == "cnn")
    return {layers::Input({28, 28, 1}),
            layers::Conv2D(32, 3, {.activation = "relu"}),
            layers::MaxPooling2D(),
            layers::Conv2D(64, 3, {.activation = "relu"}),
            layers::MaxPooling2D(),
            layers::Flatten(),
            layers::Dense(128, {.activation = "relu"}),
            layers::Dense(10, {.activation = "softmax"})};
  if (name == "lstm") return {layers::Input({100, 32}), layers::LSTM(128), layers::Dense(1)};
  return {layers::Input({80}, {.dtype = kt::int32}), layers::Embedding(10000, 64),
          layers::Bidirectional(layers::GRU(64)), layers::Dense(1, {.activation = "sigmoid"})};
}

kt::Shape sample_shape(std::string_view name) {
  if (name == "mlp") return {784};
  if (name == "mlp-small") return {64};
  if (name == "cnn") return {28, 28, 1};
  if (name == "resnet") return {32, 32, 3};
  if (name == "lstm") return {100, 32};
  return name == "gru-text" ? kt::Shape{80} : kt::Shape{64};
}

bool has_tokens(std::string_view name) { return name == "gru-text" || name == "transformer"; }

/// Integers below `limit`.
kt::Array integers(const kt::Shape& shape, double limit, std::uint64_t seed) {
  return kt::Array::random_uniform(shape, {.minval = 0.0, .maxval = limit, .seed = seed}).astype(kt::int32);
}

}  // namespace

const std::vector<Workload>& all() {
  static const std::vector<Workload> workloads{{"mlp", 128, 64},      {"mlp-small", 32, 256}, {"cnn", 64, 16},
                                               {"resnet", 64, 8},     {"lstm", 32, 16},       {"gru-text", 32, 8},
                                               {"transformer", 32, 8}};
  return workloads;
}

const Workload& named(std::string_view name) {
  const auto found = std::ranges::find(all(), name, &Workload::name);
  if (found == all().end()) throw kt::ValueError("No such workload: " + std::string(name));
  return *found;
}

kt::Model network(kt::Session& session, std::string_view name) {
  if (name == "resnet") return resnet(session);
  if (name == "transformer") return transformer(session);
  return kt::Sequential(session, layers_of(name));
}

kt::CompileOptions compile_options(std::string_view name) {
  kt::CompileOptions options{.optimizer = "adam", .loss = "sparse_categorical_crossentropy"};
  if (name == "lstm") options.loss = "mse";
  if (has_tokens(name)) options.loss = "binary_crossentropy";
  if (name == "resnet") options.optimizer = kt::optimizers::SGD({.learning_rate = 0.01, .momentum = 0.9});
  return options;
}

Data data(const Workload& workload) {
  const std::int64_t rows = workload.batch * workload.steps;
  kt::Shape shape = sample_shape(workload.name);
  shape.insert(0, rows);
  Data made;
  if (workload.name == "lstm") {
    made.y = kt::Array::random_normal({rows, 1}, {.seed = 2});
  } else if (has_tokens(workload.name)) {
    made.y = integers({rows, 1}, 2.0, 2).astype(kt::float32);
  } else {
    made.y = integers({rows}, 10.0, 2);
  }
  if (has_tokens(workload.name)) {
    made.x = integers(shape, workload.name == "gru-text" ? 10000.0 : 5000.0, 1);
  } else {
    made.x = kt::Array::random_normal(shape, {.seed = 1});
  }
  return made;
}

}  // namespace workloads
