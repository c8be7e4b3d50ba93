// What stands in for keratin::remote where it is left out of the build.
#include "keratin/core/error.h"
#include "keratin/remote/remote_monitor.h"

namespace keratin::inline v0::callbacks {

RemoteMonitor::RemoteMonitor(RemoteMonitorOptions /*options*/) {
  throw NotBuiltError(
      "RemoteMonitor belongs to keratin::remote, which was left out when this library was built. Build it with "
      "-DKERATIN_BUILD_REMOTE=ON");
}
void RemoteMonitor::on_epoch_end(std::int64_t /*epoch*/, const Logs& /*logs*/) {}

}  // namespace keratin::inline v0::callbacks
