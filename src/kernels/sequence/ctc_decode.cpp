#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "core/rounded_up.h"
#include "keratin/core/error.h"
#include "kernels/sequence/ctc.h"
#include "kernels/sequence/log_sum.h"

namespace keratin::inline v0::kernels {
namespace {

using graph::KernelArguments;
using graph::KernelPtr;
using graph::KernelRequest;

struct Sizes {
  std::int64_t batch;
  std::int64_t steps;
  std::int64_t classes;
  std::int64_t blank;
  std::int64_t paths;
};

void check_lengths(const std::int32_t* lengths, const Sizes& sizes) {
  for (std::int64_t i = 0; i < sizes.batch; ++i)
    if (lengths[i] < 0 || lengths[i] > sizes.steps)
      throw ValueError("ctc_decode: the length of sequence " + std::to_string(i) + " must lie in [0, " +
                       std::to_string(sizes.steps) + "]. Received: " + std::to_string(lengths[i]));
}

template <class T>
class Greedy final : public graph::Kernel {
 public:
  Greedy(const Sizes& sizes, bool merge_repeated) noexcept : sizes_(sizes), merge_repeated_(merge_repeated) {}

  void run(const KernelArguments& arguments) const override {
    const auto* const lengths = arguments.input<std::int32_t>(1);
    check_lengths(lengths, sizes_);
    arguments.parallel(sizes_.batch, 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i)
        decode(arguments.input<T>(0) + i * sizes_.steps * sizes_.classes, lengths[i],
               arguments.output<std::int32_t>(0) + i * sizes_.steps, arguments.output<T>(1)[i]);
    });
  }

 private:
  void decode(const T* logits, std::int64_t steps, std::int32_t* labels, T& score) const noexcept {
    std::fill_n(labels, sizes_.steps, -1);
    double sum = 0.0;
    std::int64_t before = -1;
    for (std::int64_t step = 0; step < steps; ++step, logits += sizes_.classes) {
      const T* const best = std::max_element(logits, logits + sizes_.classes);
      const std::int64_t label = best - logits;
      sum += static_cast<double>(*best);
      if (label != sizes_.blank && (!merge_repeated_ || label != before)) *labels++ = static_cast<std::int32_t>(label);
      before = label;
    }
    score = static_cast<T>(-sum);
  }

  Sizes sizes_;
  bool merge_repeated_;
};

/// A prefix: that of its parent and one label more. The empty one has neither.
struct Prefix {
  std::int32_t parent;
  std::int32_t label;
  std::int32_t place;  ///< in the beam; −1: not in it
};

/// A prefix in the beam, or one that may come into it: its number, or (if −1) its parent's and its label.
struct Entry {
  std::int32_t prefix;
  std::int32_t parent;
  std::int32_t label;
  double of_blank;  ///< log of the probability of all alignments that end with the blank, and with the label
  double of_label;
  double total;
};

/// The prefixes that were in the beam so far, found by parent and label; in memory that is given.
class Prefixes {
 public:
  static std::size_t slots_for(std::int64_t most) noexcept {
    return std::bit_ceil(2 * static_cast<std::size_t>(most) + 2);
  }

  Prefixes(Prefix* all, std::int32_t* slots, std::size_t slot_count) noexcept
      : all_(all), slots_(slots), mask_(slot_count - 1) {
    std::fill_n(slots_, slot_count, -1);
    all_[0] = {-1, -1, -1};
  }

  Prefix& operator[](std::int32_t index) noexcept { return all_[index]; }
  /// −1: there was none.
  std::int32_t find(std::int32_t parent, std::int32_t label) const noexcept { return slots_[slot_of(parent, label)]; }
  std::int32_t add(std::int32_t parent, std::int32_t label) noexcept {
    all_[count_] = {parent, label, -1};
    return slots_[slot_of(parent, label)] = count_++;
  }

 private:
  /// Its slot, or the empty one where it would be. There are more slots than prefixes.
  std::size_t slot_of(std::int32_t parent, std::int32_t label) const noexcept {
    const auto key =
        (static_cast<std::uint64_t>(static_cast<std::uint32_t>(parent)) << 32U) | static_cast<std::uint32_t>(label);
    std::size_t slot = static_cast<std::size_t>((key * 0x9E3779B97F4A7C15U) >> 20U) & mask_;
    while (slots_[slot] >= 0 && (all_[slots_[slot]].parent != parent || all_[slots_[slot]].label != label))
      slot = (slot + 1) & mask_;
    return slot;
  }

