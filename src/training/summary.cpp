#include "training/summary.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "training/live_model.h"

namespace keratin::inline v0::training {
namespace {

/// "1,234,567".
std::string with_commas(std::int64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string bytes_text(std::int64_t bytes) { return to_string(Bytes{bytes}); }

struct Row {
  std::string layer;
  std::string shape;
  std::string params;
  std::string trainable;
};

std::int64_t bytes_of(const std::vector<Variable>& variables) {
  std::int64_t bytes = 0;
  for (const Variable& variable : variables)
    bytes += variable.shape().elements() * static_cast<std::int64_t>(size_of(variable.dtype()));
  return bytes;
}

std::int64_t numbers_of(const std::vector<Variable>& variables) {
  std::int64_t numbers = 0;
  for (const Variable& variable : variables) numbers += variable.shape().elements();
  return numbers;
}

void add_rows(const layers::Network& network, const std::string& indent, bool expand, std::vector<Row>& rows) {
  for (const layers::LayerSummary& line : network.summary()) {
    std::string shapes;
    for (const Shape& shape : line.outputs) shapes += (shapes.empty() ? "" : ", ") + to_string(shape);
    rows.push_back({indent + line.name + " (" + line.class_name + ")", shapes.empty() ? "?" : shapes,
                    line.built ? with_commas(line.params) : "?",
                    line.params == 0 ? "-" : (line.trainable ? "Y" : "N")});
    if (const auto* const nested = dynamic_cast<const layers::Network*>(line.layer); expand && nested != nullptr)
      add_rows(*nested, indent + "  ", expand, rows);
  }
}

std::string cut(const std::string& text, std::size_t width) {
  if (text.size() <= width) return text + std::string(width - text.size(), ' ');
  return text.substr(0, width - 1) + "…";
}

std::string total(const char* what, const std::vector<Variable>& variables) {
  return " " + std::string(what) + " params: " + with_commas(numbers_of(variables)) + " (" +
         bytes_text(bytes_of(variables)) + ")\n";
}

}  // namespace

std::string summary_of(LiveModel& model, const SummaryOptions& options) {
  std::vector<Row> rows{{"Layer (type)", "Output Shape", "Param #", "Trainable"}};
  add_rows(model, "", options.expand_nested, rows);
  const auto width = static_cast<std::size_t>(std::max<std::int64_t>(40, options.line_length));
  const std::size_t first = width * 45 / 100;
  const std::size_t second = width * 30 / 100;
  const std::size_t third = options.show_trainable ? width - first - second - 11 : width - first - second;
  std::string text = "Model: \"" + model.name() + "\"\n";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::string line = cut(rows[i].layer, first) + cut(rows[i].shape, second) + cut(rows[i].params, third);
    if (options.show_trainable) line += "  " + rows[i].trainable;
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
    if (i == 0) text += std::string(width, '-') + "\n";
  }
  text += std::string(width, '-') + "\n";
  if (!model.is_built()) return text + " Not built yet: the parameters come with the first data, or build(shape)\n";
  return text + total("Total", model.weights()) + total("Trainable", model.trainable_variables()) +
         total("Non-trainable", model.non_trainable_variables());
}

}  // namespace keratin::inline v0::training
