#include "kernels/attention/attention.h"

#include <algorithm>

#include "core/rounded_up.h"
#include "kernels/attention/geometry.h"
#include "kernels/attention/products.h"

namespace keratin::inline v0::kernels {
namespace {

using attending::Geometry;
using attending::MaskRows;
using attending::Product;
using graph::KernelArguments;

/// Takes arrays off a part's workspace, one after the other.
template <class T>
class Buffers {
 public:
  explicit Buffers(std::byte* start) noexcept : next_(start) {}
  T* take(std::int64_t elements) noexcept {
    auto* const taken = reinterpret_cast<T*>(next_);
    next_ += bytes_of(elements);
    return taken;
  }
  static std::size_t bytes_of(std::int64_t elements) noexcept {
    return core::rounded_up<std::size_t>(static_cast<std::size_t>(elements) * sizeof(T), 64);
  }

 private:
  std::byte* next_;
};

/// A head's vectors, `step` apart, one behind the other, times a factor.
template <class T>
void pack(const T* from, std::int64_t step, std::int64_t count, std::int64_t width, T factor, T* to) noexcept {
  for (; count > 0; --count, from += step, to += width)
    for (std::int64_t i = 0; i < width; ++i) to[i] = from[i] * factor;
}

/// As columns: panels of key_panel vectors, each [width, vectors].
template <class T>
void pack_columns(const T* from, std::int64_t step, std::int64_t count, std::int64_t width, T* to) noexcept {
  for (std::int64_t first = 0; first < count; first += attending::key_panel)
    attending::transpose(from + first * step, step, std::min(attending::key_panel, count - first), width,
                         to + first * width);
}

/// c[rows, keys] = a[rows, width] · packed columns.
template <class T>
void times_columns(const T* a, std::int64_t rows, std::int64_t width, const T* columns, std::int64_t keys,
                   T* c) noexcept {
  for (std::int64_t first = 0; first < keys; first += attending::key_panel) {
    const std::int64_t count = std::min(attending::key_panel, keys - first);
    attending::multiply(Product<T>{.m = rows,
                                   .n = count,
                                   .k = width,
                                   .a = a,
                                   .a_row = width,
                                   .b = columns + first * width,
                                   .b_row = count,
                                   .c = c + first,
                                   .c_row = keys});
  }
}

/// c[rows, width] = a[rows, keys] · b[keys, width], a block of keys at a time.
template <class T>
void times_rows(const T* a, std::int64_t rows, std::int64_t keys, const T* b, std::int64_t width, T* c,
                std::int64_t c_row) noexcept {
  for (std::int64_t first = 0; first == 0 || first < keys; first += attending::key_block)
    attending::multiply(Product<T>{.m = rows,
                                   .n = width,
                                   .k = std::min(attending::key_block, keys - first),
                                   .a = a + first,
                                   .a_row = keys,
                                   .b = b + first * width,
                                   .b_row = width,
                                   .c = c,
                                   .c_row = c_row,
                                   .adds = first > 0});
}

/// Parts that are worth a thread each.
std::int64_t parts_of(const Geometry& geometry, std::int64_t tasks, int threads) noexcept {
  if (geometry.operations() < 5e5) return 1;
  return std::clamp<std::int64_t>(tasks, 1, threads);
}

template <class T>
class Attention final : public graph::Kernel {
 public:
  explicit Attention(const graph::KernelRequest& request)
      : g_(request, 3), scale_(static_cast<T>(request.attributes.get<double>("scale"))) {
    // Where there are fewer heads than threads, these share a head's queries.
    const std::int64_t items = std::max<std::int64_t>(1, g_.items());
    splits_ =
        std::clamp<std::int64_t>((request.threads + items - 1) / items, 1, std::max<std::int64_t>(1, g_.blocks()));
    parts_ = parts_of(g_, g_.items() * splits_, request.threads);
  }

  std::size_t workspace_bytes() const noexcept override { return static_cast<std::size_t>(parts_) * part_bytes(); }

  void run(const KernelArguments& arguments) const override {
    const std::int64_t tasks = g_.items() * splits_;
    arguments.parallel(parts_, 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t part = first; part < last; ++part)
        run_tasks(arguments, tasks * part / parts_, tasks * (part + 1) / parts_,
                  arguments.workspace + static_cast<std::size_t>(part) * part_bytes());
    });
  }

