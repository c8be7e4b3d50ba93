#include "ops/equation.h"

#include <algorithm>

#include "keratin/core/error.h"

namespace keratin::inline v0::ops {
namespace {

constexpr char ellipsis_mark = '.';
constexpr std::int64_t unseen = -2;

/// What the messages tell about.
struct Given {
  std::string_view subscripts;
  std::span<const Shape> shapes;

  [[noreturn]] void fail(const std::string& what) const {
    std::string message = "einsum: " + what + ". Received: subscripts=\"" + std::string(subscripts) + "\", shapes";
    for (const Shape& shape : shapes) message += " " + to_string(shape);
    throw ValueError(message);
  }
};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Letters, and one mark for the ellipsis if there is one.
std::string term_of(const Given& given, std::string_view text) {
  std::string term;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_letter(text[i])) {
      term += text[i];
    } else if (text.substr(i, 3) == "..." && term.find(ellipsis_mark) == std::string::npos) {
      term += ellipsis_mark;
      i += 2;
    } else {
      given.fail(R"(the subscripts are letters, commas, one arrow "->" and one ellipsis "..." an operand at most)");
    }
  }
  return term;
}

/// The term with the labels of the ellipsis in its place.
std::string expanded(std::string term, std::size_t ellipsis_rank) {
  const std::size_t at = term.find(ellipsis_mark);
  if (at == std::string::npos) return term;
  std::string labels;
  for (std::size_t i = ellipsis_rank; i > 0; --i) labels += static_cast<char>(i);
  return term.replace(at, 1, labels);
}

std::string labels_of(const Given& given, const std::string& term, const Shape& shape) {
  const bool elided = term.find(ellipsis_mark) != std::string::npos;
  const std::size_t letters = term.size() - (elided ? 1 : 0);
  if (elided ? shape.rank() < letters : shape.rank() != letters)
    given.fail("the term \"" + expanded(term, 0) + "\"" + (elided ? " and its ellipsis" : "") +
               " can't name the axes of an operand of rank " + std::to_string(shape.rank()));
  return expanded(term, shape.rank() - letters);
}

/// What NumPy takes where there is no arrow: the ellipsis, then the letters that occur once, in alphabetical order.
std::string implicit_output(const std::vector<std::string>& terms) {
  std::string all;
  for (const std::string& term : terms) all += term;
  std::sort(all.begin(), all.end());
  std::string output;
  if (all.find(ellipsis_mark) != std::string::npos) output += ellipsis_mark;
  for (const char label : all)
    if (is_letter(label) && std::count(all.begin(), all.end(), label) == 1) output += label;
  return output;
}

std::string name_of(char label) {
  return Equation::is_of_ellipsis(label) ? "the ellipsis" : "\"" + std::string(1, label) + "\"";
}

void check_output(const Given& given, const Equation& equation) {
  for (const char label : equation.output) {
    const std::string name = name_of(label);
    if (std::count(equation.output.begin(), equation.output.end(), label) > 1)
      given.fail("the output names each axis once, but " + name + " twice");
    const bool exists = std::any_of(equation.inputs.begin(), equation.inputs.end(),
                                    [&](const std::string& input) { return input.find(label) != std::string::npos; });
    if (!exists) given.fail("the output has " + name + ", which no operand has");
  }
}

/// Axes of one letter have one size; those of an ellipsis broadcast.
void note_size(const Given& given, Equation& equation, char label, std::int64_t size) {
  std::int64_t& known = equation.sizes[Equation::place(label)];
  const bool broadcasts = Equation::is_of_ellipsis(label);
  const bool is_one = broadcasts && size == 1;
  if (known == unseen || (broadcasts && known == 1) || (known == -1 && !is_one)) {
    known = size;
  } else if (size != -1 && size != known && !is_one) {
    given.fail("axes of one label have one size, but those of " + name_of(label) + " have " + std::to_string(known) +
               " and " + std::to_string(size));
  }
}

}  // namespace

Equation::Equation(std::string_view subscripts, std::span<const Shape> shapes) {
  const Given given{subscripts, shapes};
  std::string text;
  std::copy_if(subscripts.begin(), subscripts.end(), std::back_inserter(text), [](char c) { return c != ' '; });
  const std::size_t arrow = text.find("->");
  std::vector<std::string> terms;
  std::string_view rest = std::string_view(text).substr(0, arrow);
  for (std::size_t comma = 0; comma != std::string_view::npos;) {
    comma = rest.find(',');
    terms.push_back(term_of(given, rest.substr(0, comma)));
    if (comma != std::string_view::npos) rest.remove_prefix(comma + 1);
  }
  if (terms.size() != shapes.size())
    given.fail("there are subscripts for " + std::to_string(terms.size()) + " operands, but " +
               std::to_string(shapes.size()) + " operands");
  sizes.fill(unseen);
  std::size_t ellipsis_rank = 0;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    inputs.push_back(labels_of(given, terms[i], shapes[i]));
    if (terms[i].find(ellipsis_mark) != std::string::npos)
      ellipsis_rank = std::max(ellipsis_rank, shapes[i].rank() + 1 - terms[i].size());
    for (std::size_t axis = 0; axis < shapes[i].rank(); ++axis)
      note_size(given, *this, inputs[i][axis], shapes[i].dims()[axis]);
  }
  const std::string wanted =
      arrow == std::string::npos ? implicit_output(terms) : term_of(given, std::string_view(text).substr(arrow + 2));
  output = expanded(wanted, ellipsis_rank);
  check_output(given, *this);
}

}  // namespace keratin::inline v0::ops
