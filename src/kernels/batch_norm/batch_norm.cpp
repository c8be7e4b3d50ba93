#include "kernels/batch_norm/batch_norm.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>

#include "core/cpu.h"
#include "kernels/batch_norm/loops.h"

namespace keratin::inline v0::kernels {

const BatchNormLoops& batch_norm_loops() noexcept {
  switch (core::cpu_level()) {
    case core::CpuLevel::avx512:
      return batch_norm_avx512;
    case core::CpuLevel::avx2:
      return batch_norm_avx2;
    case core::CpuLevel::baseline:
      break;
  }
  return batch_norm_baseline;
}

namespace {

using graph::KernelArguments;

constexpr std::int64_t widest = 256;              ///< columns at a time
constexpr std::int64_t chunk_elements = 8 << 10;  ///< fit into the first or second cache beside others
constexpr std::int64_t work_grain = 32 << 10;     ///< elements that are worth a thread

template <class T>
using Columns = std::array<T, widest>;

/// Narrow rows are taken several at a time, as one wide row, so that vectors are full.
std::int64_t rows_together(std::int64_t channels) noexcept {
  if (channels > widest / 2) return 1;
  std::int64_t together = 16 / std::gcd<std::int64_t>(channels, 16);
  while (together > 1 && together * channels > widest) together /= 2;
  while (2 * together * channels <= widest / 2) together *= 2;
  return together;
}

/// A chunk of rows of a strip of channels.
struct Unit {
  std::int64_t chunk = 0;
  std::int64_t channel = 0;  ///< the first
  std::int64_t width = 0;    ///< channels
  std::int64_t row = 0;      ///< the first
  std::int64_t rows = 0;
};

class ChannelGeometry {
 public:
  explicit ChannelGeometry(const Shape& x) noexcept
      : channels_(x.back()),
        rows_(std::accumulate(x.begin(), x.end() - 1, std::int64_t{1}, [](auto a, auto b) { return a * b; })),
        together_(rows_together(channels_)),
        strips_((channels_ + widest - 1) / widest),
        chunk_rows_(std::max<std::int64_t>(1, chunk_elements / std::max<std::int64_t>(1, width() * together_)) *
                    together_) {}

  std::int64_t channels() const noexcept { return channels_; }
  std::int64_t rows() const noexcept { return rows_; }
  std::int64_t chunks() const noexcept { return (rows_ + chunk_rows_ - 1) / chunk_rows_; }
  std::int64_t rows_of(std::int64_t chunk) const noexcept { return std::min(chunk_rows_, rows_ - chunk * chunk_rows_); }

  template <class F>
  void for_units(const KernelArguments& arguments, F&& f) const {
    const std::int64_t grain = std::max<std::int64_t>(1, work_grain / std::max<std::int64_t>(1, chunk_rows_ * width()));
    arguments.parallel(chunks() * strips_, grain, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i) {
        const std::int64_t chunk = i / strips_;
        const std::int64_t channel = i % strips_ * widest;
        f(Unit{chunk, channel, std::min(widest, channels_ - channel), chunk * chunk_rows_, rows_of(chunk)});
      }
    });
  }

  /// Calls loop(element that it starts at, stride, rows, columns) for a unit's wide rows, and for the rows that are
  /// left. Columns repeat the channels, from the unit's first on.
  template <class F>
  void for_rows(const Unit& unit, F&& loop) const {
    const std::int64_t wide = unit.rows / together_;
    const std::int64_t start = unit.row * channels_ + unit.channel;
    if (wide > 0) loop(start, together_ * channels_, wide, together_ * unit.width);
    if (const std::int64_t rest = unit.rows - wide * together_; rest > 0)
      loop(start + wide * together_ * channels_, channels_, rest, unit.width);
  }
  /// A unit's numbers by channel as numbers by column.
  template <class T>
  void repeat(const Unit& unit, Columns<T>& columns) const noexcept {
    for (std::int64_t done = unit.width; done < together_ * unit.width; ++done)
      at(columns, done) = at(columns, done - unit.width);
  }
  template <class T>
  Columns<T> repeated(const Unit& unit, const T* by_channel) const noexcept {
    Columns<T> columns;
    std::copy_n(by_channel + unit.channel, unit.width, columns.begin());
    repeat(unit, columns);
    return columns;
  }
  /// Sums by column as sums by channel.
  template <class T>
  void fold(const Unit& unit, Columns<T>& columns) const noexcept {
    for (std::int64_t i = unit.width; i < together_ * unit.width; ++i) at(columns, i % unit.width) += at(columns, i);
  }