  Prefix* all_;
  std::int32_t* slots_;
  std::size_t mask_;
  std::int32_t count_ = 1;
};

bool is_better(const Entry& a, const Entry& b) noexcept { return a.total > b.total; }

/// The best entries so far, the worst of them in front once it is full.
class Best {
 public:
  Best(Entry* entries, std::int64_t most) noexcept : entries_(entries), most_(most) {}

  bool takes(double total) const noexcept { return count_ < most_ || total > entries_[0].total; }
  void add(const Entry& entry) noexcept {
    if (count_ == most_) std::pop_heap(entries_, entries_ + count_--, is_better);
    entries_[count_++] = entry;
    std::push_heap(entries_, entries_ + count_, is_better);
  }
  std::int64_t count() const noexcept { return count_; }

 private:
  Entry* entries_;
  std::int64_t most_;
  std::int64_t count_ = 0;
};

/// The memory that decoding one sequence takes.
struct Room {
  Prefix* prefixes;
  std::int32_t* slots;
  Entry* beam;
  Entry* next;
};

template <class T>
class Search {
 public:
  Search(const Sizes& sizes, std::int64_t width, std::size_t slot_count, const Room& room) noexcept
      : sizes_(sizes),
        width_(width),
        prefixes_(room.prefixes, room.slots, slot_count),
        beam_(room.beam),
        next_(room.next) {
    beam_[0] = {0, -1, -1, 0.0, impossible, 0.0};
    prefixes_[0].place = 0;
  }

  void step(const T* logits) noexcept {
    double log_total = impossible;
    for (std::int64_t c = 0; c < sizes_.classes; ++c) log_total = log_sum(log_total, static_cast<double>(logits[c]));
    const auto log_probability = [&](std::int64_t c) { return static_cast<double>(logits[c]) - log_total; };
    Best best(next_, width_);
    for (std::int64_t i = 0; i < count_; ++i) best.add(stayed(beam_[i], log_probability));
    for (std::int64_t i = 0; i < count_; ++i) extend(beam_[i], log_probability, best);
    take(best.count());
  }

  /// The labels of the best paths, and the logarithms of their probabilities.
  void write(std::int32_t* labels, std::int64_t stride, T* scores) noexcept {
    std::sort(beam_, beam_ + count_, is_better);
    for (std::int64_t path = 0; path < sizes_.paths; ++path, labels += stride) {
      std::fill_n(labels, sizes_.steps, -1);
      scores[path] = static_cast<T>(path < count_ ? beam_[path].total : impossible);
      if (path >= count_) continue;
      std::int64_t length = 0;
      for (std::int32_t at = beam_[path].prefix; at != 0; at = prefixes_[at].parent) ++length;
      for (std::int32_t at = beam_[path].prefix; at != 0; at = prefixes_[at].parent)
        labels[--length] = prefixes_[at].label;
    }
  }

 private:
  /// What alignments of `entry` one step longer have, where the new label follows the prefix.
  static double before_label(const Entry& entry, std::int32_t label) noexcept {
    return entry.label == label ? entry.of_blank : entry.total;
  }

  /// The prefix of an entry after one more step: the blank, its last label again, or that label after its parent.
  template <class F>
  Entry stayed(const Entry& entry, const F& log_probability) noexcept {
    Entry now = entry;
    now.of_blank = entry.total + log_probability(sizes_.blank);
    if (entry.prefix != 0) {
      const std::int32_t place = prefixes_[entry.parent].place;
      const double from_parent = place < 0 ? impossible : before_label(beam_[place], entry.label);
      now.of_label = log_sum(entry.of_label, from_parent) + log_probability(entry.label);
    }
    now.total = log_sum(now.of_blank, now.of_label);
    return now;
  }

  template <class F>
  void extend(const Entry& entry, const F& log_probability, Best& best) noexcept {
    for (std::int32_t c = 0; c < sizes_.classes; ++c) {
      if (c == sizes_.blank) continue;
      const double total = before_label(entry, c) + log_probability(c);
      if (total == impossible || !best.takes(total)) continue;
      const std::int32_t known = prefixes_.find(entry.prefix, c);
      if (known >= 0 && prefixes_[known].place >= 0) continue;  // it has stayed
      best.add({known, entry.prefix, c, impossible, total, total});
    }
  }

