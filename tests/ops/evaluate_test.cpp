#include "support/evaluate.h"

#include <gtest/gtest.h>

#include "graph/builder.h"
#include "keratin/core/error.h"

namespace {

using namespace keratin;
using namespace keratin::graph;

void same_shape(const InferContext& context) { context.outputs[0] = context.inputs[0]; }

/// out[i] = in[n − 1 − i], plus what it finds in its workspace if that isn't written first.
class Reversed final : public Kernel {
 public:
  explicit Reversed(std::int64_t count) : count_(count) {}
  std::size_t workspace_bytes() const noexcept override { return sizeof(float); }
  void run(const KernelArguments& arguments) const override {
    auto* const offset = reinterpret_cast<float*>(arguments.workspace);
    *offset = 0.0f;
    for (std::int64_t i = 0; i < count_; ++i)
      arguments.output<float>()[i] = arguments.input<float>(0)[count_ - 1 - i] + *offset;
  }

 private:
  std::int64_t count_;
};

/// Claims to work in place, and does not.
const OpDef reverse_op{
    .name = "reverse",
    .infer = same_shape,
    .kernel = [](const KernelRequest& request) { return make_kernel<Reversed>(request, request.inputs[0].elements()); },
    .in_place = 1};
const OpDef flat_op{.name = "flat",
                    .infer =
                        [](const InferContext& context) {
                          const Shape& shape = context.inputs[0].shape;
                          context.outputs[0] = {float32, {shape.is_static() ? shape.elements() : -1}};
                        },
                    .view = true};
const OpDef without_kernel_op{.name = "nothing", .infer = same_shape};

std::vector<float> values(const Array& array) { return {array.data<float>().begin(), array.data<float>().end()}; }

class Evaluate : public testing::Test {
 protected:
  Tensor call(const OpDef& op, const Tensor& input) { return builder.append_one(op, {&input, 1}, {}); }
  Builder builder{std::pmr::get_default_resource()};
  Tensor x = builder.input({float32, {-1, 2}}, "x");
  const std::vector<Array> inputs{Array::copy_of({1.0f, 2.0f, 3.0f, 4.0f}).reshaped({2, 2})};
};

TEST_F(Evaluate, RunsKernelsAndViewsWithTheShapesOfTheInputs) {
  const Tensor y = call(flat_op, call(reverse_op, x));
  builder.finish({&y, 1});
  const Array result = test::evaluate(builder.graph(), inputs).outputs[0];
  EXPECT_EQ(result.shape(), Shape{4});
  EXPECT_EQ(values(result), (std::vector<float>{4, 3, 2, 1}));
  EXPECT_EQ(values(inputs[0]), (std::vector<float>{1, 2, 3, 4}));
}

TEST_F(Evaluate, ReadsVariablesScalarsAndConstants) {
  const Tensor outputs[] = {builder.read(3, {float32, {2}}, "v"), builder.scalar(1.5, float32),
                            builder.constant(Array::ones({1}))};
  builder.assign(3, {float32, {2}}, "v", call(reverse_op, outputs[0]));
  builder.finish(outputs);
  const test::Evaluated result =
      test::evaluate(builder.graph(), inputs, {.variables = {{3, Array::copy_of({5.0f, 6.0f})}}});
  EXPECT_EQ(values(result.outputs[0]), (std::vector<float>{5, 6}));
  EXPECT_EQ(result.outputs[1].item<float>(), 1.5f);
  EXPECT_EQ(result.outputs[2].item<float>(), 1.0f);
  EXPECT_EQ(values(result.updates.at(3)), (std::vector<float>{6, 5}));
}

TEST_F(Evaluate, InPlaceShowsAKernelThatReadsWhatItHasOverwritten) {
  const Tensor y = call(reverse_op, x);
  builder.finish({&y, 1});
  const Array result = test::evaluate(builder.graph(), inputs, {.in_place_input = 0}).outputs[0];
  EXPECT_EQ(values(result), (std::vector<float>{4, 3, 3, 4}));
  EXPECT_EQ(values(inputs[0]), (std::vector<float>{1, 2, 3, 4}));
}

TEST_F(Evaluate, RefusesAnOpWithoutKernel) {
  call(without_kernel_op, x);
  EXPECT_THROW(test::evaluate(builder.graph(), inputs), InternalError);
}

}  // namespace
