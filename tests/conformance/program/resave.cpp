#include "commands.h"

namespace conformance {
namespace kt = keratin;

void resave(const Arguments& arguments) {
  kt::Session session;
  kt::Model model = kt::load_model(session, arguments.word(0, "IN.keras"));
  const std::string& out = arguments.word(1, "OUT");
  if (out.ends_with(".weights.h5")) {
    model.save_weights(out);
  } else {
    model.save(out);
  }
}

}  // namespace conformance
