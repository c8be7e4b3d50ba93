#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/core/error.h"
#include "keratin/initializers/initializers.h"
#include "keratin/layers/embedding.h"
#include "keratin/ops/linalg.h"
#include "keratin/ops/operators.h"
#include "layers/checks.h"
#include "layers/options.h"

namespace keratin::inline v0::layers {
namespace {

constexpr auto einsum_options = [](auto& option, auto& equation, auto& output_shape, auto& bias_axes, auto& options) {
  option.required("output_shape", output_shape);
  option.required("equation", equation);
  option("activation", options.activation);
  option("bias_axes", bias_axes);
  kernel_and_bias_options(option, options);
};

[[noreturn]] void fail(const std::string& equation, const std::string& what) {
  throw ValueError("EinsumDense: " + what + ". Received: equation=\"" + equation + "\"");
}

bool has(std::string_view letters, char letter) { return letters.find(letter) != std::string_view::npos; }

/// The letters of "input,kernel->output", and on which side of input and output an ellipsis is.
struct Parts {
  enum class Ellipsis : std::uint8_t { none, left, right };

  explicit Parts(const std::string& equation) {
    const std::size_t comma = equation.find(',');
    const std::size_t arrow = equation.find("->");
    if (comma == std::string::npos || arrow == std::string::npos || arrow < comma)
      fail(equation, R"(the equation has the form "ab,bc->ac", "...ab,bc->...ac" or "ab...,bc->ac...")");
    input = equation.substr(0, comma);
    kernel = equation.substr(comma + 1, arrow - comma - 1);
    output = equation.substr(arrow + 2);
    const Ellipsis side = take_ellipsis(input);
    if (take_ellipsis(output) != side) fail(equation, "input and output have an ellipsis on the same side, or none");
    ellipsis = side;
    check(equation);
  }

  std::string input;
  std::string kernel;
  std::string output;
  Ellipsis ellipsis = Ellipsis::none;