 private:
  template <class T>
  static T& at(Columns<T>& columns, std::int64_t i) noexcept {
    return columns[static_cast<std::size_t>(i)];
  }
  std::int64_t width() const noexcept { return std::min(channels_, widest); }

  std::int64_t channels_;
  std::int64_t rows_;
  std::int64_t together_;
  std::int64_t strips_;
  std::int64_t chunk_rows_;
};

/// What two kernels have in common: two numbers of each chunk for each channel, in the workspace.
template <class T>
class ChannelKernel : public graph::Kernel {
 public:
  explicit ChannelKernel(const Shape& x) noexcept : geometry_(x) {}

  std::size_t workspace_bytes() const noexcept override {
    return static_cast<std::size_t>(2 * geometry_.chunks() * geometry_.channels()) * sizeof(T);
  }

 protected:
  const ChannelGeometry& geometry() const noexcept { return geometry_; }
  static const NormLoops<T>& loops() noexcept { return batch_norm_loops().of<T>(); }

  T* part(const KernelArguments& arguments, std::int64_t chunk, int which) const noexcept {
    return reinterpret_cast<T*>(arguments.workspace) + (2 * chunk + which) * geometry_.channels();
  }
  void keep(const KernelArguments& arguments, const Unit& unit, int which, const Columns<T>& values) const noexcept {
    std::copy_n(values.begin(), unit.width, part(arguments, unit.chunk, which) + unit.channel);
  }

 private:
  ChannelGeometry geometry_;
};

template <class T>
class BatchMoments final : public ChannelKernel<T> {
 public:
  using ChannelKernel<T>::ChannelKernel;

  void run(const KernelArguments& arguments) const override {
    this->geometry().for_units(arguments, [&](const Unit& unit) { run_unit(arguments, unit); });
    for (std::int64_t channel = 0; channel < this->geometry().channels(); ++channel) finish(arguments, channel);
  }

 private:
  /// Mean and squared deviations from it, of a chunk.
  void run_unit(const KernelArguments& arguments, const Unit& unit) const {
    const T* const x = arguments.input<T>(0);
    const ChannelGeometry& g = this->geometry();
    Columns<T> means{};
    g.for_rows(unit, [&](std::int64_t from, std::int64_t stride, std::int64_t rows, std::int64_t width) {
      this->loops().add(means.data(), x + from, stride, rows, width);
    });
    g.fold(unit, means);
    for (std::int64_t i = 0; i < unit.width; ++i) means[static_cast<std::size_t>(i)] /= static_cast<T>(unit.rows);
    g.repeat(unit, means);
    Columns<T> squares{};
    g.for_rows(unit, [&](std::int64_t from, std::int64_t stride, std::int64_t rows, std::int64_t width) {
      this->loops().add_squares(squares.data(), x + from, means.data(), stride, rows, width);
    });
    g.fold(unit, squares);
    this->keep(arguments, unit, 0, means);
    this->keep(arguments, unit, 1, squares);
  }

  void finish(const KernelArguments& arguments, std::int64_t channel) const {
    const ChannelGeometry& g = this->geometry();
    const auto rows = static_cast<double>(g.rows());
    double sum = 0.0;
    for (std::int64_t chunk = 0; chunk < g.chunks(); ++chunk)
      sum += static_cast<double>(g.rows_of(chunk)) * static_cast<double>(this->part(arguments, chunk, 0)[channel]);
    const double mean = sum / rows;
    double squares = 0.0;
    for (std::int64_t chunk = 0; chunk < g.chunks(); ++chunk) {
      const double off = static_cast<double>(this->part(arguments, chunk, 0)[channel]) - mean;
      squares += static_cast<double>(this->part(arguments, chunk, 1)[channel]) +
                 static_cast<double>(g.rows_of(chunk)) * off * off;
    }
    arguments.output<T>(0)[channel] = static_cast<T>(mean);
    arguments.output<T>(1)[channel] = static_cast<T>(squares / rows);
  }
};

template <class T>
class BatchNormalizationGradient final : public ChannelKernel<T> {
 public:
  BatchNormalizationGradient(const Shape& x, bool relu) noexcept : ChannelKernel<T>(x), relu_(relu) {}

  std::size_t workspace_bytes() const noexcept override {
    return ChannelKernel<T>::workspace_bytes() + 3 * static_cast<std::size_t>(this->geometry().channels()) * sizeof(T);
  }