 private:
  using Of = Buffers<T>;
  std::size_t part_bytes() const noexcept {
    return Of::bytes_of(g_.keys * g_.size) + Of::bytes_of(g_.keys * g_.value_size) +
           Of::bytes_of(g_.query_block * g_.keys) + Of::bytes_of(g_.query_block * g_.size);
  }

  void run_tasks(const KernelArguments& arguments, std::int64_t first, std::int64_t last,
                 std::byte* workspace) const noexcept {
    Of buffers(workspace);
    T* const keys = buffers.take(g_.keys * g_.size);
    T* const values = buffers.take(g_.keys * g_.value_size);
    T* const scores = buffers.take(g_.query_block * g_.keys);
    T* const queries = buffers.take(g_.query_block * g_.size);
    std::int64_t packed = -1;
    for (std::int64_t task = first; task < last; ++task) {
      const std::int64_t item = task / splits_;
      if (item != packed) {
        pack_columns(arguments.input<T>(1) + g_.first(item, g_.keys, g_.size), g_.heads * g_.size, g_.keys, g_.size,
                     keys);
        pack(arguments.input<T>(2) + g_.first(item, g_.keys, g_.value_size), g_.heads * g_.value_size, g_.keys,
             g_.value_size, T{1}, values);
        packed = item;
      }
      const std::int64_t split = task % splits_;
      for (std::int64_t block = g_.blocks() * split / splits_; block < g_.blocks() * (split + 1) / splits_; ++block)
        run_block(arguments, item, block * g_.query_block, keys, values, scores, queries);
    }
  }

  void run_block(const KernelArguments& arguments, std::int64_t item, std::int64_t query, const T* keys,
                 const T* values, T* scores, T* queries) const noexcept {
    const std::int64_t rows = std::min(g_.query_block, g_.queries - query);
    const std::int64_t step = g_.heads * g_.size;
    pack(arguments.input<T>(0) + g_.first(item, g_.queries, g_.size) + query * step, step, rows, g_.size, scale_,
         queries);
    times_columns(queries, rows, g_.size, keys, g_.keys, scores);
    if (g_.masked)
      MaskRows(g_, arguments.inputs[3], item, query)
          .hide(scores, rows, g_.keys, static_cast<T>(attending::hidden_score));
    if (g_.keys > 0) attending::softmax(scores, rows, g_.keys);
    const std::int64_t value_step = g_.heads * g_.value_size;
    times_rows(scores, rows, g_.keys, values, g_.value_size,
               arguments.output<T>() + g_.first(item, g_.queries, g_.value_size) + query * value_step, value_step);
  }

  Geometry g_;
  T scale_;
  std::int64_t splits_;
  std::int64_t parts_;
};

template <class T>
class AttentionGradient final : public graph::Kernel {
 public:
  explicit AttentionGradient(const graph::KernelRequest& request)
      : g_(request, 4),
        scale_(static_cast<T>(request.attributes.get<double>("scale"))),
        parts_(parts_of(g_, g_.items(), request.threads)) {}

  std::size_t workspace_bytes() const noexcept override { return static_cast<std::size_t>(parts_) * part_bytes(); }

