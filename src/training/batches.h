#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/arena.h"
#include "core/philox.h"
#include "data/stage.h"
#include "graph/spec.h"
#include "keratin/core/array.h"
#include "keratin/data/dataset.h"
#include "session/core.h"

namespace keratin::inline v0::training {

/// How many of a step's columns are x, y and weights.
struct ColumnKinds {
  std::size_t inputs = 0;
  std::size_t targets = 0;
  std::size_t weights = 0;
  std::size_t size() const noexcept { return inputs + targets + weights; }
  bool operator==(const ColumnKinds&) const = default;
};

/// What a step function is given: its inputs in order (x, y, weights).
struct Columns {
  std::vector<Array> arrays;
  std::vector<DType> dtypes;  ///< what each is converted to
  ColumnKinds kinds = {};
};

/// Where an epoch of batches stands, for another process to go on from.
struct BatchPosition {
  std::uint64_t round = 0;  ///< what the order of the rows stems from
  std::int64_t row = 0;     ///< rows of that order that are done
  std::int64_t done = 0;    ///< batches of the epoch
  /// Of a stream alone, where `round` is the number of the dataset's epoch and `row` counts its batches: epochs that
  /// were begun on it, and batches and ends of epochs since the beginning.
  std::uint64_t epochs = 0;
  std::int64_t drawn = 0;
};

class Batches;

/// What is told of each batch before it is used.
class BatchObserver {
 public:
  virtual ~BatchObserver() = default;
  virtual void loaded(const Batches& batches) = 0;
};

/// A batch in memory that a plan reads: specs and addresses of its columns.
class Batches {
 public:
  virtual ~Batches() = default;
  /// Begins an epoch; `round` decides the order of the rows where they are shuffled.
  virtual void begin_epoch(std::uint64_t round) = 0;
  /// Loads the next batch; false at the epoch's end.
  bool next() {
    if (!load_next()) return false;
    if (observer_ != nullptr) observer_->loaded(*this);
    return true;
  }
  /// The observer must outlive the batches' use.
  void observe(BatchObserver* observer) noexcept { observer_ = observer; }
  /// Batches of an epoch; −1: not known yet.
  virtual std::int64_t steps() const noexcept = 0;
  virtual BatchPosition position() const noexcept = 0;
  /// Rows of the data that are loaded, since its first one.
  virtual std::int64_t row() const noexcept = 0;
  /// Whether an epoch begins where the one before ended.
  virtual bool goes_on() const noexcept = 0;
  /// Stands where batches of the same data stood, instead of beginning an epoch. The next begin_epoch goes on from
  /// there.
  virtual void go_to(const BatchPosition& position) = 0;

  std::span<const graph::Spec> specs() const noexcept { return specs_; }
  std::span<const std::byte* const> addresses() const noexcept { return addresses_; }
  /// Of the batch.
  std::int64_t rows() const noexcept { return specs_.front().shape.front(); }
  /// The batch as arrays of their own, for eager functions.
  std::vector<Array> arrays() const;

 protected:
  virtual bool load_next() = 0;

  std::vector<graph::Spec> specs_;
  std::vector<const std::byte*> addresses_;

 private:
  BatchObserver* observer_ = nullptr;
};

/// How rows of arrays become batches.
struct Batching {
  std::int64_t batch_size = 32;
  bool shuffle = false;
  core::PhiloxKey key = {};          ///< of the shuffling
  std::int64_t steps_per_epoch = 0;  ///< 0: as many as there are
  bool goes_on = false;              ///< an epoch begins where the last one ended, if that wasn't the data's end
  std::int64_t steps_per_execution = 1;
  bool drop_remainder = false;  ///< a last batch that is shorter is left out
};

/// Keras's rule: what was given, else what gives so many steps (0: none were asked for), else 32. Throws ValueError for
/// sizes below 1.
std::int64_t batch_size_of(std::optional<std::int64_t> given, std::int64_t steps, std::int64_t rows, const char* what);

/// The batches of an epoch that is limited: whole executions, as Keras counts.
std::int64_t limited_steps(std::int64_t steps_per_epoch, std::int64_t steps_per_execution);

/// Rows of arrays in memory. Rows that lie as the plan wants them are read in place; others (shuffled, strided, of
/// another dtype) are copied into a buffer of the session's, one batch long.
class ArrayBatches final : public Batches {
 public:
  ArrayBatches(session::Core& core, Columns columns, Batching batching, const std::string& owner, SourceLine where);
  ~ArrayBatches() override;

