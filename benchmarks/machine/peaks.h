#pragma once

namespace machine {

/// What this machine does at best, measured once in this process: what kernels are compared with.
struct Peaks {
  double flops = 0.0;  ///< float32 operations a second of multiply-adds in registers, widest instruction set there is
  double bytes = 0.0;  ///< a second, read and written, of a scaled copy between arrays larger than any cache
};

/// With so many threads at once. Takes about half a second the first time for each number.
const Peaks& peaks(int threads);

}  // namespace machine