  void run(const KernelArguments& arguments) const override {
    arguments.parallel(parts_, 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t part = first; part < last; ++part) {
        const Buffered buffers(g_, arguments.workspace + static_cast<std::size_t>(part) * part_bytes());
        for (std::int64_t item = g_.items() * part / parts_; item < g_.items() * (part + 1) / parts_; ++item)
          run_item(arguments, item, buffers);
      }
    });
  }

 private:
  using Of = Buffers<T>;

  /// What lies in a part's workspace. Of one item …
  struct Buffered {
    T* key_columns;
    T* value_columns;
    T* keys;  ///< times the scale
    // … and of the block of queries at hand.
    T* shares;
    T* gradients;  ///< of the shares, then of the scores
    T* queries;    ///< times the scale
    T* results;    ///< gradients of the results

    Buffered(const Geometry& g, std::byte* workspace) noexcept {
      Of buffers(workspace);
      key_columns = buffers.take(g.keys * g.size);
      value_columns = buffers.take(g.keys * g.value_size);
      keys = buffers.take(g.keys * g.size);
      shares = buffers.take(g.query_block * g.keys);
      gradients = buffers.take(g.query_block * g.keys);
      queries = buffers.take(g.query_block * g.size);
      results = buffers.take(g.query_block * g.value_size);
    }
  };
  std::size_t part_bytes() const noexcept {
    return 2 * Of::bytes_of(g_.keys * g_.size) + Of::bytes_of(g_.keys * g_.value_size) +
           2 * Of::bytes_of(g_.query_block * g_.keys) + Of::bytes_of(g_.query_block * g_.size) +
           Of::bytes_of(g_.query_block * g_.value_size);
  }

  void run_item(const KernelArguments& arguments, std::int64_t item, const Buffered& b) const noexcept {
    const std::int64_t step = g_.heads * g_.size;
    const T* const key = arguments.input<T>(1) + g_.first(item, g_.keys, g_.size);
    pack_columns(key, step, g_.keys, g_.size, b.key_columns);
    pack(key, step, g_.keys, g_.size, scale_, b.keys);
    pack_columns(arguments.input<T>(2) + g_.first(item, g_.keys, g_.value_size), g_.heads * g_.value_size, g_.keys,
                 g_.value_size, b.value_columns);
    for (std::int64_t query = 0; query == 0 || query < g_.queries; query += g_.query_block)
      run_block(arguments, item, query, b);
  }

  void run_block(const KernelArguments& arguments, std::int64_t item, std::int64_t query,
                 const Buffered& b) const noexcept {
    const std::int64_t rows = std::min(g_.query_block, g_.queries - query);
    const std::int64_t step = g_.heads * g_.size;
    const std::int64_t value_step = g_.heads * g_.value_size;
    const std::int64_t at = g_.first(item, g_.queries, g_.size) + query * step;
    const MaskRows mask(g_, g_.masked ? arguments.inputs[4] : nullptr, item, query);
    pack(arguments.input<T>(0) + at, step, rows, g_.size, scale_, b.queries);
    pack(arguments.input<T>(3) + g_.first(item, g_.queries, g_.value_size) + query * value_step, value_step, rows,
         g_.value_size, T{1}, b.results);
    times_columns(b.queries, rows, g_.size, b.key_columns, g_.keys, b.shares);
    mask.hide(b.shares, rows, g_.keys, static_cast<T>(attending::hidden_score));
    if (g_.keys > 0) attending::softmax(b.shares, rows, g_.keys);
    times_columns(b.results, rows, g_.value_size, b.value_columns, g_.keys, b.gradients);
    add_outer(b.shares, rows, b.results, g_.value_size, arguments.output<T>(2) + g_.first(item, g_.keys, g_.value_size),
              query > 0);
    if (g_.keys > 0) attending::softmax_gradient(b.shares, b.gradients, rows, g_.keys);
    mask.hide(b.gradients, rows, g_.keys, T{0});
    add_outer(b.gradients, rows, b.queries, g_.size, arguments.output<T>(1) + g_.first(item, g_.keys, g_.size),
              query > 0);
    times_rows(b.gradients, rows, g_.keys, b.keys, g_.size, arguments.output<T>() + at, step);
  }

  /// to[keys, width] = a[rows, keys]ᵀ · b[rows, width], or is added to.
  void add_outer(const T* a, std::int64_t rows, const T* b, std::int64_t width, T* to, bool adds) const noexcept {
    attending::multiply(Product<T>{.m = g_.keys,
                                   .n = width,
                                   .k = rows,
                                   .a = a,
                                   .a_row = 1,
                                   .a_column = g_.keys,
                                   .b = b,
                                   .b_row = width,
                                   .c = to,
                                   .c_row = g_.heads * width,
                                   .adds = adds});
  }

  Geometry g_;
  T scale_;
  std::int64_t parts_;
};

}  // namespace

graph::KernelPtr attention_kernel(const graph::KernelRequest& request) {
  if (request.inputs[0].dtype == float64) return graph::make_kernel<Attention<double>>(request, request);
  return graph::make_kernel<Attention<float>>(request, request);
}

graph::KernelPtr attention_gradient_kernel(const graph::KernelRequest& request) {
  if (request.inputs[0].dtype == float64) return graph::make_kernel<AttentionGradient<double>>(request, request);
  return graph::make_kernel<AttentionGradient<float>>(request, request);
}

}  // namespace keratin::inline v0::kernels
