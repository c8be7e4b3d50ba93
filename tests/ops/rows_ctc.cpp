#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "keratin/ops/nn.h"
#include "ops/rows.h"

// Against all alignments, one by one: few steps and classes have few.
namespace keratin::test {
namespace {

using Labels = std::vector<std::int64_t>;

constexpr std::int64_t classes = 3;

double at(const Array& array, std::initializer_list<std::int64_t> index) {
  return element(array, std::span(index.begin(), index.size()));
}

/// Without repetitions, then without blanks.
Labels collapsed(const Labels& alignment, std::int64_t blank, bool merge_repeated = true) {
  Labels labels;
  for (std::size_t i = 0; i < alignment.size(); ++i)
    if (alignment[i] != blank && !(merge_repeated && i > 0 && alignment[i] == alignment[i - 1]))
      labels.push_back(alignment[i]);
  return labels;
}

/// The probability of each sequence of labels, from logits (batch, steps, classes).
std::map<Labels, double> probabilities(const Array& logits, std::int64_t sample, std::int64_t steps,
                                       std::int64_t blank) {
  std::map<Labels, double> all;
  Labels alignment(static_cast<std::size_t>(steps), 0);
  const auto count = static_cast<std::int64_t>(std::pow(classes, steps));
  for (std::int64_t number = 0; number < count; ++number) {
    double probability = 1.0;
    std::int64_t rest = number;
    for (std::int64_t step = 0; step < steps; ++step, rest /= classes) {
      double total = 0.0;
      for (std::int64_t c = 0; c < classes; ++c) total += std::exp(at(logits, {sample, step, c}));
      alignment[static_cast<std::size_t>(step)] = rest % classes;
      probability *= std::exp(at(logits, {sample, step, rest % classes})) / total;
    }
    all[collapsed(alignment, blank)] += probability;
  }
  return all;
}

/// x: labels, logits, number of labels and of steps.
Mapping<Array> loss_reference(std::int64_t blank) {
  return [blank](std::span<const Array> x) {
    return generated(x[2].shape(), [&](std::span<const std::int64_t> i) {
      Labels labels;
      for (std::int64_t j = 0; j < static_cast<std::int64_t>(at(x[2], {i[0]})); ++j)
        labels.push_back(static_cast<std::int64_t>(at(x[0], {i[0], j})));
      const auto all = probabilities(x[1], i[0], static_cast<std::int64_t>(at(x[3], {i[0]})), blank);
      const auto found = all.find(labels);
      return found == all.end() ? 707.0 : -std::log(found->second);
    });
  };
}

OpRow loss_row(const char* name, std::int64_t blank, Input labels, Input steps) {
  return {.name = name,
          .ops = {"ctc_loss", "ctc_loss_gradient"},
          .build = [blank](auto x) { return ops::ctc_loss(x[0], x[1], x[2], x[3], blank); },
          .inputs = {std::move(labels),
                     {{5, 4, classes}},
                     {.shape = {5}, .low = 0, .high = 2, .dtype = int32, .differentiable = false},
                     std::move(steps)},
          .reference = loss_reference(blank < 0 ? blank + classes : blank)};
}

void write_labels(Array& to, std::int64_t path, std::int64_t sample, const Labels& labels) {
  const Shape& shape = to.shape();
  double* const row = to.mutable_data<double>().data() + (path * shape[1] + sample) * shape[2];
  std::fill_n(row, shape[2], -1.0);
  std::copy(labels.begin(), labels.end(), row);
}

/// x: logits, lengths.
Mapping<Array> greedy_reference(std::int64_t blank, bool merge_repeated) {
  return [=](std::span<const Array> x) -> std::vector<Array> {
    const Shape& shape = x[0].shape();
    Array labels = Array::zeros({1, shape[0], shape[1]}, float64);
    Array scores = Array::zeros({shape[0], 1}, float64);
    for (std::int64_t i = 0; i < shape[0]; ++i) {
      Labels best;
      for (std::int64_t step = 0; step < static_cast<std::int64_t>(at(x[1], {i})); ++step) {
        std::int64_t greatest = 0;
        for (std::int64_t c = 1; c < classes; ++c)
          if (at(x[0], {i, step, c}) > at(x[0], {i, step, greatest})) greatest = c;
        best.push_back(greatest);
        scores.mutable_data<double>()[static_cast<std::size_t>(i)] -= at(x[0], {i, step, greatest});
      }
      write_labels(labels, 0, i, collapsed(best, blank, merge_repeated));
    }
    return {labels, scores};
  };
}

Mapping<Array> beam_reference(std::int64_t paths) {
  return [=](std::span<const Array> x) -> std::vector<Array> {
    const Shape& shape = x[0].shape();
    Array labels = Array::zeros({paths, shape[0], shape[1]}, float64);
    Array scores = Array::zeros({shape[0], paths}, float64);
    for (std::int64_t i = 0; i < shape[0]; ++i) {
      const auto all = probabilities(x[0], i, static_cast<std::int64_t>(at(x[1], {i})), 0);
      std::vector<std::pair<double, Labels>> sorted;
      for (const auto& [sequence, probability] : all) sorted.emplace_back(probability, sequence);
      std::sort(sorted.begin(), sorted.end(), std::greater<>());
      for (std::int64_t path = 0; path < paths; ++path) {
        const bool is_there = path < static_cast<std::int64_t>(sorted.size());
        write_labels(labels, path, i, is_there ? sorted[static_cast<std::size_t>(path)].second : Labels());
        scores.mutable_data<double>()[static_cast<std::size_t>(i * paths + path)] =
            is_there ? std::log(sorted[static_cast<std::size_t>(path)].first)
                     : -std::numeric_limits<double>::infinity();
      }
    }
    return {labels, scores};
  };
}

Input lengths(double low, double high) {
  return {.shape = {5}, .low = low, .high = high, .dtype = int32, .differentiable = false};
}

OpRow decode_row(const char* name, const char* op, Mapping<Tensor> build, Mapping<Array> reference) {
  return {.name = name,
          .ops = {op},
          .build = std::move(build),
          .inputs = {{{5, 4, classes}}, lengths(0, 4)},
          .reference = std::move(reference),
          .result_dtype = gives_int32,
          .gradient = false};
}

Mapping<Tensor> decoding(ops::CtcStrategy strategy, std::int64_t paths, bool merge_repeated, std::int64_t mask_index) {
  return [=](auto x) {
    const auto [labels, scores] = ops::ctc_decode(x[0], x[1], strategy, 100, paths, merge_repeated, mask_index);
    return std::vector<Tensor>{labels, scores};
  };
}

}  // namespace

std::vector<OpRow> ctc_rows() {
  const Input labels{.shape = {5, 2}, .low = 1, .high = 2, .dtype = int32, .differentiable = false};
  const Input others{.shape = {5, 2}, .low = 0, .high = 1, .dtype = int32, .differentiable = false};
  return {loss_row("ctc_loss", 0, labels, lengths(3, 4)),
          loss_row("ctc_loss_of_the_last_class_as_blank", -1, others, lengths(3, 4)),
          loss_row("ctc_loss_without_alignments", 0, labels, lengths(0, 2)),
          decode_row("ctc_decode", "ctc_greedy", decoding("greedy", 1, true, 0), greedy_reference(0, true)),
          decode_row("ctc_decode_with_repetitions", "ctc_greedy", decoding("greedy", 1, false, -1),
                     greedy_reference(classes - 1, false)),
          decode_row("ctc_decode_beams", "ctc_beam", decoding("beam_search", 3, true, 0), beam_reference(3)),
          {.name = "polar",
           .ops = {"complex"},
           .build = [](auto x) { return ops::polar(x[0], x[1]); },
           .inputs = {{{4, 3}}, {.shape = {3}, .batched = false}},
           .reference = each([](double size, double angle) { return size * std::cos(angle); }),  // the real part
           .result_dtype = [](DType /*tested*/) { return complex64; },
           .gradient = false}};
}

}  // namespace keratin::test