  /// The next entries become the beam.
  void take(std::int64_t count) noexcept {
    for (std::int64_t i = 0; i < count_; ++i) prefixes_[beam_[i].prefix].place = -1;
    std::swap(beam_, next_);
    count_ = count;
    for (std::int64_t i = 0; i < count_; ++i) {
      Entry& entry = beam_[i];
      if (entry.prefix < 0) entry.prefix = prefixes_.add(entry.parent, entry.label);
      prefixes_[entry.prefix].place = static_cast<std::int32_t>(i);
    }
  }

  const Sizes& sizes_;
  std::int64_t width_;
  Prefixes prefixes_;
  Entry* beam_;
  Entry* next_;
  std::int64_t count_ = 1;
};

template <class T>
class Beam final : public graph::Kernel {
 public:
  Beam(const Sizes& sizes, std::int64_t width, int threads) noexcept
      : sizes_(sizes), width_(width), threads_(threads) {}

  std::size_t workspace_bytes() const noexcept override { return thread_bytes() * static_cast<std::size_t>(threads_); }

  void run(const KernelArguments& arguments) const override {
    const auto* const lengths = arguments.input<std::int32_t>(1);
    check_lengths(lengths, sizes_);
    const std::int64_t pieces = std::min<std::int64_t>(threads_, sizes_.batch);
    arguments.parallel(pieces, 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t piece = first; piece < last; ++piece) {
        const Room memory = room(arguments.workspace + static_cast<std::size_t>(piece) * thread_bytes());
        for (std::int64_t i = piece; i < sizes_.batch; i += pieces) decode(arguments, i, lengths[i], memory);
      }
    });
  }

 private:
  static std::size_t whole_lines(std::size_t bytes) noexcept { return core::rounded_up<std::size_t>(bytes, 64); }
  std::int64_t most_prefixes() const noexcept { return sizes_.steps * width_ + 1; }
  std::size_t slot_count() const noexcept { return Prefixes::slots_for(most_prefixes()); }
  std::size_t prefix_bytes() const noexcept {
    return whole_lines(static_cast<std::size_t>(most_prefixes()) * sizeof(Prefix));
  }
  std::size_t slot_bytes() const noexcept { return whole_lines(slot_count() * sizeof(std::int32_t)); }
  std::size_t beam_bytes() const noexcept { return whole_lines(static_cast<std::size_t>(width_) * sizeof(Entry)); }
  std::size_t thread_bytes() const noexcept { return prefix_bytes() + slot_bytes() + 2 * beam_bytes(); }

  Room room(std::byte* memory) const noexcept {
    std::byte* const beam = memory + prefix_bytes() + slot_bytes();
    return {reinterpret_cast<Prefix*>(memory), reinterpret_cast<std::int32_t*>(memory + prefix_bytes()),
            reinterpret_cast<Entry*>(beam), reinterpret_cast<Entry*>(beam + beam_bytes())};
  }

  void decode(const KernelArguments& arguments, std::int64_t index, std::int64_t steps,
              const Room& memory) const noexcept {
    Search<T> search(sizes_, width_, slot_count(), memory);
    const T* const logits = arguments.input<T>(0) + index * sizes_.steps * sizes_.classes;
    for (std::int64_t step = 0; step < steps; ++step) search.step(logits + step * sizes_.classes);
    search.write(arguments.output<std::int32_t>(0) + index * sizes_.steps, sizes_.batch * sizes_.steps,
                 arguments.output<T>(1) + index * sizes_.paths);
  }

  Sizes sizes_;
  std::int64_t width_;
  int threads_;
};

Sizes sizes_of(const KernelRequest& request) {
  const Shape& logits = request.inputs[0].shape;
  return {logits[0], logits[1], logits[2], request.attributes.get<std::int64_t>("mask_index"),
          request.outputs[0].shape[0]};
}

}  // namespace

KernelPtr ctc_greedy_kernel(const KernelRequest& request) {
  const bool merge_repeated = request.attributes.get<bool>("merge_repeated");
  if (request.inputs[0].dtype == float64)
    return graph::make_kernel<Greedy<double>>(request, sizes_of(request), merge_repeated);
  return graph::make_kernel<Greedy<float>>(request, sizes_of(request), merge_repeated);
}

KernelPtr ctc_beam_kernel(const KernelRequest& request) {
  const auto width = request.attributes.get<std::int64_t>("beam_width");
  if (request.inputs[0].dtype == float64)
    return graph::make_kernel<Beam<double>>(request, sizes_of(request), width, request.threads);
  return graph::make_kernel<Beam<float>>(request, sizes_of(request), width, request.threads);
}

}  // namespace keratin::inline v0::kernels
