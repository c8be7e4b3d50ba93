#include <algorithm>
#include <iomanip>
#include <ostream>
#include <string>

#include "core/process.h"
#include "keratin/core/memory.h"
#include "session/core_impl.h"

namespace keratin::inline v0 {
namespace session {
namespace {

struct Before {
  std::int64_t resident = process_memory().resident_bytes;
  std::int64_t heap = core::heap_bytes();
};

const Before& before_sessions() {
  static const Before before;
  return before;
}

}  // namespace

void note_process_before_sessions() { static_cast<void>(before_sessions()); }

MemoryExplanation Core::explained_memory() const {
  const Before& before = before_sessions();
  MemoryExplanation explanation;
  explanation.primitive_bytes = core::generated_code_bytes();
  const core::Arena::Resident pages = impl_->arena.resident();
  const ProcessMemory process = process_memory();
  explanation.resident_bytes = process.resident_bytes;
  explanation.file_backed_bytes = process.file_backed_bytes;
  explanation.slack_bytes = pages.rest;
  explanation.library_bytes = before.resident;
  explanation.heap_bytes = std::max<std::int64_t>(0, core::heap_bytes() - before.heap);
  std::int64_t explained =
      explanation.slack_bytes + explanation.primitive_bytes + explanation.library_bytes + explanation.heap_bytes;
  for (int i = 0; i < memory_category_count; ++i) {
    const std::int64_t bytes = pages.by_category[static_cast<std::size_t>(i)];
    explanation.by_category[static_cast<MemoryCategory>(i)] = bytes;
    explained += bytes;
  }
  explanation.unexplained_bytes = std::max<std::int64_t>(0, explanation.resident_bytes - explained);
  return explanation;
}

}  // namespace session

std::ostream& operator<<(std::ostream& out, const MemoryExplanation& explanation) {
  const std::ios::fmtflags flags = out.flags();
  out << "Private memory of the process: " << to_string(Bytes{explanation.resident_bytes});
  const auto row = [&](std::string_view what, std::int64_t bytes) {
    if (bytes == 0) return;
    out << "\n  " << std::left << std::setw(24) << what << std::right << std::setw(12) << to_string(Bytes{bytes});
  };
  for (const auto& [category, bytes] : explanation.by_category) row(name_of(category), bytes);
  row("free on begun pages", explanation.slack_bytes);
  row("code of primitives", explanation.primitive_bytes);
  row("before the first session", explanation.library_bytes);
  row("heap since then", explanation.heap_bytes);
  row("unexplained", explanation.unexplained_bytes);
  out << "\nBeside it, pages of files: " << to_string(Bytes{explanation.file_backed_bytes});
  out.flags(flags);
  return out;
}

}  // namespace keratin::inline v0
