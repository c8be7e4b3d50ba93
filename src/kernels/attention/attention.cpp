#include "kernels/attention/attention.h"

#include <algorithm>

#include "core/rounded_up.h"
#include "kernels/attention/geometry.h"
#include "kernels/attention/products.h"
#include "kernels/workspace_slots.h"

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

/// Those of a block of queries; then zeros, for columns that no query has. Side by side, too.
template <class T>
void pack_queries(const T* from, std::int64_t step, std::int64_t count, std::int64_t width, T factor, T* rows,
                  T* columns) noexcept {
  pack(from, step, count, width, factor, rows);
  const std::int64_t padded = Geometry::padded(count);
  std::fill(rows + count * width, rows + padded * width, T{0});
  attending::transpose(rows, width, padded, width, columns);
}

/// to[queries, width] = a[keys, queries]ᵀ · b[keys, width], a block of keys at a time. a's rows are padded.
template <class T>
void times_keys(const T* a, std::int64_t queries, std::int64_t keys, const T* b, std::int64_t width, T* to,
                std::int64_t to_row) noexcept {
  const std::int64_t columns = Geometry::padded(queries);
  for (std::int64_t first = 0; first == 0 || first < keys; first += attending::key_block)
    attending::multiply(Product<T>{.m = queries,
                                   .n = width,
                                   .k = std::min(attending::key_block, keys - first),
                                   .a = a + first * columns,
                                   .a_row = 1,
                                   .a_column = columns,
                                   .b = b + first * width,
                                   .b_row = width,
                                   .c = to,
                                   .c_row = to_row,
                                   .adds = first > 0});
}

/// to[keys, queries] = an item's vectors of keys or values, as they lie, times columns of a block of queries.
template <class T>
void times_queries(const Geometry& g, const T* vectors, std::int64_t item, std::int64_t width, const T* columns,
                   std::int64_t queries, T* to) noexcept {
  const std::int64_t padded = Geometry::padded(queries);
  attending::multiply(Product<T>{.m = g.keys,
                                 .n = padded,
                                 .k = width,
                                 .a = vectors + g.first(item, g.keys, width),
                                 .a_row = g.heads * width,
                                 .b = columns,
                                 .b_row = padded,
                                 .c = to,
                                 .c_row = padded});
}

/// Parts that are worth a thread; there may be more of them than threads.
std::int64_t parts_of(const Geometry& geometry, std::int64_t tasks, int threads) noexcept {
  if (geometry.operations() < 5e5) return 1;
  return std::clamp<std::int64_t>(tasks, 1, WorkspaceSlots::parts_for(threads));
}

/// What both kernels share: tasks, cut into parts that take turns in rooms of the workspace.
template <class T>
class Parts {
 public:
  Parts(const Geometry& geometry, std::int64_t tasks, int threads, std::size_t room_bytes)
      : tasks_(tasks),
        parts_(parts_of(geometry, tasks, threads)),
        rooms_(WorkspaceSlots::rooms_for(parts_, threads)),
        room_bytes_(room_bytes) {}

  std::size_t workspace_bytes() const noexcept {
    return WorkspaceSlots::bytes + static_cast<std::size_t>(rooms_) * room_bytes_;
  }

  /// Calls f(first task, last task, room) for each part.
  template <class F>
  void run(const KernelArguments& arguments, F&& f) const {
    WorkspaceSlots slots(arguments.workspace);
    arguments.parallel(parts_, 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t part = first; part < last; ++part)
        slots.with_room([&](std::int64_t room) {
          f(tasks_ * part / parts_, tasks_ * (part + 1) / parts_,
            Buffers<T>(arguments.workspace + WorkspaceSlots::bytes + static_cast<std::size_t>(room) * room_bytes_));
        });
    });
  }

 private:
  std::int64_t tasks_;
  std::int64_t parts_;
  std::int64_t rooms_;
  std::size_t room_bytes_;
};

template <class T>
class Attention final : public graph::Kernel {
 public:
  explicit Attention(const graph::KernelRequest& request)
      : g_(request, 3),
        scale_(static_cast<T>(request.attributes.get<double>("scale"))),
        splits_(splits_of(g_, request.threads)),
        parts_(g_, g_.items() * splits_, request.threads, room_bytes(g_)) {}

