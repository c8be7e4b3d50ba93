#include "training/batches.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <string>
#include <utility>

#include "core/element_convert.h"
#include "keratin/core/error.h"
#include "keratin/core/log.h"

namespace keratin::inline v0::training {
namespace {

constexpr std::int64_t copied_by_one = 64 * 1024;  ///< bytes that aren't worth waking a thread

Shape row_shape_of(const Array& array) {
  Shape shape = array.shape();
  shape.erase(0);
  return shape;
}

/// True if each row's elements lie one after another, wherever the rows are.
bool has_plain_rows(const Array& array) {
  std::int64_t expected = 1;
  for (std::size_t axis = array.shape().rank() - 1; axis > 0; --axis) {
    const std::int64_t size = array.shape().dims()[axis];
    if (size != 1 && array.strides()[axis] != expected) return false;
    expected *= size;
  }
  return true;
}

/// Converts `count` elements.
void convert(std::byte* to, DType to_dtype, const std::byte* from, DType from_dtype, std::int64_t count) {
  core::visit_element_type(from_dtype, [&]<class From>(std::type_identity<From>) {
    core::visit_element_type(to_dtype, [&]<class To>(std::type_identity<To>) {
      if constexpr (!std::is_same_v<From, std::string> && !std::is_same_v<To, std::string>) {
        const auto* const source = reinterpret_cast<const From*>(from);
        auto* const target = reinterpret_cast<To*>(to);
        for (std::int64_t i = 0; i < count; ++i) target[i] = core::convert_element<To>(source[i]);
      }
    });
  });
}

std::int64_t batch_rows(const Array& array, const Batching& batching) {
  return std::min(batching.batch_size, array.shape().front());
}

void warn_of_early_end(std::int64_t done, std::int64_t steps_per_epoch) {
  if (done >= steps_per_epoch) return;
  log::write(log::Level::warning, "The data ended after " + std::to_string(done) + " of " +
                                      std::to_string(steps_per_epoch) +
                                      " steps, and the epoch with it. Give as many batches as all epochs take, or ask "
                                      "for fewer steps.");
}

bool is_read_in_place(const Array& array, DType dtype, const Batching& batching) {
  return !batching.shuffle && array.dtype() == dtype && array.is_contiguous();
}

}  // namespace

std::int64_t batch_size_of(std::optional<std::int64_t> given, std::int64_t steps, std::int64_t rows, const char* what) {
  if ((given && *given < 1) || steps < 0)
    throw ValueError(std::string(what) +
                     ": batch_size must be at least 1, and steps not negative. Received: batch_size=" +
                     std::to_string(given.value_or(32)) + ", steps=" + std::to_string(steps));
  if (given) return *given;
  return steps > 0 && rows > 0 ? (rows + steps - 1) / steps : 32;
}

std::int64_t limited_steps(std::int64_t steps_per_epoch, std::int64_t steps_per_execution) {
  const std::int64_t executions = (steps_per_epoch + steps_per_execution - 1) / steps_per_execution;
  return executions * steps_per_execution;
}

std::vector<Array> Batches::arrays() const {
  std::vector<Array> copies;
  for (std::size_t i = 0; i < specs_.size(); ++i) {
    const graph::Spec& spec = specs_[i];
    core::visit_element_type(spec.dtype, [&]<class T>(std::type_identity<T>) {
      const std::span<const T> memory(reinterpret_cast<const T*>(addresses_[i]),
                                      static_cast<std::size_t>(spec.elements()));
      copies.push_back(Array::borrow(memory, spec.shape).copy());
    });
  }
  return copies;
}

struct ArrayBatches::Column {
  Array array;
  std::int64_t row_elements = 0;
  std::size_t row_bytes = 0;   ///< in the batch
  std::size_t row_stride = 0;  ///< bytes from row to row in the array; may be negative, modulo 2^64
  DType dtype = float32;
  std::pmr::memory_resource* memory = nullptr;
  std::byte* buffer = nullptr;  ///< nullptr: read in place
  std::size_t buffer_bytes = 0;

  Column(Array source, DType wanted, const Batching& batching)
      : array(has_plain_rows(source) ? std::move(source) : source.contiguous()), dtype(wanted) {
    row_elements = row_shape_of(array).elements();
    row_bytes = static_cast<std::size_t>(row_elements) * size_of(dtype);
    row_stride = static_cast<std::size_t>(array.strides()[0]) * size_of(array.dtype());
    if (!is_read_in_place(array, dtype, batching))
      buffer_bytes = static_cast<std::size_t>(batch_rows(array, batching)) * row_bytes;
  }
  Column(const Column&) = delete;
  Column& operator=(const Column&) = delete;
  Column(Column&& other) noexcept
      : array(std::move(other.array)),
        row_elements(other.row_elements),
        row_bytes(other.row_bytes),
        row_stride(other.row_stride),
        dtype(other.dtype),
        memory(other.memory),
        buffer(std::exchange(other.buffer, nullptr)),
        buffer_bytes(other.buffer_bytes) {}
  Column& operator=(Column&&) = delete;
  ~Column() {
    if (buffer != nullptr) memory->deallocate(buffer, buffer_bytes, 64);
  }

