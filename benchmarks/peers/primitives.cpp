// Compiled for this machine (see CMakeLists.txt): a bound should be as low as it gets.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <unordered_map>

#include <oneapi/dnnl/dnnl.hpp>

#include "core/parallel.h"
#include "peers/peer.h"

namespace peers {
namespace {

using dnnl::memory;
using Tag = memory::format_tag;

memory::desc matrix(std::int64_t rows, std::int64_t columns, Tag tag = Tag::ab) {
  return {{rows, columns}, memory::data_type::f32, tag};
}

/// The primitives of a step, one after another.
class Chain {
 public:
  void run() {
    for (const Link& link : links_) link.primitive.execute(stream_, link.arguments);
    stream_.wait();
  }

  void dense(std::int64_t batch, std::int64_t from, std::int64_t to, bool relu, bool needs_input_gradient) {
    const memory::desc x = matrix(batch, from);
    const memory::desc w = matrix(to, from, Tag::any);
    const memory::desc bias({to}, memory::data_type::f32, Tag::x);
    const memory::desc y = matrix(batch, to, Tag::any);
    const dnnl::inner_product_forward::desc forward(dnnl::prop_kind::forward_training, x, w, bias, y);
    const dnnl::inner_product_forward::primitive_desc plain(forward, engine_);
    const dnnl::inner_product_forward::primitive_desc fused(forward, relu_after(relu), engine_);
    add(dnnl::inner_product_forward(fused), {{DNNL_ARG_SRC, make(fused.src_desc())},
                                             {DNNL_ARG_WEIGHTS, make(fused.weights_desc())},
                                             {DNNL_ARG_BIAS, make(fused.bias_desc())},
                                             {DNNL_ARG_DST, make(fused.dst_desc())}});
    const dnnl::inner_product_backward_weights::primitive_desc dw({x, w, bias, y}, engine_, plain);
    add(dnnl::inner_product_backward_weights(dw), {{DNNL_ARG_SRC, make(dw.src_desc())},
                                                   {DNNL_ARG_DIFF_WEIGHTS, make(dw.diff_weights_desc())},
                                                   {DNNL_ARG_DIFF_BIAS, make(dw.diff_bias_desc())},
                                                   {DNNL_ARG_DIFF_DST, make(dw.diff_dst_desc())}});
    if (!needs_input_gradient) return;
    const dnnl::inner_product_backward_data::primitive_desc dx({x, w, y}, engine_, plain);
    add(dnnl::inner_product_backward_data(dx), {{DNNL_ARG_DIFF_SRC, make(dx.diff_src_desc())},
                                                {DNNL_ARG_WEIGHTS, make(dx.weights_desc())},
                                                {DNNL_ARG_DIFF_DST, make(dx.diff_dst_desc())}});
  }

  void relu_gradient(std::int64_t rows, std::int64_t columns) {
    const memory::desc x = matrix(rows, columns);
    const auto relu = dnnl::algorithm::eltwise_relu;
    const dnnl::eltwise_forward::primitive_desc forward({dnnl::prop_kind::forward_training, relu, x, 0.0f}, engine_);
    const dnnl::eltwise_backward::primitive_desc backward({relu, x, x, 0.0f}, engine_, forward);
    add(dnnl::eltwise_backward(backward),
        {{DNNL_ARG_SRC, make(x)}, {DNNL_ARG_DIFF_DST, make(x)}, {DNNL_ARG_DIFF_SRC, make(x)}});
  }

  void softmax(std::int64_t rows, std::int64_t columns) {
    const memory::desc x = matrix(rows, columns);
    const dnnl::softmax_forward::primitive_desc forward({dnnl::prop_kind::forward_training, x, 1}, engine_);
    const dnnl::softmax_backward::primitive_desc backward({x, x, 1}, engine_, forward);
    add(dnnl::softmax_forward(forward), {{DNNL_ARG_SRC, make(x)}, {DNNL_ARG_DST, make(x)}});
    add(dnnl::softmax_backward(backward),
        {{DNNL_ARG_DST, make(x)}, {DNNL_ARG_DIFF_DST, make(x)}, {DNNL_ARG_DIFF_SRC, make(x)}});
  }

 private:
  struct Link {
    dnnl::primitive primitive;
    std::unordered_map<int, memory> arguments;
  };

  void add(dnnl::primitive primitive, std::unordered_map<int, memory> arguments) {
    links_.push_back({std::move(primitive), std::move(arguments)});
  }

  memory make(const memory::desc& desc) const {
    memory made(desc, engine_);
    const std::size_t count = desc.get_size() / sizeof(float);
    auto* const values = static_cast<float*>(made.get_data_handle());
    for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i * 7 % 13) / 13.0f - 0.5f;
    return made;
  }

  static dnnl::primitive_attr relu_after(bool relu) {
    dnnl::primitive_attr attributes;
    dnnl::post_ops after;
    if (relu) after.append_eltwise(1.0f, dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
    attributes.set_post_ops(after);
    return attributes;
  }

  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  std::vector<Link> links_;
};

/// All parameters of a model in one block.
class Adam {
 public:
  explicit Adam(std::size_t count)
      : value_(count, 0.1f), momentum_(count, 0.1f), velocity_(count, 0.1f), gradient_(count, 0.1f) {}

  void run() {
    const auto count = static_cast<std::ptrdiff_t>(value_.size());
    float* const p = value_.data();
    float* const m = momentum_.data();
    float* const v = velocity_.data();
    const float* const g = gradient_.data();
    constexpr std::ptrdiff_t worth_two_threads = 20000;
#pragma omp parallel for simd schedule(static) if (count > worth_two_threads)
    for (std::ptrdiff_t i = 0; i < count; ++i) {
      m[i] += 0.1f * (g[i] - m[i]);
      v[i] += 0.001f * (g[i] * g[i] - v[i]);
      p[i] -= 1e-3f * m[i] / (std::sqrt(v[i]) + 1e-7f);
    }
  }

 private:
  std::vector<float> value_;
  std::vector<float> momentum_;
  std::vector<float> velocity_;
  std::vector<float> gradient_;
};

}  // namespace

Steps primitives(const Workload& workload, int threads) {
  const keratin::core::OpenMpThreads limit(threads);
  auto chain = std::make_shared<Chain>();
  std::size_t parameters = 0;
  const std::size_t layers = workload.widths.size() - 1;
  for (std::size_t i = 0; i < layers; ++i) {
    const std::int64_t from = workload.widths[i];
    const std::int64_t to = workload.widths[i + 1];
    const bool last = i + 1 == layers;
    chain->dense(workload.batch, from, to, !last, i > 0);
    if (!last) chain->relu_gradient(workload.batch, to);
    parameters += static_cast<std::size_t>((from + 1) * to);
  }
  chain->softmax(workload.batch, workload.widths.back());
  auto adam = std::make_shared<Adam>(parameters);
  return [chain, adam, threads](int steps) {
    const keratin::core::OpenMpThreads same_limit(threads);
    for (int i = 0; i < steps; ++i) {
      chain->run();
      adam->run();
    }
  };
}

}  // namespace peers