  std::size_t workspace_bytes() const noexcept override { return parts_.workspace_bytes(); }

  void run(const KernelArguments& arguments) const override {
    parts_.run(arguments, [&](std::int64_t first, std::int64_t last, Buffers<T> buffers) {
      run_tasks(arguments, first, last, Room(g_, buffers));
    });
  }

 private:
  /// Where there are fewer heads than threads, these share a head's queries.
  static std::int64_t splits_of(const Geometry& g, int threads) noexcept {
    const std::int64_t items = std::max<std::int64_t>(1, g.items());
    return std::clamp<std::int64_t>((threads + items - 1) / items, 1, std::max<std::int64_t>(1, g.blocks()));
  }

  /// What lies in a room.
  struct Room {
    T* values;
    T* scores;
    T* queries;  ///< times the scale, as are
    T* query_columns;

    Room(const Geometry& g, Buffers<T>& buffers) noexcept
        : values(buffers.take(g.keys * g.value_size)),
          scores(buffers.take(g.query_block * g.keys)),
          queries(buffers.take(g.query_block * g.size)),
          query_columns(buffers.take(g.query_block * g.size)) {}
  };
  static std::size_t room_bytes(const Geometry& g) noexcept {
    using Of = Buffers<T>;
    return Of::bytes_of(g.keys * g.value_size) + Of::bytes_of(g.query_block * g.keys) +
           2 * Of::bytes_of(g.query_block * g.size);
  }

  void run_tasks(const KernelArguments& arguments, std::int64_t first, std::int64_t last,
                 const Room& room) const noexcept {
    std::int64_t packed = -1;
    for (std::int64_t task = first; task < last; ++task) {
      const std::int64_t item = task / splits_;
      if (item != packed) pack_values(arguments, item, room);
      packed = item;
      const std::int64_t split = task % splits_;
      for (std::int64_t block = g_.blocks() * split / splits_; block < g_.blocks() * (split + 1) / splits_; ++block)
        run_block(arguments, item, block * g_.query_block, room);
    }
  }

  void pack_values(const KernelArguments& arguments, std::int64_t item, const Room& room) const noexcept {
    pack(arguments.input<T>(2) + g_.first(item, g_.keys, g_.value_size), g_.heads * g_.value_size, g_.keys,
         g_.value_size, T{1}, room.values);
  }

  void run_block(const KernelArguments& arguments, std::int64_t item, std::int64_t query,
                 const Room& room) const noexcept {
    const std::int64_t queries = std::min(g_.query_block, g_.queries - query);
    const std::int64_t step = g_.heads * g_.size;
    pack_queries(arguments.input<T>(0) + g_.first(item, g_.queries, g_.size) + query * step, step, queries, g_.size,
                 scale_, room.queries, room.query_columns);
    times_queries(g_, arguments.input<T>(1), item, g_.size, room.query_columns, queries, room.scores);
    if (g_.masked)
      MaskRows(g_, arguments.inputs[3], item, query)
          .hide(room.scores, queries, g_.keys, static_cast<T>(attending::hidden_score));
    if (g_.keys > 0) attending::softmax(room.scores, g_.keys, Geometry::padded(queries));
    const std::int64_t value_step = g_.heads * g_.value_size;
    times_keys(room.scores, queries, g_.keys, room.values, g_.value_size,
               arguments.output<T>() + g_.first(item, g_.queries, g_.value_size) + query * value_step, value_step);
  }

  Geometry g_;
  T scale_;
  std::int64_t splits_;
  Parts<T> parts_;
};

template <class T>
class AttentionGradient final : public graph::Kernel {
 public:
  explicit AttentionGradient(const graph::KernelRequest& request)
      : g_(request, 4),
        scale_(static_cast<T>(request.attributes.get<double>("scale"))),
        parts_(g_, g_.items(), request.threads, room_bytes(g_)) {}

  std::size_t workspace_bytes() const noexcept override { return parts_.workspace_bytes(); }

  void run(const KernelArguments& arguments) const override {
    parts_.run(arguments, [&](std::int64_t first, std::int64_t last, Buffers<T> buffers) {
      const Room room(g_, buffers);
      for (std::int64_t item = first; item < last; ++item) run_item(arguments, item, room);
    });
  }

