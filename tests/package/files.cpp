// What a user of saved models, arrays, images and a server does: keratin::files, keratin::images and keratin::remote through
// their public headers.
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include <keratin/keratin.h>

namespace kt = keratin;
namespace layers = keratin::layers;

int main() {
  const std::string path = (std::filesystem::temp_directory_path() / "keratin_package_test.npz").string();
  kt::save_npz(path, {{"x", kt::Array::ones({2, 3})}}, {.compressed = true});
  const kt::Array x = kt::load_npz(path)["x"];

  kt::Session session;
  auto model = kt::Sequential(session, {layers::Input({3}), layers::Dense(2)});
  const kt::Array y = model.predict(x);
  int caught = 0;  // exceptions' types cross the libraries' borders
  try {
    kt::load_model(session, path);
  } catch (const kt::FileError&) {
    ++caught;
  }
  try {
    model.load_weights(path);
  } catch (const kt::FileError&) {
    ++caught;
  }
  try {
    kt::utils::load_img(path);
  } catch (const kt::FileError&) {
    ++caught;
  }
  try {
    kt::callbacks::RemoteMonitor({.root = "no address"});
  } catch (const kt::ValueError&) {
    ++caught;
  }
  std::filesystem::remove(path);
  return y.shape() == kt::Shape{2, 2} && caught == 4 ? EXIT_SUCCESS : EXIT_FAILURE;
}
