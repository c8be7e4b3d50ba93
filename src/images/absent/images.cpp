// What stands in for keratin::images where it is left out of the build.
#include "keratin/core/error.h"
#include "keratin/images/images.h"

namespace keratin::inline v0 {
namespace {

[[noreturn]] void not_built(const char* what) {
  throw NotBuiltError(std::string(what) +
                      " belongs to keratin::images, which was left out when this library was built. Build it with "
                      "-DKERATIN_BUILD_IMAGES=ON");
}

}  // namespace

Array utils::load_img(const std::string& /*path*/, const LoadImgOptions& /*options*/) { not_built("load_img"); }

ImageDataset image_dataset_from_directory(const std::string& /*directory*/, const ImageDatasetOptions& /*options*/) {
  not_built("image_dataset_from_directory");
}

}  // namespace keratin::inline v0
