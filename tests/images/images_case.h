#pragma once

#include <string>
#include <vector>

#include "keratin/images/images.h"
#include "support/recorded.h"

namespace keratin::test {

struct RecordedImage {
  std::string file;
  utils::LoadImgOptions options;
  Values pixels;
};

struct RecordedFolder {
  ImageDatasetOptions options;
  std::vector<std::string> files;
  Values images;  ///< of all batches
  Values labels;
};

}  // namespace keratin::test
