#pragma once

#include <cstdint>
#include <string>

#include "keratin/core/export.h"
#include "keratin/core/flat_map.h"
#include "keratin/training/callback.h"

namespace keratin::inline v0::callbacks {

struct RemoteMonitorOptions {
  std::string root = "http://localhost:9000";  ///< http:// or https://, host, port; a path's beginning too
  std::string path = "/publish/epoch/end/";    ///< what follows root in the address
  std::string field = "data";                  ///< of the form that carries the numbers, without send_as_json
  FlatMap<std::string, std::string> headers = {};
  bool send_as_json = false;  ///< the numbers themselves, as application/json
  /// Seconds to connect in, and seconds that an answer may take. (Keras waits without end.)
  double timeout = 10.0;
};

/// Sends each epoch's number and logs to a server, as JSON in an HTTP POST: the component keratin::remote. What the
/// server answers is not looked at. Where it can't be reached, or takes too long, the first such epoch logs a warning,
/// and training goes on. `keras.callbacks.RemoteMonitor`.
///
/// fit waits for the answer. A server's certificate is checked against the system's; proxies of the environment are not
/// used. As in Keras, numbers that aren't finite are NaN and Infinity within a form, and with send_as_json they keep
/// their epoch from being sent, with the warning.
class KERATIN_API RemoteMonitor : public Callback {
 public:
  /// Throws ValueError for an address that is none, a header with a line's end in it, or a timeout that isn't positive;
  /// NotBuiltError where keratin::remote is left out of the build.
  explicit RemoteMonitor(RemoteMonitorOptions options = {});
  void on_epoch_end(std::int64_t epoch, const Logs& logs) override;

 private:
  RemoteMonitorOptions options_;
  bool has_warned_ = false;
};

}  // namespace keratin::inline v0::callbacks
