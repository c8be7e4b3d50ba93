#include "keratin/losses/losses.h"

#include <memory>
#include <utility>

#include "core/class_name.h"
#include "core/spec_table.h"
#include "graph/custom_function.h"
#include "keratin/core/error.h"
#include "losses/common.h"
#include "losses/options.h"

namespace keratin::inline v0 {
namespace losses {

Custom::Custom(std::string name, Function function, Reduction reduction, std::optional<DType> dtype)
    : Loss(core::name_of_function(name), reduction, dtype),
      function_name_(std::move(name)),
      function_(std::move(function)) {
  if (!function_) throw ValueError("losses::custom needs a function. Received: an empty one");
}

Config Custom::config() const {
  Config config = Loss::config();
  config.set("fn", core::function_config(function_name_));
  return config;
}

Tensor Custom::call(const Tensor& y_true, const Tensor& y_pred) const { return function_(y_true, y_pred); }

namespace {

/// "crossentropy": which one, the shapes say.
class CrossentropyByShapes final : public Loss {
 public:
  explicit CrossentropyByShapes(std::string name) : Loss(std::move(name)) {}
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    switch (classes_by_shapes(y_true.shape(), y_pred.shape())) {
      case Classes::binary:
        return BinaryCrossentropy().call(y_true, y_pred);
      case Classes::sparse:
        return SparseCategoricalCrossentropy().call(y_true, y_pred);
      case Classes::categorical:
        break;
    }
    return CategoricalCrossentropy().call(y_true, y_pred);
  }
};

/// A function of the user's with other options than a function by itself has.
constexpr std::string_view wrapper_class = "LossFunctionWrapper";

LossSpec wrapper_from(const Config& config) {
  LossOptions options;
  Config fn;
  core::read_all(
      config, wrapper_class,
      [](auto& option, auto& function, auto& others) {
        option.required("fn", function);
        loss_options(option, others);
      },
      fn, options);
  const auto name = fn.get<std::string>("config");
  auto function = core::custom_named<Custom::Function>(name);
  if (!function) core::refuse_function(name, "LossFunctionWrapper: the function isn't known. Received: '" + name + "'");
  return Custom(name, std::move(*function), options.reduction, options.dtype);
}

using Entry = core::SpecEntry<LossSpec>;

template <class T, class Options, const auto& list>
constexpr Entry entry(std::string_view class_name, std::string_view name, std::string_view alias = {},
                      std::string_view other_alias = {}) {
  const auto make = [](const Config& config) -> LossSpec {
    Options options;
    core::read_all(config, core::class_name(typeid(T)), list, options);
    return T(std::move(options));
  };
  return {class_name, name, alias, make, other_alias};
}

constexpr Entry entries[] = {
    entry<BinaryCrossentropy, BinaryCrossentropyOptions, crossentropy_options>("BinaryCrossentropy",
                                                                               "binary_crossentropy", "bce", "BCE"),
    entry<BinaryFocalCrossentropy, BinaryFocalCrossentropyOptions, binary_focal_options>("BinaryFocalCrossentropy",
                                                                                         "binary_focal_crossentropy"),
    entry<CategoricalCrossentropy, CategoricalCrossentropyOptions, crossentropy_options>("CategoricalCrossentropy",
                                                                                         "categorical_crossentropy"),
    entry<CategoricalFocalCrossentropy, CategoricalFocalCrossentropyOptions, categorical_focal_options>(
        "CategoricalFocalCrossentropy", "categorical_focal_crossentropy"),
    entry<CategoricalGeneralizedCrossEntropy, CategoricalGeneralizedCrossEntropyOptions, generalized_options>(
        "CategoricalGeneralizedCrossEntropy", ""),
    entry<CategoricalHinge, LossOptions, loss_options>("CategoricalHinge", "categorical_hinge"),
    entry<Circle, CircleOptions, circle_options>("Circle", "circle"),
    entry<CosineSimilarity, CosineSimilarityOptions, cosine_similarity_options>("CosineSimilarity",
                                                                                "cosine_similarity"),
    entry<CTC, LossOptions, loss_options>("CTC", "ctc"),
    entry<Dice, DiceOptions, dice_options>("Dice", "dice"),
    entry<Hinge, LossOptions, loss_options>("Hinge", "hinge"),
    entry<Huber, HuberOptions, huber_options>("Huber", "huber"),
    entry<KLDivergence, LossOptions, loss_options>("KLDivergence", "kl_divergence", "kld", "KLD"),
    entry<LogCosh, LossOptions, loss_options>("LogCosh", "log_cosh"),
    {wrapper_class, "", "", wrapper_from},
    entry<MeanAbsoluteError, LossOptions, loss_options>("MeanAbsoluteError", "mean_absolute_error", "mae", "MAE"),
    entry<MeanAbsolutePercentageError, LossOptions, loss_options>("MeanAbsolutePercentageError",
                                                                  "mean_absolute_percentage_error", "mape", "MAPE"),
    entry<MeanSquaredError, LossOptions, loss_options>("MeanSquaredError", "mean_squared_error", "mse", "MSE"),
    entry<MeanSquaredLogarithmicError, LossOptions, loss_options>("MeanSquaredLogarithmicError",
                                                                  "mean_squared_logarithmic_error", "msle", "MSLE"),
    entry<Poisson, LossOptions, loss_options>("Poisson", "poisson"),
    entry<SparseCategoricalCrossentropy, SparseCategoricalCrossentropyOptions, sparse_categorical_options>(
        "SparseCategoricalCrossentropy", "sparse_categorical_crossentropy"),
    entry<SquaredHinge, LossOptions, loss_options>("SquaredHinge", "squared_hinge"),
    entry<Tversky, TverskyOptions, tversky_options>("Tversky", "tversky"),
};

constexpr core::SpecTable<LossSpec> table{"a loss", "keras.losses", entries,
                                          graph::custom_function<LossSpec, ::keratin::detail::TwoTensors>};

}  // namespace
}  // namespace losses

LossSpec LossSpec::of_function(std::string name, detail::TwoTensors function) {
  return losses::custom(std::move(name), std::move(function));
}

std::unique_ptr<losses::Loss> LossSpec::make() const {
  if (is_empty()) throw ValueError("A loss was asked for where none is given");
  const std::string_view wanted = name() == nullptr ? "" : name();
  for (const std::string_view by_shapes : {"crossentropy", "Crossentropy", "CrossEntropy", "ce", "CE"})
    if (wanted == by_shapes) return std::make_unique<losses::CrossentropyByShapes>(std::string(wanted));
  return losses::table.with_object(*this).clone();
}

ConfigValue LossSpec::config() const {
  if (const auto* const own = dynamic_cast<const losses::Custom*>(object())) {
    const bool is_plain = own->reduction() == losses::Reduction::sum_over_batch_size && !own->dtype();
    if (is_plain) return core::function_config(own->function_name());
    // As Keras writes its wrapper of a function, which isn't public.
    return core::object_config("keras.src.losses.losses", own->class_name(), own->config());
  }
  return losses::table.config_or_name(*this);
}

LossSpec LossSpec::from_config(const ConfigValue& config) { return losses::table.from_config(config); }

}  // namespace keratin::inline v0