  void begin_epoch(std::uint64_t round) override;
  std::int64_t steps() const noexcept override;
  BatchPosition position() const noexcept override { return {round_, at_, done_}; }
  std::int64_t row() const noexcept override { return at_; }
  bool goes_on() const noexcept override { return batching_.goes_on; }
  void go_to(const BatchPosition& position) override;

  /// Of all batches together.
  std::int64_t total_rows() const noexcept { return used_rows_; }
  /// Bytes of the buffers that batches of so many rows are copied into.
  std::int64_t staged_bytes(std::int64_t batch_size) const noexcept;

 private:
  struct Column;
  bool load_next() override;
  std::int64_t all_steps() const noexcept;
  void set_order(std::uint64_t round);
  void load(std::int64_t first, std::int64_t count);

  core::ArenaResource memory_;  ///< of what is copied; outlives the columns
  core::Parallel& parallel_;    ///< the session's
  std::vector<Column> columns_;
  Batching batching_;
  std::int64_t total_rows_ = 0;
  std::int64_t used_rows_ = 0;  ///< without those that are dropped
  std::int64_t at_ = 0;
  std::int64_t done_ = 0;  ///< batches of this epoch
  bool is_over_ = false;   ///< this epoch
  std::uint64_t round_ = 0;
  std::optional<core::Permutation> order_;
  std::vector<std::int64_t> rows_of_batch_;
};

/// Batches of a Dataset, as they come.
class StreamBatches final : public Batches {
 public:
  /// Makes a batch's columns: ordered by the model's inputs and outputs, and checked.
  using AsColumns = std::function<Columns(const Batch& batch)>;
  /// `starts_over`: each epoch is one of the dataset's; else, with steps_per_epoch, it goes on in one.
  StreamBatches(Dataset dataset, AsColumns as_columns, std::int64_t steps_per_epoch, std::int64_t steps_per_execution,
                bool starts_over);

  void begin_epoch(std::uint64_t round) override;
  std::int64_t steps() const noexcept override { return steps_; }
  BatchPosition position() const noexcept override;
  std::int64_t row() const noexcept override { return row_; }
  bool goes_on() const noexcept override { return true; }
  /// Where an epoch's number alone decides its batches, it begins there and leaves those out that are done. Else what
  /// was drawn before is drawn again, as a dataset begins anew in another process.
  void go_to(const BatchPosition& position) override;

 private:
  bool load_next() override;
  std::optional<Batch> draw();
  void begin(std::uint64_t number);
  void draw_again(std::int64_t count);

  Dataset dataset_;
  std::unique_ptr<data::Cursor> cursor_;  ///< in an epoch of the dataset's
  std::uint64_t number_ = 0;              ///< of that epoch
  std::int64_t in_epoch_ = 0;             ///< batches of it that were drawn
  AsColumns as_columns_;
  std::int64_t steps_per_epoch_;
  bool starts_over_;
  std::int64_t limit_;
  std::int64_t steps_ = -1;
  std::int64_t done_ = 0;
  bool is_over_ = false;
  std::int64_t drawn_ = 0;  ///< batches and ends of epochs, since the beginning
  std::int64_t row_ = 0;
  std::vector<Array> held_;
};

}  // namespace keratin::inline v0::training
