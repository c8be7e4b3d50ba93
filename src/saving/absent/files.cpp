// What stands in for keratin::files where it is left out of the build.
#include "keratin/core/error.h"
#include "keratin/saving/load_model.h"
#include "keratin/saving/model_json.h"
#include "keratin/saving/npz.h"

namespace keratin::inline v0 {
namespace {

[[noreturn]] void not_built(const char* what) {
  throw NotBuiltError(std::string(what) +
                      " belongs to keratin::files, which was left out when this library was built. Build it with "
                      "-DKERATIN_BUILD_FILES=ON");
}

}  // namespace

NamedArrays load_npz(const std::string& /*path*/) { not_built("load_npz"); }
void save_npz(const std::string& /*path*/, const NamedArrays& /*arrays*/, NpzOptions /*options*/) {
  not_built("save_npz");
}

Model load_model(Session& /*session*/, const std::string& /*path*/, const LoadOptions& /*options*/,
                 std::source_location /*where*/) {
  not_built("load_model");
}
Model model_from_json(Session& /*session*/, std::string_view /*json*/, const std::vector<CustomObject>& /*objects*/,
                      std::source_location /*where*/) {
  not_built("model_from_json");
}
void save_model(const Model& /*model*/, const std::string& /*path*/, const SaveOptions& /*options*/) {
  not_built("save_model");
}
// NOLINTBEGIN(readability-convert-member-functions-to-static)
void Model::save(const std::string& /*path*/, const SaveOptions& /*options*/) const { not_built("save"); }
void Model::save_weights(const std::string& /*path*/, const SaveWeightsOptions& /*options*/) const {
  not_built("save_weights");
}
void Model::load_weights(const std::string& /*path*/, const LoadWeightsOptions& /*options*/) {
  not_built("load_weights");
}
std::string Model::to_json() const { not_built("to_json"); }
// NOLINTEND(readability-convert-member-functions-to-static)

}  // namespace keratin::inline v0
