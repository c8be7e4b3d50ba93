#include "ops/op_trace.h"

#include <algorithm>
#include <cmath>
#include <memory_resource>
#include <string>
#include <string_view>

#include "core/element_convert.h"
#include "graph/gradients.h"
#include "ops/registry.h"
#include "support/evaluate.h"

namespace keratin::test {
namespace {

/// A seed for each row and input: the same everywhere, as std::hash need not be (FNV-1a).
std::uint64_t seed_of(std::string_view name, std::size_t index) {
  std::uint64_t hash = 0xcbf29ce484222325u + index;
  for (const char letter : name) hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3u;
  return hash;
}

bool is_batched(const Input& input) { return input.batched && input.values.empty() && input.shape.rank() > 0; }

Array drawn(const Input& input, const Shape& shape, DType dtype, std::uint64_t seed) {
  if (!input.values.empty()) return Array::copy_of(input.values).reshaped(shape).astype(dtype);
  const bool whole = !is_floating(dtype);
  const bool is_unsigned = dtype == boolean || dtype == uint8 || dtype == uint16 || dtype == uint32 || dtype == uint64;
  const double low = is_unsigned ? std::max(0.0, input.low) : input.low;
  Array values = Array::random_uniform(shape, {.seed = seed}).astype(float64);
  for (double& value : values.mutable_data<double>()) {
    if (dtype == boolean) {
      value = value < 0.5 ? 0.0 : 1.0;
    } else if (whole) {
      value = std::floor(low + value * (input.high - low + 1.0));
    } else {
      value = low + value * (input.high - low);
    }
  }
  return values.astype(dtype);
}

// sum(y0 · w0) + sum(y1 · w1) + …: an op of the harness alone, so that gradients can be asked for without other ops.
void probe_shape(const graph::InferContext& context) { context.outputs[0] = {context.inputs[0].dtype, {}}; }

void probe_gradient(graph::GradientContext& context) {
  for (std::size_t i = 0; i < context.inputs.size(); i += 2) context.input_gradients[i] = context.inputs[i + 1];
}

class ProbeKernel final : public graph::Kernel {
 public:
  explicit ProbeKernel(const graph::KernelRequest& request) : dtype_(request.outputs[0].dtype) {
    for (const graph::Spec& spec : request.inputs) counts_.push_back(spec.elements());
  }
  void run(const graph::KernelArguments& arguments) const override {
    core::visit_element_type(dtype_, [&]<class T>(std::type_identity<T>) {
      if constexpr (std::is_floating_point_v<T>) arguments.output<T>()[0] = static_cast<T>(sum<T>(arguments));
    });
  }

 private:
  template <class T>
  double sum(const graph::KernelArguments& arguments) const {
    double total = 0;
    for (std::size_t i = 0; i < counts_.size(); i += 2)
      for (std::int64_t j = 0; j < counts_[i]; ++j)
        total += double{arguments.input<T>(i)[j]} * double{arguments.input<T>(i + 1)[j]};
    return total;
  }

  DType dtype_;
  std::vector<std::int64_t> counts_;
};

graph::KernelPtr probe_kernel(const graph::KernelRequest& request) {
  return graph::make_kernel<ProbeKernel>(request, request);
}

const graph::OpDef probe_op{
    .name = "probe", .inputs = -1, .infer = probe_shape, .gradient = probe_gradient, .kernel = probe_kernel};

}  // namespace

std::vector<Array> draw(const OpRow& row, DType dtype, std::optional<std::int64_t> batch) {
  std::vector<Array> arrays;
  for (std::size_t i = 0; i < row.inputs.size(); ++i) {
    const Input& input = row.inputs[i];
    Shape shape = input.shape;
    if (batch && is_batched(input)) shape[0] = *batch;
    arrays.push_back(drawn(input, shape, input.dtype.value_or(dtype), seed_of(row.name, i)));
  }
  return arrays;
}

std::vector<graph::Spec> specs_of(const OpRow& row, std::span<const Array> inputs, bool symbolic) {
  std::vector<graph::Spec> specs;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    graph::Spec& spec = specs.emplace_back(graph::Spec{inputs[i].dtype(), inputs[i].shape()});
    if (symbolic && is_batched(row.inputs[i])) spec.shape[0] = -1;
  }
  return specs;
}

Trace::Trace(const OpRow& row, std::span<const graph::Spec> inputs)
    : row_(row), builder_(std::pmr::get_default_resource(), "the graph of row " + row.name) {
  const graph::Builder::Current current(builder_);
  for (std::size_t i = 0; i < inputs.size(); ++i) inputs_.push_back(builder_.input(inputs[i], "x" + std::to_string(i)));
  outputs_ = row.build(inputs_);
}

bool Trace::add_probe() {
  std::vector<Tensor> terms;
  for (const Tensor& output : outputs_) {
    const graph::Spec spec = builder_.graph().spec(builder_.id(output));
    Tensor& weight = weights_.emplace_back();
    if (!is_floating(spec.dtype) || (!terms.empty() && terms[0].dtype() != spec.dtype)) continue;
    weight = builder_.input(spec, "w" + std::to_string(weights_.size() - 1));
    terms.insert(terms.end(), {output, weight});
  }
  if (!terms.empty()) probe_ = builder_.append_one(probe_op, terms, {});
  return !terms.empty();
}

void Trace::add_gradients() {
  const graph::Builder::Current current(builder_);
  gradients_ = graph::gradients(probe_, inputs_, ops::gradient_ops());
}

std::vector<Array> Trace::run(std::span<const Tensor> results, std::span<const Array> inputs, int threads,
                              int in_place) {
  builder_.finish(results);
  return evaluate(builder_.graph(), inputs, {.threads = threads, .in_place_input = in_place}).outputs;
}

std::vector<Array> Trace::run_outputs(std::span<const Array> inputs, int threads) {
  return run(outputs_, inputs, threads, -1);
}

double Trace::run_probe(std::span<const Array> inputs) { return run({&probe_, 1}, inputs, 1, -1)[0].item<double>(); }

std::vector<Array> Trace::run_all(std::span<const Array> inputs, int in_place_input) {
  std::vector<Tensor> results = outputs_;
  for (const Tensor& gradient : gradients_)
    if (!gradient.is_empty()) results.push_back(gradient);
  std::vector<Array> arrays = run(results, inputs, 1, in_place_input);
  for (std::size_t i = 0; i < gradients_.size(); ++i)
    if (gradients_[i].is_empty())
      arrays.insert(arrays.begin() + static_cast<std::ptrdiff_t>(outputs_.size() + i),
                    Array::zeros(inputs[i].shape(), inputs[i].dtype()));
  return arrays;
}

std::vector<Array> Trace::with_weights(std::span<const Array> inputs) {
  // The outputs' shapes are known once they have been computed, without the probe.
  Trace forward(row_, specs_of(row_, inputs));
  const std::vector<Array> outputs = forward.run_outputs(inputs);
  std::vector<Array> all(inputs.begin(), inputs.end());
  for (std::size_t i = 0; i < outputs.size(); ++i)
    if (!weights_[i].is_empty())
      all.push_back(Array::random_uniform(outputs[i].shape(), {.minval = -1, .seed = seed_of("weights", i)})
                        .astype(outputs[i].dtype()));
  return all;
}

}  // namespace keratin::test
