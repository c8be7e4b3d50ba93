// Elements that a thread of its own makes ahead.
#include <condition_variable>
#include <csignal>
#include <deque>
#include <exception>
#include <mutex>
#include <new>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include <pthread.h>

#include "data/stage.h"
#include "keratin/core/error.h"

namespace keratin::inline v0 {
namespace {

using data::Cursor;
using data::StagePointer;

/// The thread alone touches the source until it is joined; the rest is behind the mutex.
class PrefetchCursor final : public Cursor {
 public:
  PrefetchCursor(const StagePointer& source, std::int64_t size, std::uint64_t epoch)
      : source_(source->begin(epoch)), size_(static_cast<std::size_t>(size)) {}
  ~PrefetchCursor() override {
    if (!thread_.joinable()) return;
    {
      const std::lock_guard lock(mutex_);
      is_stopping_ = true;
    }
    has_room_.notify_one();
    thread_.join();
  }

 protected:
  std::optional<Batch> produce() override {
    if (!std::exchange(is_begun_, true)) start();
    if (!thread_.joinable()) return source_->next();  // the system refused a thread
    std::unique_lock lock(mutex_);
    has_news_.wait(lock, [&] { return !made_.empty() || is_done_; });
    if (made_.empty()) {
      if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
      return std::nullopt;
    }
    Batch element = std::move(made_.front());
    made_.pop_front();
    lock.unlock();
    has_room_.notify_one();
    return element;
  }
  std::int64_t pass_over(std::int64_t count) override {
    return is_begun_ ? Cursor::pass_over(count) : source_->skip(count);
  }

 private:
  /// The process's signals are for the program's own threads.
  void start() {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
      thread_ = std::thread([this] { work(); });
    } catch (const std::system_error&) {  // then elements are made when they are asked for
    } catch (const std::bad_alloc&) {     // as they are where the heap has none left for a thread
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  void work() {
    std::exception_ptr failure;
    try {
      while (make_one()) {
      }
    } catch (...) {
      failure = std::current_exception();
    }
    {
      const std::lock_guard lock(mutex_);
      failure_ = std::move(failure);
      is_done_ = true;
    }
    has_news_.notify_one();
  }

  bool make_one() {
    {
      std::unique_lock lock(mutex_);
      has_room_.wait(lock, [&] { return made_.size() < size_ || is_stopping_; });
      if (is_stopping_) return false;
    }
    std::optional<Batch> element = source_->next();
    if (!element) return false;
    {
      const std::lock_guard lock(mutex_);
      made_.push_back(std::move(*element));
    }
    has_news_.notify_one();
    return true;
  }

  std::unique_ptr<Cursor> source_;
  std::size_t size_;
  std::mutex mutex_;
  std::condition_variable has_room_;
  std::condition_variable has_news_;
  std::deque<Batch> made_;
  std::exception_ptr failure_;
  bool is_begun_ = false;  ///< with the first element that is asked for
  bool is_done_ = false;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace

Dataset Dataset::prefetch(std::int64_t buffer_size) const {
  if (buffer_size < 1)
    throw ValueError("Dataset::prefetch: `buffer_size` must be positive. Received: " + std::to_string(buffer_size));
  return data::dataset_of<PrefetchCursor>(cardinality(), stage_, buffer_size);
}

}  // namespace keratin::inline v0
