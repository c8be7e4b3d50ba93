#include "core/cpu.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

#include "keratin/core/log.h"

namespace keratin::inline v0::core {
namespace {

CpuLevel machine_level() noexcept {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (avx2 && avx512) return CpuLevel::avx512;
  if (avx2) return CpuLevel::avx2;
#endif
  return CpuLevel::baseline;
}

CpuLevel wanted_level() {
  const char* const variable = std::getenv("KERATIN_CPU");
  const std::string_view wanted = variable == nullptr ? "" : variable;
  if (wanted == "baseline") return CpuLevel::baseline;
  if (wanted == "avx2") return CpuLevel::avx2;
  if (!wanted.empty() && wanted != "avx512")
    log::write(log::Level::warning,
               "KERATIN_CPU must be 'baseline', 'avx2' or 'avx512'; the machine's best level is used. Received: '" +
                   std::string(wanted) + "'");
  return CpuLevel::avx512;
}

}  // namespace

CpuLevel cpu_level() noexcept {
  static const CpuLevel level = std::min(machine_level(), wanted_level());
  return level;
}

}  // namespace keratin::inline v0::core
