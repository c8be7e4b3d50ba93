#include "keratin/losses/losses.h"

#include <memory>
#include <utility>

#include "core/class_name.h"
#include "core/spec_table.h"
#include "keratin/core/error.h"
#include "losses/options.h"

namespace keratin::inline v0 {
namespace losses {

Custom::Custom(std::string name, Function function, Reduction reduction, std::optional<DType> dtype)
    : Loss(std::move(name), reduction, dtype), function_(std::move(function)) {
  if (!function_) throw ValueError("losses::custom needs a function. Received: an empty one");
}

Tensor Custom::call(const Tensor& y_true, const Tensor& y_pred) const { return function_(y_true, y_pred); }

namespace {

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

constexpr core::SpecTable<LossSpec> table{"a loss", "keras.losses", entries};

}  // namespace
}  // namespace losses

std::unique_ptr<losses::Loss> LossSpec::make() const {
  if (is_empty()) throw ValueError("A loss was asked for where none is given");
  return losses::table.with_object(*this).clone();
}

ConfigValue LossSpec::config() const {
  if (const auto* const own = dynamic_cast<const losses::Custom*>(object())) return core::function_config(own->name());
  return losses::table.config_or_name(*this);
}

LossSpec LossSpec::from_config(const ConfigValue& config) { return losses::table.from_config(config); }

}  // namespace keratin::inline v0
