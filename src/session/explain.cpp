#include <algorithm>
#include <set>
#include <sstream>
#include <utility>

#include "session/traced_function_impl.h"

namespace keratin::inline v0::session {
namespace {

std::string limits_of(const FunctionOptions& options) {
  return "At most " + std::to_string(options.max_traces) + " traces are kept, and " +
         std::to_string(options.max_plans) + " plans of each";
}

constexpr std::string_view on_closures =
    "  Numbers given as arguments are inputs: another value needs no other trace. What the body reads from C++ (a "
    "captured number, a flag, a container) is read when it is traced, and stays as it was then: give it as an argument "
    "or keep it in a Variable.\n";

}  // namespace

std::string TracedFunction::explain() const {
  const Impl& impl = *impl_;
  std::ostringstream out;
  const std::lock_guard lock(impl.mutex);
  FunctionStats numbers = impl.counted;
  numbers.reasons.clear();
  const std::string line = to_string(impl.where);
  out << numbers << (line.empty() ? "" : ", made at ") << line << '\n';
  if (impl.is_eager()) {
    out << "  It is eager: its body runs anew at each call, and nothing is traced.\n";
    return out.str();
  }
  std::set<std::string_view> said;
  std::int64_t number = impl.counted.traces - static_cast<std::int64_t>(impl.counted.reasons.size());
  if (number > 0) out << "  … " << number << " earlier\n";
  for (std::size_t i = 0; i < impl.counted.reasons.size(); ++i) {
    out << "  " << ++number << ". " << impl.counted.reasons[i] << '\n';
    if (!impl.advices[i].empty() && said.insert(impl.advices[i]).second) out << "     → " << impl.advices[i] << ".\n";
  }
  if (impl.plans_again > 0)
    out << "  Plans: " << impl.plans_again << " were made again, as more than " << impl.options.max_plans
        << " batch sizes come in turn and take each other's place.\n     → Use fewer batch sizes (pad the batch); a "
           "function of one's own can keep more, with .max_plans.\n";
  if (impl.counted.traces <= 1 && impl.plans_again == 0 && impl.counted.calls > 0)
    out << "  One trace serves all calls: nothing to do.\n";
  out << "  " << limits_of(impl.options) << ".\n" << on_closures;
  return out.str();
}

}  // namespace keratin::inline v0::session
