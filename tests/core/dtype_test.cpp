#include "keratin/core/dtype.h"

#include <string>

#include <gtest/gtest.h>

#include "core/half.h"
#include "keratin/core/complex.h"
#include "keratin/core/error.h"

namespace {

using namespace keratin;

constexpr DType all[] = {boolean, uint8,   uint16,   uint32,  uint64,  int8,      int16, int32,
                         int64,   float16, bfloat16, float32, float64, complex64, string};

TEST(DType, NamesAreKerasNamesAndReadBack) {
  EXPECT_EQ(name_of(boolean), "bool");
  EXPECT_EQ(name_of(bfloat16), "bfloat16");
  for (const DType dtype : all) EXPECT_EQ(dtype_from_name(name_of(dtype)), dtype);
}

TEST(DType, AnUnknownNameIsToldTheKnownOnes) {
  try {
    dtype_from_name("float23");
    FAIL() << "no exception";
  } catch (const ValueError& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("'float32'"), std::string::npos);
    EXPECT_NE(text.find("Received: dtype='float23'"), std::string::npos);
  }
}

TEST(DType, SizesAreThoseOfTheElements) {
  EXPECT_EQ(size_of(dtype_of<bool>), sizeof(bool));
  EXPECT_EQ(size_of(dtype_of<Float16>), sizeof(Float16));
  EXPECT_EQ(size_of(dtype_of<float>), sizeof(float));
  EXPECT_EQ(size_of(dtype_of<std::complex<float>>), sizeof(std::complex<float>));
  EXPECT_EQ(size_of(dtype_of<std::string>), sizeof(std::string));
  EXPECT_EQ(dtype_of<long long>, int64);
  EXPECT_EQ(dtype_of<const unsigned long long>, uint64);
}

// keras.backend.result_type of Keras 3.12 (its lattice of promotions).
TEST(DType, PromotesAsKerasDoes) {
  EXPECT_EQ(result_type(boolean, uint8), uint8);
  EXPECT_EQ(result_type(uint8, int8), int16);
  EXPECT_EQ(result_type(uint16, int8), int32);
  EXPECT_EQ(result_type(uint32, int32), int64);
  EXPECT_EQ(result_type(uint8, int64), int64);
  EXPECT_EQ(result_type(uint64, int64), float32);
  EXPECT_EQ(result_type(uint64, int8), float32);
  EXPECT_EQ(result_type(uint16, uint32), uint32);
  EXPECT_EQ(result_type(int32, int64), int64);
  EXPECT_EQ(result_type(int64, float32), float32);
  EXPECT_EQ(result_type(int64, float16), float16);
  EXPECT_EQ(result_type(int64, bfloat16), bfloat16);
  EXPECT_EQ(result_type(float16, bfloat16), float32);
  EXPECT_EQ(result_type(bfloat16, float32), float32);
  EXPECT_EQ(result_type(float32, float64), float64);
  EXPECT_EQ(result_type(boolean, float16), float16);
}

TEST(DType, PromotionDoesNotDependOnTheOrder) {
  for (const DType a : all)
    for (const DType b : all) EXPECT_EQ(result_type(a, b), result_type(b, a)) << name_of(a) << ' ' << name_of(b);
}

// Each of the 65,536 values goes to float and back unchanged (NaN to some NaN).
TEST(HalfPrecision, EveryValueSurvivesTheWayThroughFloat) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const Float16 half{static_cast<std::uint16_t>(bits)};
    const BFloat16 brain{static_cast<std::uint16_t>(bits)};
    if ((bits & 0x7fff) <= 0x7c00) {
      EXPECT_EQ(core::to_float16(core::to_float(half)).bits, bits);
    } else {
      EXPECT_NE(core::to_float(half), core::to_float(half));
      EXPECT_GT(core::to_float16(core::to_float(half)).bits & 0x7fff, 0x7c00);
    }
    if ((bits & 0x7fff) <= 0x7f80) {
      EXPECT_EQ(core::to_bfloat16(core::to_float(brain)).bits, bits);
    } else {
      EXPECT_GT(core::to_bfloat16(core::to_float(brain)).bits & 0x7fff, 0x7f80);
    }
  }
}

// Between each two neighbours: the middle goes to the even one, a little more or less to the nearer one.
TEST(HalfPrecision, RoundsToTheNearestAndTiesToEven) {
  for (std::uint16_t bits = 0; bits < 0x7bff; ++bits) {
    const std::uint16_t next = static_cast<std::uint16_t>(bits + 1);
    const double low = core::to_float(Float16{bits});
    const double high = core::to_float(Float16{next});
    const double middle = (low + high) / 2;
    const std::uint16_t even = bits % 2 == 0 ? bits : next;
    EXPECT_EQ(core::to_float16(middle).bits, even);
    EXPECT_EQ(core::to_float16(static_cast<float>(middle)).bits, even);
    EXPECT_EQ(core::to_float16(middle + middle * 1e-15).bits, next);  // too little for a float to see
    EXPECT_EQ(core::to_float16(middle - middle * 1e-15).bits, bits);
    EXPECT_EQ(core::to_float16(-middle).bits, even | 0x8000);
  }
  EXPECT_EQ(core::to_float16(65519.9).bits, 0x7bff);
  EXPECT_EQ(core::to_float16(65520.0).bits, 0x7c00);
  EXPECT_EQ(core::to_float16(1e300).bits, 0x7c00);
  EXPECT_EQ(core::to_bfloat16(1.00390625f).bits, 0x3f80);  // halfway between 1 and 1.0078125
  EXPECT_EQ(core::to_bfloat16(1.00390625 + 1e-12).bits, 0x3f81);
  EXPECT_EQ(core::to_bfloat16(3.4e38f).bits, 0x7f80);
}

}  // namespace
