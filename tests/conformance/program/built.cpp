// Models that are built here and saved, with what they predict: real Keras has to load them and predict the same.
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "commands.h"

namespace conformance {
namespace {

namespace kt = keratin;
namespace layers = keratin::layers;
namespace ops = keratin::ops;

kt::Model operators(kt::Session& session) {
  const kt::Tensor a = session.input({4}, {.name = "a"});
  const kt::Tensor b = session.input({4});
  const kt::Tensor x = layers::Dense(4)(a);
  kt::Tensor y = ops::relu((x + b) * 2.0 - a / 3.0) + ops::power(ops::abs(b), 1.5);
  y = ops::where(ops::greater(y, 0.5), y, ops::sigmoid(y));
  y = 1.0 - ops::maximum(y, ops::tanh(x)) + ops::cast(ops::less(a, 0.0), kt::float32);
  return {{a, b}, y - ops::mean(y, {-1}, true)};
}

kt::Model shapes(kt::Session& session) {
  const kt::Tensor a = session.input({6, 5}, {.name = "a"});
  const kt::Tensor left = ops::get_item(a, {ops::Slice{}, ops::Slice{1, 5, 2}, ops::Slice{}});
  const kt::Tensor last = ops::get_item(a, {ops::ellipsis, -1, ops::Slice{}});
  const kt::Tensor flat = ops::reshape(ops::transpose(left, {0, 2, 1}), {-1, 10});
  const kt::Tensor padded = ops::pad(ops::expand_dims(last, 1), {{0, 0}, {1, 0}, {0, 0}});
  const kt::Tensor joined = ops::concatenate({flat, ops::squeeze(ops::max(padded, 1, true), 1)}, -1);
  return {a, {ops::softmax(joined), ops::matmul(left, ops::transpose(left, {0, 2, 1}))}};
}

kt::Model dictionaries(kt::Session& session) {
  const kt::Tensor age = session.input({3}, {.name = "age"});
  const kt::Tensor zone = session.input({2}, {.name = "zone"});
  auto shared = session.add(layers::Dense(4, {.activation = "tanh", .name = "shared"}));
  const kt::Tensor first = layers::Dense(2)(age);
  const kt::Tensor x = layers::Concatenate()({shared(first), shared(zone)});
  return {{{"zone", zone}, {"age", age}},
          {{"score", layers::Dense(1, {.name = "score"})(x)}, {"group", layers::Dense(3)(x) * 2.0}}};
}

kt::Model nested(kt::Session& session) {
  const kt::Tensor inner = session.input({4});
  const kt::Tensor h = layers::Dense(3, {.activation = "relu"})(inner);
  const kt::Model encoder(inner, {layers::Dense(2, {.name = "mean"})(h), layers::Dense(2, {.name = "spread"})(h)},
                          {.name = "encoder"});
  const kt::Sequential tower(session, {layers::Input({2}), layers::Dense(3), layers::Dense(2)}, {.name = "tower"});
  const kt::Tensor a = session.input({4}, {.name = "a"});
  const std::vector<kt::Tensor> both = encoder.call(std::vector{a});
  const std::vector<kt::Tensor> again = encoder.call(std::vector{a * 2.0});
  return {a, {layers::Subtract()({tower(both[0]), tower(both[1])}), again[1]}};
}

kt::Model sequences(kt::Session& session) {
  const kt::Tensor tokens = session.input({7}, {.dtype = kt::int32, .name = "tokens"});
  const kt::Tensor x = layers::Embedding(9, 4, {.mask_zero = true})(tokens);
  const std::vector<kt::Tensor> all =
      session.add(layers::LSTM(3, {.return_sequences = true, .return_state = true})).all({x});
  const kt::Tensor y = layers::GRU(3, {.return_sequences = true})(x, {.initial_state = {all[1]}});
  const kt::Tensor both = layers::Bidirectional(layers::SimpleRNN(2, {.return_sequences = true}))(y);
  const kt::Tensor each = layers::TimeDistributed(layers::Dense(2, {.activation = "relu"}))(both);
  const kt::Tensor cells = layers::RNN({layers::LSTMCell(2), layers::GRUCell(3)})(each);
  return {tokens, layers::Dense(2)(layers::Concatenate()({cells, layers::GlobalAveragePooling1D()(all[0])}))};
}

kt::Model attention(kt::Session& session) {
  const kt::Tensor q = session.input({5, 6}, {.name = "q"});
  const kt::Tensor v = session.input({4, 6}, {.name = "v"});
  const kt::Tensor a = layers::MultiHeadAttention(2, 3)({q, v});
  const kt::Tensor b = layers::GroupQueryAttention(3, 4, 2)({a, a}, {.use_causal_mask = true});
  const kt::Tensor c = layers::Attention()({b, v});
  return {{q, v}, layers::LayerNormalization()(layers::Add()({b, c}) + q)};
}

kt::Model images(kt::Session& session) {
  kt::Sequential model(
      session, {layers::Conv2D(3, 3, {.padding = "same", .activation = "relu"}), layers::BatchNormalization(),
                layers::MaxPooling2D(2), layers::Dropout(0.5), layers::SpectralNormalization(layers::Conv2D(2, 2)),
                layers::Flatten(), layers::Dense(3, {.activation = "softmax", .kernel_regularizer = "l2"})});
  model.build({-1, 6, 6, 2});
  return model;
}

kt::Model half(kt::Session& session) {
  return kt::Sequential(session, {layers::Input({4}), layers::Dense(5, {.dtype = "mixed_bfloat16"}),
                                  layers::Dense(3, {.dtype = "bfloat16"}), layers::Dense(2, {.dtype = "float64"})});
}

/// Rows that end in zeros, which are masked.
kt::Array tokens() {
  return kt::Array::copy_of<std::int32_t>({1, 2, 3, 4, 5, 6, 7, 8, 7, 6, 5, 0, 0, 0, 3, 1, 0, 0, 0, 0, 0})
      .reshaped({3, 7});
}

struct Built {
  const char* name;
  kt::Model (*make)(kt::Session&);
  std::vector<kt::Shape> inputs;  ///< tokens where it is one of a single axis of 7
  double tolerance = 1e-5;
};

}  // namespace

void built(const Arguments& arguments) {
  const std::filesystem::path folder = arguments.word(0, "FOLDER");
  const std::vector<Built> all{{"operators", operators, {{4}, {4}}},
                               {"shapes", shapes, {{6, 5}}},
                               {"dictionaries", dictionaries, {{3}, {2}}},
                               {"nested", nested, {{4}}},
                               {"sequences", sequences, {{7}}},
                               {"attention", attention, {{5, 6}, {4, 6}}},
                               {"images", images, {{6, 6, 2}}},
                               {"half", half, {{4}}, 0.02}};
  for (const Built& each : all) {
    kt::Session session({.seed = 5});
    kt::Model model = each.make(session);
    std::vector<kt::Array> x;
    kt::NamedArrays known{{"tolerance", kt::Array::full({}, each.tolerance)}};
    for (kt::Shape shape : each.inputs) {
      const bool is_tokens = shape == kt::Shape{7};
      shape.insert(0, 3);
      const kt::Array values = kt::Array::random_normal(shape, {.seed = 11 + x.size()});
      x.push_back(is_tokens ? tokens() : values);
      known.set("x" + std::to_string(x.size() - 1), x.back());
    }
    const kt::Outputs y = model.predict(x);
    for (std::size_t i = 0; i < y.size(); ++i) known.set("y" + std::to_string(i), y[i].astype(kt::float64));
    kt::save_npz(folder / (std::string(each.name) + ".npz"), known);
    model.save(folder / (std::string(each.name) + ".keras"));
  }
}

}  // namespace conformance