 private:
  /// What lies in a room. Of one item …
  struct Room {
    T* keys;  ///< times the scale
    // … and of the block of queries at hand.
    T* shares;
    T* gradients;  ///< of the shares, then of the scores
    T* queries;    ///< times the scale, as are
    T* query_columns;
    T* results;  ///< gradients of the results
    T* result_columns;

    Room(const Geometry& g, Buffers<T>& buffers) noexcept
        : keys(buffers.take(g.keys * g.size)),
          shares(buffers.take(g.query_block * g.keys)),
          gradients(buffers.take(g.query_block * g.keys)),
          queries(buffers.take(g.query_block * g.size)),
          query_columns(buffers.take(g.query_block * g.size)),
          results(buffers.take(g.query_block * g.value_size)),
          result_columns(buffers.take(g.query_block * g.value_size)) {}
  };
  static std::size_t room_bytes(const Geometry& g) noexcept {
    using Of = Buffers<T>;
    return Of::bytes_of(g.keys * g.size) + 2 * Of::bytes_of(g.query_block * g.keys) +
           2 * Of::bytes_of(g.query_block * g.size) + 2 * Of::bytes_of(g.query_block * g.value_size);
  }

  void run_item(const KernelArguments& arguments, std::int64_t item, const Room& room) const noexcept {
    pack(arguments.input<T>(1) + g_.first(item, g_.keys, g_.size), g_.heads * g_.size, g_.keys, g_.size, scale_,
         room.keys);
    for (std::int64_t query = 0; query == 0 || query < g_.queries; query += g_.query_block)
      run_block(arguments, item, query, room);
  }

  void run_block(const KernelArguments& arguments, std::int64_t item, std::int64_t query,
                 const Room& room) const noexcept {
    const std::int64_t queries = std::min(g_.query_block, g_.queries - query);
    const std::int64_t columns = Geometry::padded(queries);
    const std::int64_t step = g_.heads * g_.size;
    const std::int64_t value_step = g_.heads * g_.value_size;
    const std::int64_t at = g_.first(item, g_.queries, g_.size) + query * step;
    const MaskRows mask(g_, g_.masked ? arguments.inputs[4] : nullptr, item, query);
    pack_queries(arguments.input<T>(0) + at, step, queries, g_.size, scale_, room.queries, room.query_columns);
    pack_queries(arguments.input<T>(3) + g_.first(item, g_.queries, g_.value_size) + query * value_step, value_step,
                 queries, g_.value_size, T{1}, room.results, room.result_columns);
    times_queries(g_, arguments.input<T>(1), item, g_.size, room.query_columns, queries, room.shares);
    mask.hide(room.shares, queries, g_.keys, static_cast<T>(attending::hidden_score));
    if (g_.keys > 0) attending::softmax(room.shares, g_.keys, columns);
    times_queries(g_, arguments.input<T>(2), item, g_.value_size, room.result_columns, queries, room.gradients);
    add_for_keys(room.shares, queries, room.results, g_.value_size,
                 arguments.output<T>(2) + g_.first(item, g_.keys, g_.value_size), query > 0);
    if (g_.keys > 0) attending::softmax_gradient(room.shares, room.gradients, g_.keys, columns);
    mask.hide(room.gradients, queries, g_.keys, T{0});
    add_for_keys(room.gradients, queries, room.queries, g_.size,
                 arguments.output<T>(1) + g_.first(item, g_.keys, g_.size), query > 0);
    times_keys(room.gradients, queries, g_.keys, room.keys, g_.size, arguments.output<T>() + at, step);
  }

  /// to[keys, width] = a[keys, queries] · b[queries, width], or is added to.
  void add_for_keys(const T* a, std::int64_t queries, const T* b, std::int64_t width, T* to, bool adds) const noexcept {
    attending::multiply(Product<T>{.m = g_.keys,
                                   .n = width,
                                   .k = queries,
                                   .a = a,
                                   .a_row = Geometry::padded(queries),
                                   .b = b,
                                   .b_row = width,
                                   .c = to,
                                   .c_row = g_.heads * width,
                                   .adds = adds});
  }

  Geometry g_;
  T scale_;
  Parts<T> parts_;
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
