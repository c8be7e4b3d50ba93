#include "keratin/training/callbacks/memory_monitor.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "keratin/core/error.h"
#include "keratin/core/log.h"
#include "session/core.h"
#include "training/live_model.h"

namespace keratin::inline v0::callbacks {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t named_owners = 3;

std::string header() {
  std::string text = "seconds,epoch,batch,session_bytes,session_peak_bytes,session_mapped_bytes";
  for (int i = 0; i < memory_category_count; ++i) text += "," + std::string(name_of(static_cast<MemoryCategory>(i)));
  return text +
         ",nodes,models,layers,variables,functions,traces,plans,process_bytes,process_peak_bytes,file_backed_bytes\n";
}

std::string line_of(const MemoryRecord& record) {
  std::string text = std::to_string(record.seconds);
  const auto add = [&](std::int64_t number) { text += "," + std::to_string(number); };
  add(record.epoch);
  add(record.batch);
  add(record.session.current_bytes);
  add(record.session.peak_bytes);
  add(record.session.mapped_bytes);
  for (const auto& [category, bytes] : record.session.by_category) add(bytes);
  const GraphStats& graph = record.graph;
  for (const std::int64_t count :
       {graph.nodes, graph.models, graph.layers, graph.variables, graph.functions, graph.traces, graph.plans})
    add(count);
  add(record.process.resident_bytes);
  add(record.process.peak_resident_bytes);
  add(record.process.file_backed_bytes);
  return text + "\n";
}

/// "; largest owners: sequential/dense/kernel 4.00 MiB (parameters, service.cpp:21), …".
std::string largest_of(const MemoryReport& report) {
  std::string text;
  for (std::size_t i = 0; i < std::min(report.owners.size(), named_owners); ++i) {
    const MemoryOwner& owner = report.owners[i];
    text += (i == 0 ? "; largest owners: " : ", ") + owner.owner + " " + to_string(Bytes{owner.bytes}) + " (" +
            std::string(name_of(owner.category)) + (owner.where.empty() ? "" : ", " + owner.where) + ")";
  }
  return text;
}

}  // namespace

/// What one fit needs.
struct MemoryMonitor::Run {
  Clock::time_point start = Clock::now();
  std::string path;
  std::ofstream log;
  std::int64_t epoch = 0;
  std::int64_t batches_since = 0;
  std::int64_t last_batch = -1;
  std::vector<std::string> warned;  ///< of what

  void open(const std::string& log_dir) {
    std::error_code error;
    std::filesystem::create_directories(log_dir, error);
    path = (std::filesystem::path(log_dir) / "memory.csv").string();
    const bool is_new = !std::filesystem::exists(path, error) || std::filesystem::file_size(path, error) == 0;
    log.open(path, std::ios::app);
    if (is_new) log << header();
    check();
  }
  void write(const std::string& line) {
    if (path.empty()) return;
    log << line << std::flush;
    check();
  }
  void check() const {
    if (!log)
      throw FileError("MemoryMonitor could not write '" + path + "': " + std::generic_category().message(errno));
  }
};

MemoryMonitor::MemoryMonitor(MemoryMonitorOptions options) : options_(std::move(options)) {
  for (const std::int64_t number :
       {options_.every_epochs, options_.every_batches, options_.warn_at.count, options_.stop_at.count,
        options_.process_warn_at.count, options_.process_stop_at.count})
    if (number < 0)
      throw ValueError("MemoryMonitor: intervals and limits can't be negative. Received: " + std::to_string(number));
}

MemoryMonitor::~MemoryMonitor() = default;
MemoryMonitor::MemoryMonitor(MemoryMonitor&&) noexcept = default;
MemoryMonitor& MemoryMonitor::operator=(MemoryMonitor&&) noexcept = default;

void MemoryMonitor::on_train_begin() {
  records_.clear();
  stopped_by_.clear();
  run_ = std::make_shared<Run>();
  if (!options_.log_dir.empty()) run_->open(options_.log_dir);
}

void MemoryMonitor::on_epoch_begin(std::int64_t epoch) {
  if (run_ == nullptr) return;
  run_->epoch = epoch;
  run_->last_batch = -1;
}

void MemoryMonitor::on_train_batch_end(std::int64_t batch, const Logs& /*logs*/) {
  if (run_ == nullptr || options_.every_batches == 0) return;
  run_->batches_since += batch - std::exchange(run_->last_batch, batch);  // several in one execution
  if (run_->batches_since < options_.every_batches) return;
  run_->batches_since = 0;
  record(batch);
}

void MemoryMonitor::on_epoch_end(std::int64_t epoch, const Logs& /*logs*/) {
  if (run_ == nullptr) return;
  run_->epoch = epoch;
  if (options_.every_epochs > 0 && (epoch + 1) % options_.every_epochs == 0) record(-1);
}

void MemoryMonitor::on_train_end(const Logs& /*logs*/) { run_.reset(); }

void MemoryMonitor::record(std::int64_t batch) {
  const session::Core& core = training::LiveModel::of(model()).core();
  MemoryRecord record{.seconds = std::chrono::duration<double>(Clock::now() - run_->start).count(),
                      .epoch = run_->epoch,
                      .batch = batch,
                      .session = core.memory(),
                      .graph = core.graph_stats(),
                      .process = process_memory()};
  const MemoryReport report = record.session;
  record.session.owners.clear();
  run_->write(line_of(record));
  records_.push_back(std::move(record));
  const std::int64_t process = records_.back().process.resident_bytes;
  compare("the session", report.current_bytes, options_.warn_at, false, report);
  compare("the process", process, options_.process_warn_at, false, report);
  compare("the session", report.current_bytes, options_.stop_at, true, report);
  compare("the process", process, options_.process_stop_at, true, report);
}

void MemoryMonitor::compare(std::string_view what, std::int64_t bytes, Bytes limit, bool ends,
                            const MemoryReport& report) {
  if (limit.count == 0 || bytes < limit.count) return;
  const std::string name = std::string(what) + (ends ? " (stop)" : "");
  const std::string reason = std::string(what) + " holds " + to_string(Bytes{bytes}) + ", and " +
                             (what == "the process" ? "process_" : "") + (ends ? "stop_at" : "warn_at") + " is " +
                             to_string(limit);
  if (ends) {
    context().stop();
    stopped_by_ = reason;
  }
  if (std::ranges::find(run_->warned, name) != run_->warned.end()) return;
  run_->warned.push_back(name);
  log::write(log::Level::warning,
             "MemoryMonitor: " + reason + (ends ? "; training is ended" : "") + largest_of(report));
}

}  // namespace keratin::inline v0::callbacks
