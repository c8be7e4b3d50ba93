// Where elements come from.
#include <algorithm>
#include <string>
#include <utility>

#include "data/stacking.h"
#include "data/stage.h"
#include "keratin/core/error.h"

namespace keratin::inline v0 {
namespace {

using data::Cursor;
using data::Stage;

class RowsCursor final : public Cursor {
 public:
  RowsCursor(Batch arrays, std::int64_t rows, std::uint64_t /*epoch*/) : arrays_(std::move(arrays)), rows_(rows) {}

  /// Rows that lie side by side already are not copied.
  std::optional<Batch> next_together(std::int64_t count) override {
    if (at_ == rows_) return std::nullopt;
    const std::int64_t last = at_ + std::min(count, rows_ - at_);
    Batch batch{arrays_.x.rows(at_, last), arrays_.y.rows(at_, last), arrays_.sample_weight.rows(at_, last)};
    at_ = last;
    return batch;
  }

 protected:
  std::optional<Batch> produce() override {
    if (at_ == rows_) return std::nullopt;
    return data::row_of(arrays_, at_++);
  }
  std::int64_t pass_over(std::int64_t count) override {
    const std::int64_t passed = std::min(count, rows_ - at_);
    at_ += passed;
    return passed;
  }

 private:
  Batch arrays_;
  std::int64_t rows_;
  std::int64_t at_ = 0;
};

using SharedGenerator = std::shared_ptr<const Dataset::Generator>;

class GeneratorCursor final : public Cursor {
 public:
  using Lasting = SharedGenerator;
  GeneratorCursor(SharedGenerator generator, std::uint64_t /*epoch*/) : generator_(std::move(generator)) {}

 protected:
  std::optional<Batch> produce() override { return (*generator_)(); }

 private:
  SharedGenerator generator_;
};

using Indexed = Callable<Batch(std::int64_t)>;

class FunctionCursor final : public Cursor {
 public:
  FunctionCursor(std::shared_ptr<const Indexed> f, std::int64_t count, std::uint64_t /*epoch*/)
      : f_(std::move(f)), count_(count) {}

 protected:
  std::optional<Batch> produce() override {
    if (at_ == count_) return std::nullopt;
    return (*f_)(at_++);
  }
  std::int64_t pass_over(std::int64_t count) override {
    const std::int64_t passed = std::min(count, count_ - at_);
    at_ += passed;
    return passed;
  }

 private:
  std::shared_ptr<const Indexed> f_;
  std::int64_t count_;
  std::int64_t at_ = 0;
};

/// What sources of files share.
struct Files {
  std::vector<std::string> paths;
  Dataset::Open open;
};

class FilesCursor final : public Cursor {
 public:
  FilesCursor(std::shared_ptr<const Files> files, InterleaveOptions options, std::uint64_t epoch)
      : files_(std::move(files)),
        options_(options),
        epoch_(epoch),
        open_(
            static_cast<std::size_t>(std::min(options.cycle_length, static_cast<std::int64_t>(files_->paths.size())))) {
  }

 protected:
  std::optional<Batch> produce() override {
    // A place whose file ended gets the next file when its turn comes again.
    for (std::size_t empty = 0; empty < open_.size();) {
      std::unique_ptr<Cursor>& file = open_[place_];
      if (!file && next_file_ < files_->paths.size())
        file = Stage::of(files_->open(files_->paths[next_file_++]))->begin(epoch_);
      if (!file) {
        ++empty;
        advance();
        continue;
      }
      empty = 0;
      if (std::optional<Batch> element = file->next()) {
        if (++taken_ == options_.block_length) advance();
        return element;
      }
      file.reset();
      advance();
    }
    return std::nullopt;
  }

 private:
  void advance() noexcept {
    taken_ = 0;
    place_ = (place_ + 1) % open_.size();
  }

  std::shared_ptr<const Files> files_;
  InterleaveOptions options_;
  std::uint64_t epoch_;
  std::vector<std::unique_ptr<Cursor>> open_;
  std::size_t next_file_ = 0;
  std::size_t place_ = 0;
  std::int64_t taken_ = 0;
};

class ZipCursor final : public Cursor {
 public:
  ZipCursor(const data::StagePointer& x, const data::StagePointer& y, std::uint64_t epoch)
      : x_(x->begin(epoch)), y_(y->begin(epoch)) {}

 protected:
  std::optional<Batch> produce() override {
    std::optional<Batch> x = x_->next();
    if (!x) return std::nullopt;
    std::optional<Batch> y = y_->next();
    if (!y) return std::nullopt;
    return Batch{std::move(x->x), std::move(y->x)};
  }
  std::int64_t pass_over(std::int64_t count) override { return std::min(x_->skip(count), y_->skip(count)); }

 private:
  std::unique_ptr<Cursor> x_;
  std::unique_ptr<Cursor> y_;
};

}  // namespace

Dataset Dataset::from_arrays(Data x, Data y, Data sample_weight) {
  Batch arrays{std::move(x), std::move(y), std::move(sample_weight)};
  const std::int64_t rows = data::common_rows(arrays, "Dataset::from_arrays");
  return data::dataset_of<RowsCursor>(rows, std::move(arrays), rows);
}

Dataset Dataset::from_generator(Generator generator) {
  if (!generator) throw ValueError("Dataset::from_generator needs a function. Received: an empty one");
  return data::dataset_of<GeneratorCursor>(std::nullopt,
                                           SharedGenerator(std::make_shared<const Generator>(std::move(generator))));
}

Dataset Dataset::from_function(std::int64_t count, Callable<Batch(std::int64_t index)> f) {
  if (!f) throw ValueError("Dataset::from_function needs a function. Received: an empty one");
  if (count < 0)
    throw ValueError("Dataset::from_function: `count` must not be negative. Received: count=" + std::to_string(count));
  return data::dataset_of<FunctionCursor>(count, std::make_shared<const Indexed>(std::move(f)), count);
}

Dataset Dataset::from_files(std::vector<std::string> files, Open open) {
  return interleave(std::move(files), std::move(open), {.cycle_length = 1});
}

Dataset Dataset::interleave(std::vector<std::string> files, Open open, InterleaveOptions options) {
  if (!open) throw ValueError("Dataset::interleave needs a function that opens a file. Received: an empty one");
  if (options.cycle_length < 1 || options.block_length < 1)
    throw ValueError(
        "Dataset::interleave: `cycle_length` and `block_length` must be positive. Received: cycle_length=" +
        std::to_string(options.cycle_length) + ", block_length=" + std::to_string(options.block_length));
  std::shared_ptr<const Files> shared = std::make_shared<Files>(Files{std::move(files), std::move(open)});
  return data::dataset_of<FilesCursor>(std::nullopt, std::move(shared), options);
}

Dataset Dataset::zip(const Dataset& x, const Dataset& y) {
  const std::optional<std::int64_t> a = x.cardinality();
  const std::optional<std::int64_t> b = y.cardinality();
  std::optional<std::int64_t> cardinality;
  if (a && b) cardinality = *a == infinite ? *b : *b == infinite ? *a : std::min(*a, *b);
  return data::dataset_of<ZipCursor>(cardinality, x.stage_, y.stage_);
}

}  // namespace keratin::inline v0