  void run(const KernelArguments& arguments) const override {
    const ChannelGeometry& g = this->geometry();
    g.for_units(arguments, [&](const Unit& unit) { add_up(arguments, unit); });
    for (std::int64_t channel = 0; channel < g.channels(); ++channel) finish(arguments, channel);
    g.for_units(arguments, [&](const Unit& unit) { differentiate(arguments, unit); });
  }

 private:
  enum Slope : int { shift, factor, slope };

  T* slopes(const KernelArguments& arguments, Slope which) const noexcept {
    return this->part(arguments, this->geometry().chunks(), 0) + which * this->geometry().channels();
  }
  const T* mask(const KernelArguments& arguments, std::int64_t from) const noexcept {
    return relu_ ? arguments.input<T>(5) + from : nullptr;
  }

  void add_up(const KernelArguments& arguments, const Unit& unit) const {
    const ChannelGeometry& g = this->geometry();
    const Columns<T> mean = g.repeated(unit, arguments.input<T>(2));
    Columns<T> sums{};
    Columns<T> products{};
    g.for_rows(unit, [&](std::int64_t from, std::int64_t stride, std::int64_t rows, std::int64_t width) {
      this->loops().add_products(sums.data(), products.data(), arguments.input<T>(0) + from,
                                 arguments.input<T>(1) + from, mask(arguments, from), mean.data(), stride, rows, width);
    });
    g.fold(unit, sums);
    g.fold(unit, products);
    this->keep(arguments, unit, 0, sums);
    this->keep(arguments, unit, 1, products);
  }

  void finish(const KernelArguments& arguments, std::int64_t channel) const {
    const ChannelGeometry& g = this->geometry();
    double sum = 0.0;
    double products = 0.0;
    for (std::int64_t chunk = 0; chunk < g.chunks(); ++chunk) {
      sum += static_cast<double>(this->part(arguments, chunk, 0)[channel]);
      products += static_cast<double>(this->part(arguments, chunk, 1)[channel]);
    }
    const auto rows = static_cast<double>(g.rows());
    const auto inverse = static_cast<double>(arguments.input<T>(3)[channel]);
    const double scale = static_cast<double>(arguments.input<T>(4)[channel]) * inverse;
    slopes(arguments, shift)[channel] = static_cast<T>(sum / rows);
    slopes(arguments, factor)[channel] = static_cast<T>(scale);
    slopes(arguments, slope)[channel] = static_cast<T>(scale * inverse * inverse * (products / rows));
    arguments.output<T>(1)[channel] = static_cast<T>(products * inverse);
    arguments.output<T>(2)[channel] = static_cast<T>(sum);
  }

  void differentiate(const KernelArguments& arguments, const Unit& unit) const {
    const ChannelGeometry& g = this->geometry();
    const Columns<T> mean = g.repeated(unit, arguments.input<T>(2));
    const Columns<T> shifts = g.repeated(unit, slopes(arguments, shift));
    const Columns<T> factors = g.repeated(unit, slopes(arguments, factor));
    const Columns<T> tilts = g.repeated(unit, slopes(arguments, slope));
    const NormSlopes<T> all{mean.data(), shifts.data(), factors.data(), tilts.data()};
    g.for_rows(unit, [&](std::int64_t from, std::int64_t stride, std::int64_t rows, std::int64_t width) {
      this->loops().gradient(arguments.output<T>(0) + from, arguments.input<T>(0) + from, arguments.input<T>(1) + from,
                             mask(arguments, from), all, stride, rows, width);
    });
  }

  bool relu_;
};

}  // namespace

graph::KernelPtr batch_moments_kernel(const graph::KernelRequest& request) {
  const Shape& x = request.inputs[0].shape;
  if (request.outputs[0].dtype == float64) return graph::make_kernel<BatchMoments<double>>(request, x);
  return graph::make_kernel<BatchMoments<float>>(request, x);
}

graph::KernelPtr batch_normalization_gradient_kernel(const graph::KernelRequest& request) {
  const Shape& x = request.inputs[1].shape;
  const bool relu = request.inputs.size() > 5;
  if (request.outputs[0].dtype == float64)
    return graph::make_kernel<BatchNormalizationGradient<double>>(request, x, relu);
  return graph::make_kernel<BatchNormalizationGradient<float>>(request, x, relu);
}

}  // namespace keratin::inline v0::kernels