  void allocate(std::pmr::memory_resource* resource) {
    if (buffer_bytes == 0) return;
    memory = resource;
    buffer = static_cast<std::byte*>(memory->allocate(buffer_bytes, 64));
  }
  const std::byte* row(std::int64_t index) const noexcept {
    return static_cast<const std::byte*>(array.raw()) + static_cast<std::size_t>(index) * row_stride;
  }
  void copy_row(std::int64_t to, std::int64_t from) const {
    std::byte* const target = buffer + static_cast<std::size_t>(to) * row_bytes;
    if (array.dtype() == dtype) {
      std::memcpy(target, row(from), row_bytes);
    } else {
      convert(target, dtype, row(from), array.dtype(), row_elements);
    }
  }
};

ArrayBatches::ArrayBatches(session::Core& core, Columns columns, Batching batching, const std::string& owner,
                           SourceLine where)
    : memory_(core.arena(), MemoryCategory::data_staging, owner + "/batch", where),
      parallel_(core.parallel()),
      batching_(batching) {
  total_rows_ = columns.arrays.front().shape().front();
  used_rows_ = batching_.drop_remainder ? total_rows_ - total_rows_ % batching_.batch_size : total_rows_;
  if (total_rows_ > 0 && used_rows_ == 0)
    throw ValueError("drop_remainder leaves no batch. Received: " + std::to_string(total_rows_) +
                     " rows with batch_size=" + std::to_string(batching_.batch_size));
  columns_.reserve(columns.arrays.size());
  for (std::size_t i = 0; i < columns.arrays.size(); ++i) {
    Column& column = columns_.emplace_back(std::move(columns.arrays[i]), columns.dtypes[i], batching_);
    Shape shape = row_shape_of(column.array);
    shape.insert(0, 0);
    specs_.push_back({column.dtype, shape});
  }
  addresses_.resize(columns_.size());
  rows_of_batch_.reserve(static_cast<std::size_t>(std::min(batching_.batch_size, total_rows_)));
  for (Column& column : columns_) column.allocate(&memory_);
}

ArrayBatches::~ArrayBatches() = default;

std::int64_t ArrayBatches::staged_bytes(std::int64_t batch_size) const noexcept {
  std::int64_t bytes = 0;
  for (const Column& column : columns_)
    if (column.buffer != nullptr)
      bytes += std::min(batch_size, total_rows_) * static_cast<std::int64_t>(column.row_bytes);
  return bytes;
}

std::int64_t ArrayBatches::all_steps() const noexcept {
  return (used_rows_ + batching_.batch_size - 1) / batching_.batch_size;
}

std::int64_t ArrayBatches::steps() const noexcept {
  return batching_.steps_per_epoch > 0 ? batching_.steps_per_epoch : all_steps();
}

void ArrayBatches::set_order(std::uint64_t round) {
  round_ = round;
  if (batching_.shuffle) order_.emplace(static_cast<std::uint64_t>(total_rows_), batching_.key, round_);
}

void ArrayBatches::begin_epoch(std::uint64_t round) {
  done_ = 0;
  is_over_ = false;
  if (batching_.goes_on && at_ > 0 && at_ < used_rows_) return;
  at_ = 0;
  set_order(round);
}

void ArrayBatches::go_to(const BatchPosition& position) {
  if (position.row < 0 || position.row > total_rows_)
    throw FileError("The run can't go on, as its data had other rows. Received: " + std::to_string(total_rows_) +
                    " rows, of which " + std::to_string(position.row) + " are done");
  done_ = position.done;
  at_ = position.row;
  is_over_ = false;
  set_order(position.round);
}

bool ArrayBatches::load_next() {
  if (is_over_) return false;
  const std::int64_t limit = limited_steps(batching_.steps_per_epoch, batching_.steps_per_execution);
  if (at_ >= used_rows_) warn_of_early_end(done_, batching_.steps_per_epoch);
  is_over_ = at_ >= used_rows_ || (limit > 0 && done_ == limit);
  if (is_over_) return false;
  const std::int64_t count = std::min(batching_.batch_size, used_rows_ - at_);
  load(at_, count);
  at_ += count;
  ++done_;
  return true;
}

void ArrayBatches::load(std::int64_t first, std::int64_t count) {
  rows_of_batch_.resize(static_cast<std::size_t>(count));
  if (order_) {
    order_->fill(rows_of_batch_, static_cast<std::uint64_t>(first));
  } else {
    std::iota(rows_of_batch_.begin(), rows_of_batch_.end(), first);
  }
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const Column& column = columns_[i];
    specs_[i].shape[0] = count;
    addresses_[i] = column.buffer_bytes == 0 ? column.row(first) : column.buffer;
    if (column.buffer_bytes == 0) continue;
    const auto grain = copied_by_one / static_cast<std::int64_t>(std::max<std::size_t>(1, column.row_bytes));
    parallel_(count, std::max<std::int64_t>(1, grain), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row)
        column.copy_row(row, rows_of_batch_[static_cast<std::size_t>(row)]);
    });
  }
}

