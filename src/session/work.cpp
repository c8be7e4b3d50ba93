#include "session/work.h"

#include <exception>

#include "keratin/core/log.h"
#include "session/core_impl.h"

namespace keratin::inline v0::session {

Work::Work(Core& core, std::string_view kind, SourceLine where)
    : entry_(core),
      core_(core),
      outer_(core.impl().work),
      kind_(kind),
      where_(where),
      number_(++core.impl().works),
      preparations_before_(core.impl().preparations) {
  core.impl().work = this;
}

Work::~Work() {
  Core::Impl& impl = core_.impl();
  impl.work = outer_;
  if (outer_ != nullptr || impl.made.is_other_process()) return;
  if (impl.preparations != preparations_before_) trim_heap();
  if (where_.line == 0) return;
  try {
    const std::string warning = impl.leaks.note(core_, kind_, where_);
    if (!warning.empty()) log::write(log::Level::warning, warning);
  } catch (const std::exception&) {
    // There is no memory for the warning, or for what it needs: the call's own result counts more.
  }
}

}  // namespace keratin::inline v0::session
