// A transformer on characters that learns to add: after "37+85=" it goes on with "221", the sum from its last digit on.
// It never sees a fifth of all sums, and is asked those.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <numeric>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <keratin/keratin.h>

namespace kt = keratin;
namespace layers = keratin::layers;
namespace ops = keratin::ops;

namespace {

constexpr std::string_view alphabet = "0123456789+=";
constexpr std::int64_t question = 6;  // "37+85="
constexpr std::int64_t length = 8;    // what the network reads: all but the last character of "37+85=221"

std::string example(int a, int b) {
  const auto digits = [](int number, std::size_t count) {
    std::string text = std::to_string(number);
    return std::string(count - text.size(), '0') + text;
  };
  std::string sum = digits(a + b, 3);
  std::reverse(sum.begin(), sum.end());
  return digits(a, 2) + "+" + digits(b, 2) + "=" + sum;
}

/// Each character's number, and as targets the character that comes next; only those of the sum count.
struct Texts {
  kt::Array x, y, counts;
};

Texts encoded(const std::vector<int>& pairs, std::size_t first, std::size_t last) {
  const auto rows = static_cast<std::int64_t>(last - first);
  Texts texts{kt::Array::zeros({rows, length}, kt::int32), kt::Array::zeros({rows, length}, kt::int32),
              kt::Array::zeros({rows, length})};
  const auto x = texts.x.mutable_data<std::int32_t>();
  const auto y = texts.y.mutable_data<std::int32_t>();
  const auto counts = texts.counts.mutable_data<float>();
  for (std::size_t row = first, at = 0; row < last; ++row) {
    const std::string text = example(pairs[row] / 100, pairs[row] % 100);
    for (std::size_t i = 0; i < std::size_t{length}; ++i, ++at) {
      x[at] = static_cast<std::int32_t>(alphabet.find(text[i]));
      y[at] = static_cast<std::int32_t>(alphabet.find(text[i + 1]));
      counts[at] = static_cast<std::int64_t>(i) + 1 >= question ? 1.0f : 0.0f;
    }
  }
  return texts;
}

/// Adds what each place in the text is known by.
class Positions : public kt::CallableLayer<Positions> {
 public:
  void build(const kt::Shape& input) override {
    places_ = add_weight("places", {input[1], input[2]}, {.initializer = "uniform"});
  }
  kt::Tensor call(const kt::Tensor& x, const kt::CallContext&) override { return x + places_; }

 private:
  kt::Variable places_;
};

/// A. Vaswani et al., "Attention is all you need", NeurIPS 2017; normalised before each part.
kt::Tensor block(const kt::Tensor& x, std::int64_t width) {
  const kt::Tensor a = layers::LayerNormalization()(x);
  const kt::Tensor seen = x + layers::MultiHeadAttention(4, width / 4)({a, a}, {.use_causal_mask = true});
  const kt::Tensor b = layers::LayerNormalization()(seen);
  return seen + layers::Dense(width)(layers::Dense(2 * width, {.activation = "gelu"})(b));
}

kt::Model transformer(kt::Session& session, std::int64_t width) {
  const kt::Tensor text = session.input({length}, {.dtype = kt::int32, .name = "text"});
  kt::Tensor x = Positions()(layers::Embedding(std::int64_t{alphabet.size()}, width)(text));
  for (int i = 0; i < 2; ++i) x = block(x, width);
  return {text, layers::Dense(std::int64_t{alphabet.size()})(layers::LayerNormalization()(x)), {.name = "adder"}};
}

/// The likeliest character after each place.
std::vector<std::size_t> likeliest(const kt::Array& logits) {
  const std::size_t kinds = alphabet.size();
  const auto values = logits.data<float>();
  std::vector<std::size_t> best;
  for (auto row = values.begin(); row != values.end(); row += static_cast<std::ptrdiff_t>(kinds))
    best.push_back(static_cast<std::size_t>(std::max_element(row, row + static_cast<std::ptrdiff_t>(kinds)) - row));
  return best;
}

/// The sums, one character after the other, each made with those before it.
std::vector<std::string> answers(kt::Model& model, kt::Array texts) {
  const std::int64_t rows = texts.shape()[0];
  std::vector<std::string> sums(static_cast<std::size_t>(rows));
  for (std::int64_t place = question; place <= length; ++place) {
    const std::vector<std::size_t> next = likeliest(model.predict(texts, {.batch_size = 500}));
    const auto characters = texts.mutable_data<std::int32_t>();
    for (std::size_t row = 0; row < sums.size(); ++row) {
      const std::size_t character = next[row * length + static_cast<std::size_t>(place) - 1];
      sums[row] += alphabet[character];
      if (place < length)
        characters[row * length + static_cast<std::size_t>(place)] = static_cast<std::int32_t>(character);
    }
  }
  return sums;
}

}  // namespace

int main() {
  std::vector<int> pairs(10'000);
  std::iota(pairs.begin(), pairs.end(), 0);
  std::mt19937 order(3);
  for (std::size_t i = pairs.size() - 1; i > 0; --i) std::swap(pairs[i], pairs[order() % (i + 1)]);
  const Texts learned = encoded(pairs, 0, 8'000);
  const Texts asked = encoded(pairs, 8'000, 10'000);

  kt::Session session({.seed = 6});
  kt::Model model = transformer(session, 64);
  model.compile({.optimizer = kt::optimizers::Adam({.learning_rate = 3e-3}),
                 .loss = kt::losses::SparseCategoricalCrossentropy({.from_logits = true})});
  std::cout << model.summary() << "\nepoch   loss\n" << std::fixed << std::setprecision(4);
  model.fit(learned.x, learned.y,
            {.batch_size = 100,
             .epochs = 8,
             .verbose = 0,
             .callbacks = {kt::callbacks::LambdaCallback({.on_epoch_end =
                                                              [&](std::int64_t epoch, const kt::Logs& logs) {
                                                                if (epoch == 5)
                                                                  model.optimizer()->set_learning_rate(5e-4);
                                                                std::cout << std::setw(5) << epoch + 1 << std::setw(9)
                                                                          << logs.at("loss") << std::endl;
                                                              }})},
             .sample_weight = learned.counts});

  // Only the question is given: what follows it is not looked at, but must be something.
  kt::Array questions = asked.x.copy();
  for (std::int64_t row = 0; row < questions.shape()[0]; ++row)
    for (std::int64_t place = question; place < length; ++place)
      questions.mutable_data<std::int32_t>()[static_cast<std::size_t>(row * length + place)] = 0;
  const std::vector<std::string> sums = answers(model, questions);
  std::size_t right = 0;
  for (std::size_t i = 0; i < sums.size(); ++i)
    right += sums[i] == example(pairs[8'000 + i] / 100, pairs[8'000 + i] % 100).substr(question) ? 1 : 0;

  std::cout << "\nSums that it has not seen:\n";
  for (std::size_t i = 0; i < 5; ++i) {
    const int pair = pairs[8'000 + i];
    const std::string forwards(sums[i].rbegin(), sums[i].rend());
    std::cout << std::setw(4) << pair / 100 << " + " << std::setw(2) << pair % 100 << " = " << forwards << '\n';
  }
  const double share = static_cast<double>(right) / static_cast<double>(sums.size());
  std::cout << std::setprecision(2) << 100.0 * share << " % of " << sums.size() << " are right\n";
  return share >= 0.95 ? EXIT_SUCCESS : EXIT_FAILURE;
}