StreamBatches::StreamBatches(Dataset dataset, AsColumns as_columns, std::int64_t steps_per_epoch,
                             std::int64_t steps_per_execution, bool starts_over)
    : dataset_(std::move(dataset)),
      as_columns_(std::move(as_columns)),
      steps_per_epoch_(steps_per_epoch),
      starts_over_(starts_over),
      limit_(limited_steps(steps_per_epoch, steps_per_execution)) {
  const std::optional<std::int64_t> cardinality = dataset_.cardinality();
  if (steps_per_epoch > 0) {
    steps_ = steps_per_epoch;
  } else if (cardinality == Dataset::infinite) {
    throw ValueError(
        "A Dataset that repeats without end needs a number of steps (fit: steps_per_epoch and validation_steps). "
        "Received: none");
  } else if (cardinality) {
    steps_ = *cardinality;
  }
}

void StreamBatches::begin(std::uint64_t number) {
  number_ = number;
  in_epoch_ = 0;
  cursor_ = data::Stage::of(dataset_)->begin(number);
}

std::optional<Batch> StreamBatches::draw() {
  if (cursor_ == nullptr) begin(data::Stage::epochs_of(dataset_)++);
  std::unique_ptr<data::Cursor> cursor = std::move(cursor_);  // an error ends the epoch
  std::optional<Batch> batch = cursor->next();
  ++drawn_;
  if (batch) {
    ++in_epoch_;
    cursor_ = std::move(cursor);
  }
  return batch;
}

void StreamBatches::begin_epoch(std::uint64_t /*round*/) {
  done_ = 0;
  is_over_ = false;
  if (starts_over_) {
    cursor_.reset();
    row_ = 0;
  } else if (cursor_ != nullptr && dataset_.cardinality() == in_epoch_) {
    // As in Keras: where the epoch before took all that there is, the data begins anew.
    static_cast<void>(draw());  // its end
    row_ = 0;
  }
}

BatchPosition StreamBatches::position() const noexcept {
  return {.round = number_,
          .row = cursor_ == nullptr ? 0 : in_epoch_,
          .done = done_,
          .epochs = data::Stage::epochs_of(dataset_),
          .drawn = drawn_};
}

void StreamBatches::draw_again(std::int64_t count) {
  for (std::int64_t in_epoch = 0; drawn_ < count;) {
    const std::optional<Batch> batch = draw();
    if (drawn_ == 1 && batch) static_cast<void>(as_columns_(*batch));  // a first batch is what metrics are made for
    if (!batch && limit_ == 0) steps_ = in_epoch;
    in_epoch = batch ? in_epoch + 1 : 0;
    row_ = batch ? row_ + batch->x[0].shape().front() : 0;
  }
}

void StreamBatches::go_to(const BatchPosition& position) {
  done_ = position.done;
  is_over_ = false;
  if (!data::Stage::of(dataset_)->is_repeatable()) return draw_again(position.drawn);
  cursor_.reset();
  drawn_ = position.drawn;
  data::Stage::epochs_of(dataset_) = position.epochs;
  if (position.row == 0) return;
  // A first batch is what metrics are made for.
  if (const std::optional<Batch> batch = data::Stage::of(dataset_)->begin(position.round)->next())
    row_ = position.row * as_columns_(*batch).arrays.front().shape().front();
  begin(position.round);
  in_epoch_ = position.row;
  if (cursor_->skip(position.row) != position.row)
    throw FileError("The run can't go on, as its Dataset had more batches: " + std::to_string(position.row) +
                    " of its epoch " + std::to_string(position.round) + " are done");
}

bool StreamBatches::load_next() {
  if (is_over_ || (limit_ > 0 && done_ == limit_)) return false;
  const std::optional<Batch> batch = draw();
  if (!batch) {
    is_over_ = true;
    row_ = 0;
    warn_of_early_end(done_, steps_per_epoch_);
    if (limit_ == 0) steps_ = done_;
    return false;
  }
  const Columns columns = as_columns_(*batch);
  held_.clear();
  specs_.clear();
  addresses_.clear();
  for (std::size_t i = 0; i < columns.arrays.size(); ++i) {
    held_.push_back(columns.arrays[i].astype(columns.dtypes[i]).contiguous());
    specs_.push_back({columns.dtypes[i], held_.back().shape()});
    addresses_.push_back(static_cast<const std::byte*>(held_.back().raw()));
  }
  row_ += rows();
  ++done_;
  return true;
}

}  // namespace keratin::inline v0::training
