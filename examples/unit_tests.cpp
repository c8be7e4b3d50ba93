// How code that uses Keratin is tested with GoogleTest: gradients of a layer of one's own, a service that leaves
// nothing behind, that stays within its memory, and that survives when memory ends.
#include <keratin/keratin.h>
#include <keratin/testing.h>

namespace kt = keratin;
namespace layers = keratin::layers;
namespace ops = keratin::ops;

namespace {

/// What is tested: softplus with a slope for each feature.
class Slope : public kt::Layer {
 public:
  void build(const kt::Shape& input) override { slope_ = add_weight("slope", {input.back()}, {.initializer = "ones"}); }
  kt::Tensor call(const kt::Tensor& x, const kt::CallContext&) override { return ops::softplus(x * slope_); }

 private:
  kt::Variable slope_;
};

/// And a service that keeps one model, and trains another one for each request.
class Forecaster {
 public:
  explicit Forecaster(kt::Session& session) : session_(session) {}

  /// The forecast for each row, of a model that is trained on all of them and ends with the call.
  kt::Array forecast(const kt::Array& x, const kt::Array& y) {
    const auto scope = session_.graph_scope();
    kt::Sequential model(session_, {layers::Input({x.shape()[1]}), layers::Dense(4), Slope(), layers::Dense(1)});
    model.compile({.optimizer = "adam", .loss = "mse"});
    model.fit(x, y, {.epochs = 3, .verbose = 0});
    return model.predict(x);
  }

 private:
  kt::Session& session_;
};

TEST(SlopeTest, ItsGradientsAreThoseOfDifferences) { EXPECT_GRADIENTS(Slope(), {{3, 2}}); }

/// Each test has a session of its own, and fails where it leaves something in it.
class ForecasterTest : public kt::testing::SessionTest {
 protected:
  const kt::Array x_ = kt::Array::random_normal({16, 3}, {.seed = 1});
  const kt::Array y_ = kt::Array::random_normal({16, 1}, {.seed = 2});
};

TEST_F(ForecasterTest, LeavesNothingBehind) {
  Forecaster service(session());
  for (int request = 0; request < 3; ++request) service.forecast(x_, y_);
}

TEST_F(ForecasterTest, StaysWithinItsMemory) {
  Forecaster service(session());
  EXPECT_MEMORY_BELOW(kt::KiB(256), session(), service.forecast(x_, y_));
}

TEST_F(ForecasterTest, SaysSoWhenTheSystemRefusesABlock) {
  Forecaster service(session());
  const kt::testing::FailingAllocation fail({.after = 2});
  EXPECT_THROW(service.forecast(x_, y_), kt::OutOfMemoryError);
}

}  // namespace
