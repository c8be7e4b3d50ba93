// dlib's trainer, with its matrix products by OpenBLAS. The step runs on a thread of the trainer's.
#include "peers/peer.h"

#ifdef KERATIN_BENCHMARK_DLIB

#include <dlib/dnn.h>

extern "C" void openblas_set_num_threads(int threads);

namespace peers {
namespace {

using Row = dlib::matrix<float>;
using Small = dlib::loss_multiclass_log<dlib::fc<10, dlib::relu<dlib::fc<32, dlib::input<Row>>>>>;
using Large =
    dlib::loss_multiclass_log<dlib::fc<10, dlib::relu<dlib::fc<512, dlib::relu<dlib::fc<512, dlib::input<Row>>>>>>>;

template <class Net>
class Trainer {
 public:
  Trainer(const Workload& workload, const Examples& examples)
      : batch_(static_cast<std::size_t>(workload.batch)), trainer_(net_, dlib::adam(0.0f, 0.9f, 0.999f)) {
    trainer_.set_learning_rate(1e-3);
    trainer_.set_iterations_without_progress_threshold(1000000000);
    const auto columns = static_cast<std::size_t>(workload.widths.front());
    for (std::size_t row = 0; row < examples.y.size(); ++row) {
      x_.push_back(dlib::mat(examples.x.data() + row * columns, static_cast<long>(columns), 1));
      y_.push_back(static_cast<unsigned long>(examples.y[row]));
    }
  }

  void run(int steps) {
    for (int i = 0; i < steps; ++i) {
      const auto first = static_cast<std::ptrdiff_t>(static_cast<std::size_t>(i) * batch_ % x_.size());
      const auto last = first + static_cast<std::ptrdiff_t>(batch_);
      trainer_.train_one_step(x_.begin() + first, x_.begin() + last, y_.begin() + first);
    }
    trainer_.get_net(dlib::force_flush_to_disk::no);  // waits for the last step
  }

 private:
  std::size_t batch_;
  Net net_;
  dlib::dnn_trainer<Net, dlib::adam> trainer_;
  std::vector<Row> x_;
  std::vector<unsigned long> y_;
};

template <class Net>
Steps trainer(const Workload& workload, const Examples& examples, int threads) {
  auto made = std::make_shared<Trainer<Net>>(workload, examples);
  return [made, threads](int steps) {
    openblas_set_num_threads(threads);
    made->run(steps);
  };
}

}  // namespace

Steps dlib(const Workload& workload, const Examples& examples, int threads) {
  if (workload.widths == std::vector<std::int64_t>{64, 32, 10}) return trainer<Small>(workload, examples, threads);
  if (workload.widths == std::vector<std::int64_t>{784, 512, 512, 10})
    return trainer<Large>(workload, examples, threads);
  return {};
}

}  // namespace peers

#else

namespace peers {
Steps dlib(const Workload& /*workload*/, const Examples& /*examples*/, int /*threads*/) { return {}; }
}  // namespace peers

#endif
