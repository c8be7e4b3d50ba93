#pragma once

#include <string>

#include "keratin/core/array.h"
#include "keratin/core/choice.h"
#include "keratin/core/export.h"
#include "keratin/data/examples.h"

/// Files of well-known data sets. Each may be packed with gzip. Each throws FileError for a file that can't be read, is
/// damaged, ends too early or goes on too long.
namespace keratin::inline v0 {

struct CifarLabels {
  enum Value : unsigned char { fine, coarse };
  static constexpr std::string_view names[] = {"fine", "coarse"};
};
/// Keras's `label_mode` of CIFAR-100: 100 classes or 20.
class CifarLabelMode : public Choice<CifarLabels> {
 public:
  KERATIN_CHOICE_NAMES(CifarLabelMode, CifarLabels, "labels")
};

/// An IDX file, as MNIST comes: uint8, int8, int16, int32, float32 or float64 of any shape.
/// http://yann.lecun.com/exdb/mnist
KERATIN_API Array read_idx(const std::string& path);
/// Binary CIFAR-10: x (n, 32, 32, 3) uint8, channels last as Keras has them; y (n, 1) uint8.
/// https://www.cs.toronto.edu/~kriz/cifar.html
KERATIN_API Examples read_cifar10(const std::string& path);
/// Binary CIFAR-100, in the same way.
KERATIN_API Examples read_cifar100(const std::string& path, CifarLabelMode label_mode = CifarLabels::fine);

namespace datasets {

/// The four files of MNIST (or one of its kin) in a folder, `train-images-idx3-ubyte` and so on, each also as `.gz`:
/// x (n, 28, 28) uint8, y (n,) uint8. `keras.datasets.mnist.load_data` of files that are there already.
KERATIN_API Split mnist(const std::string& folder);
/// `data_batch_1.bin` … `data_batch_5.bin` and `test_batch.bin` of a folder. `keras.datasets.cifar10.load_data`.
KERATIN_API Split cifar10(const std::string& folder);
/// `train.bin` and `test.bin` of a folder. `keras.datasets.cifar100.load_data`.
KERATIN_API Split cifar100(const std::string& folder, CifarLabelMode label_mode = CifarLabels::fine);

}  // namespace datasets
}  // namespace keratin::inline v0