 private:
  static Ellipsis take_ellipsis(std::string& term) {
    if (term.starts_with("...")) {
      term.erase(0, 3);
      return Ellipsis::left;
    }
    if (!term.ends_with("...")) return Ellipsis::none;
    term.erase(term.size() - 3);
    return Ellipsis::right;
  }
  void check(const std::string& equation) const {
    for (const std::string* term : {&input, &kernel, &output}) {
      const bool letters = std::all_of(term->begin(), term->end(),
                                       [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
      if (term->empty() || !letters) fail(equation, "input, kernel and output are named by letters, one an axis");
    }
    for (const char letter : output)
      if (!has(input, letter) && !has(kernel, letter))
        fail(equation, "the output has '" + std::string(1, letter) + "', which neither input nor kernel has");
    for (const char letter : kernel)
      if (!has(input, letter) && !has(output, letter))
        fail(equation, "the kernel has '" + std::string(1, letter) + "', which neither input nor output has");
  }
};

/// Sizes of the axes that the letters name, for inputs of one shape.
class Sizes {
 public:
  Sizes(const Layer& layer, const std::string& equation, const Parts& parts, const Shape& input, const Shape& output)
      : layer_(layer), equation_(equation), parts_(parts), input_(input) {
    const bool elides = parts.ellipsis != Parts::Ellipsis::none;
    if (elides ? input.rank() < parts.input.size() : input.rank() != parts.input.size())
      fail_inputs("the equation doesn't fit inputs of rank " + std::to_string(input.rank()));
    elided_ = input.rank() - parts.input.size();
    // The first axis of the output is the batch, which output_shape leaves out.
    const bool in_ellipsis = parts.ellipsis == Parts::Ellipsis::left && elided_ > 0;
    full_ = output;
    if (!in_ellipsis) full_.insert(0, input.front());
    if (full_.rank() != parts.output.size())
      fail_inputs("output_shape must have a size for each letter of the output but the batch, " +
                  std::to_string(parts.output.size() - (in_ellipsis ? 0 : 1)) + " for these inputs, but is " +
                  to_string(output));
    for (std::size_t i = 0; i < full_.rank(); ++i) check_shared(parts.output[i], full_.dims()[i]);
  }

  Shape kernel() const {
    Shape shape;
    for (const char letter : parts_.kernel) {
      std::int64_t size = has(parts_.output, letter) ? of_output(letter) : -1;
      if (size < 0 && has(parts_.input, letter)) size = of_input(letter);
      if (size < 0) fail_inputs("the size of the kernel's axis '" + std::string(1, letter) + "' must be known");
      shape.push_back(size);
    }
    return shape;
  }
  /// Sizes from the first axis of the bias on, 1 where it has none.
  Shape bias(const std::string& axes) const {
    Shape shape;
    for (const char letter : parts_.output) {
      const bool is_axis = has(axes, letter);
      if (!is_axis && shape.empty()) continue;
      const std::int64_t size = is_axis ? of_output(letter) : 1;
      if (size < 0) fail_inputs("the size of the bias's axis '" + std::string(1, letter) + "' must be known");
      shape.push_back(size);
    }
    if (parts_.ellipsis == Parts::Ellipsis::right)
      for (std::size_t i = 0; i < elided_; ++i) shape.push_back(1);
    return shape;
  }

 private:
  std::int64_t of_output(char letter) const { return full_.dims()[parts_.output.find(letter)]; }
  std::int64_t of_input(char letter) const {
    const std::size_t before = parts_.ellipsis == Parts::Ellipsis::left ? elided_ : 0;
    return input_.dims()[before + parts_.input.find(letter)];
  }
  void check_shared(char letter, std::int64_t wanted) const {
    if (!has(parts_.input, letter) || wanted < 0) return;
    const std::int64_t given = of_input(letter);
    if (given >= 0 && given != wanted)
      fail_inputs("input and output share the axis '" + std::string(1, letter) + "', but its size is " +
                  std::to_string(given) + " in the input and " + std::to_string(wanted) + " in output_shape");
  }
  [[noreturn]] void fail_inputs(const std::string& what) const {
    throw ShapeError(title(layer_) + ": " + what + ". Received: equation=\"" + equation_ + "\", inputs of shape " +
                     to_string(input_));
  }

  const Layer& layer_;
  const std::string& equation_;
  const Parts& parts_;
  Shape input_;
  Shape full_;  ///< of the output, without what is elided
  std::size_t elided_ = 0;
};

/// An initializer that scales with the numbers of inputs and outputs counts them by the equation, as no order of a
/// kernel's axes says which is which.
InitializerSpec with_axes(const InitializerSpec& initializer, const Parts& parts) {
  const initializers::Initializer* const object = initializer.object();
  const bool scales = object == nullptr || dynamic_cast<const initializers::VarianceScaling*>(object) != nullptr ||
                      dynamic_cast<const initializers::NamedVarianceScaling*>(object) != nullptr;
  if (!scales || initializer.is_empty()) return initializer;
  Config description = initializer.config().as_config();
  Config options = description.at("config").as_config();
  if (!options.contains("input_axes") || !options.at("input_axes").is_none()) return initializer;
  ConfigValue::List inputs;
  ConfigValue::List outputs;
  for (std::size_t i = 0; i < parts.kernel.size(); ++i)
    (has(parts.output, parts.kernel[i]) ? outputs : inputs).emplace_back(i);
  if (inputs.empty() || outputs.empty()) return initializer;
  options.set("input_axes", inputs);
  options.set("output_axes", outputs);
  description.set("config", options);
  return InitializerSpec::from_config(description);
}

}  // namespace

EinsumDense::EinsumDense(std::string equation, Shape output_shape, EinsumDenseOptions options)
    : CallableLayer(options.name),
      equation_(std::move(equation)),
      output_shape_(output_shape),
      options_(std::move(options)) {
  const Parts parts(equation_);
  for (const char letter : options_.bias_axes)
    if (!has(parts.output, letter))
      fail(equation_, "`bias_axes` has '" + std::string(1, letter) + "', which the output doesn't have");
  set_common(options_.trainable, options_.dtype);
  set_activity_regularizer(options_.activity_regularizer);
}

void EinsumDense::build(const Shape& input) {
  const Parts parts(equation_);
  const Sizes sizes(*this, equation_, parts, input, output_shape_);
  rank_ = input.rank();
  const EinsumDenseOptions& o = options_;
  kernel_ = add_weight("kernel", sizes.kernel(),
                       {.initializer = with_axes(o.kernel_initializer, parts),
                        .regularizer = o.kernel_regularizer,
                        .constraint = o.kernel_constraint});
  if (!o.bias_axes.empty())
    bias_ = add_weight(
        "bias", sizes.bias(o.bias_axes),
        {.initializer = o.bias_initializer, .regularizer = o.bias_regularizer, .constraint = o.bias_constraint});
}

Tensor EinsumDense::call(const Tensor& x, const CallContext& /*context*/) {
  if (x.rank() != rank_)
    throw ShapeError(title(*this) + " was built for inputs of rank " + std::to_string(rank_) +
                     ". Received: inputs of shape " + to_string(x.shape()));
  Tensor y = ops::einsum(equation_, {x, kernel_});
  if (!options_.bias_axes.empty()) y = y + bias_;
  return options_.activation(y);
}

Config EinsumDense::config() const {
  const auto bias_axes = options_.bias_axes.empty() ? std::nullopt : std::optional(options_.bias_axes);
  return written(einsum_options, equation_, output_shape_, bias_axes, options_);
}

EinsumDense EinsumDense::from_config(const Config& config) {
  std::string equation;
  Shape output_shape;
  std::optional<std::string> bias_axes;
  EinsumDenseOptions options;
  read(config, "EinsumDense", einsum_options, equation, output_shape, bias_axes, options);
  options.bias_axes = bias_axes.value_or("");
  return {std::move(equation), output_shape, std::move(options)};
}

}  // namespace keratin::inline v0::layers
