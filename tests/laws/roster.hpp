// Which laws the layers of each kind claim, and layers that show it.
//
// Every kind of operation.hpp stands here; roster.cpp fails where one is missing. Shapes are odd and
// not square, channels 1, 3 and 17, so that blocks of lanes are full, part full and several.
#pragma once

#include <convexpr/layers/layers.hpp>

#include "../support/laws.hpp"
#include "../support/told_user_layers.hpp"

namespace laws {

using cx::Input;
using cx::Kind;

/// What every layer keeps whose modes agree.
inline constexpr Law every = Law::slope | Law::separate | Law::modes_agree;
/// What is linear but for a bias.
inline constexpr Law affine = Law::linear | Law::adjoint | every;

using Convolutions =
    Family<Claim<Kind::conv2d, {.always = affine | Law::shifts},
                 On<cx::Conv2d<17, {.kernel = 3, .padding = 1}>, Input<3, 9, 7>>,
                 On<cx::Conv2d<3, {.kernel = {3, 2}, .stride = {2, 1}, .padding = {1, 0, 0, 1}}>,
                    Input<17, 11, 8>>,
                 On<cx::Conv2d<17, {.kernel = {1, 5}, .dilation = {1, 2}, .bias = false}>,
                    Input<1, 6, 13>>,
                 On<cx::Conv2d<6, {.kernel = {5, 3}, .stride = {1, 3}, .padding = 2, .groups = 3}>,
                    Input<3, 11, 14>>>,
           Claim<Kind::linear, {.always = affine}, On<cx::Linear<17>, Input<3>>,
                 On<cx::Linear<3, {.bias = false}>, Input<17>>, On<cx::Linear<1>, Input<1>>>>;

/// Borders other than zeros, and sequences.
using Borders = Family<
    Claim<Kind::conv2d, {.always = affine | Law::shifts},
          On<cx::Conv2d<3,
                        {.kernel = 3, .padding = {2, 1}, .padding_mode = cx::PaddingMode::reflect}>,
             Input<17, 9, 6>>,
          On<cx::Conv2d<17, {.kernel = {3, 4},
                             .stride = {2, 1},
                             .padding = 2,
                             .padding_mode = cx::PaddingMode::replicate}>,
             Input<3, 9, 8>>,
          On<cx::Conv1d<17, {.kernel = 5, .stride = 2, .padding = {2, 0}}>, Input<3, 19>>,
          On<cx::Conv1d<3, {.kernel = 3,
                            .dilation = 2,
                            .bias = false,
                            .padding_mode = cx::PaddingMode::reflect}>,
             Input<17, 14>>>,
    Claim<Kind::conv2d, {.always = affine | Law::shifts | Law::rolls},
          On<cx::Conv2d<17, {.kernel = {3, 5},
                             .padding = {1, 2},
                             .padding_mode = cx::PaddingMode::circular}>,
             Input<3, 7, 6>>,
          On<cx::Conv2d<3, {.kernel = 3,
                            .stride = {1, 3},
                            .padding = 1,
                            .padding_mode = cx::PaddingMode::circular}>,
             Input<17, 5, 9>>,
          On<cx::Conv1d<
                 3, {.kernel = 4, .padding = {1, 2}, .padding_mode = cx::PaddingMode::circular}>,
             Input<17, 9>>>,
    // A mean is that of the whole image, so that what enters it shows in all of its border.
    Claim<Kind::conv2d, {.always = affine},
          On<cx::Conv2d<3, {.kernel = 3, .padding = 1, .padding_mode = cx::PaddingMode::mean}>,
             Input<1, 5, 7>>>,
    Claim<Kind::pad2d, {.always = affine | Law::shifts | Law::selects},
          On<cx::Pad2d<{.padding = {1, 0, 2, 3}}>, Input<17, 5, 4>>,
          On<cx::Pad2d<{.padding = {2, 3}, .padding_mode = cx::PaddingMode::reflect}>,
             Input<3, 4, 5>>,
          On<cx::Pad2d<{.padding = 1, .padding_mode = cx::PaddingMode::replicate}>, Input<1, 4, 3>>,
          On<cx::Pad2d<{.padding = {4, 1, 0, 2}, .padding_mode = cx::PaddingMode::circular}>,
             Input<17, 4, 3>>>,
    Claim<Kind::pad2d, {.always = affine},
          On<cx::Pad2d<{.padding = {1, 2, 0, 3}, .padding_mode = cx::PaddingMode::mean}>,
             Input<17, 4, 5>>>>;

/// Convolutions whose channels do not meet, and transposed ones.
using Channelwise =
    Family<Claim<Kind::depthwise_conv2d, {.always = affine | Law::shifts},
                 On<cx::DepthwiseConv2d<{.kernel = 3, .padding = 1}>, Input<17, 7, 9>>,
                 On<cx::DepthwiseConv2d<{
                        .kernel = {2, 3}, .stride = {2, 1}, .multiplier = 2, .bias = false}>,
                    Input<3, 9, 8>>>,
           Claim<Kind::depthwise_conv2d, {.always = affine | Law::shifts | Law::rolls},
                 On<cx::DepthwiseConv2d<{
                        .kernel = 3, .padding = 1, .padding_mode = cx::PaddingMode::circular}>,
                    Input<1, 5, 6>>>,
           Claim<Kind::conv_transpose2d, {.always = affine | Law::shifts},
                 On<cx::ConvTranspose2d<
                        17, {.kernel = 3, .stride = 2, .padding = 1, .output_padding = {1, 0}}>,
                    Input<3, 6, 5>>,
                 On<cx::ConvTranspose2d<
                        3, {.kernel = {2, 3}, .stride = {1, 3}, .dilation = {2, 1}, .bias = false}>,
                    Input<17, 6, 4>>,
                 On<cx::ConvTranspose1d<3, {.kernel = 4, .stride = 3}>, Input<17, 7>>>,
           Claim<Kind::filter2d, {.always = affine | Law::shifts},
                 On<cx::Filter2d<cx::sobel_x, {.padding = 1}>, Input<17, 7, 6>>,
                 On<cx::Filter2d<cx::taps({{1, -2, 3, 4}}), {.stride = {3, 2}}>, Input<3, 8, 11>>>>;

using Pools =
    Family<Claim<Kind::max_pool2d, {.always = every | Law::shifts | Law::scales | Law::selects},
                 On<cx::MaxPool2d<{.kernel = {3, 2}, .stride = {1, 2}, .padding = {1, 0}}>,
                    Input<17, 7, 10>>,
                 On<cx::MaxPool2d<{.kernel = 2, .stride = 2, .dilation = 2, .ceil_mode = true}>,
                    Input<3, 10, 9>>>,
           Claim<Kind::avg_pool2d, {.always = affine | Law::shifts},
                 On<cx::AvgPool2d<{.kernel = {2, 3}, .padding = 1}>, Input<17, 7, 12>>,
                 On<cx::AvgPool2d<{.kernel = 3,
                                   .stride = 2,
                                   .padding = 1,
                                   .ceil_mode = true,
                                   .count_include_pad = false}>,
                    Input<1, 8, 11>>>,
           Claim<Kind::global_avg_pool2d, {.always = affine | Law::rolls},
                 On<cx::GlobalAvgPool2d, Input<17, 5, 7>>, On<cx::GlobalAvgPool2d, Input<3, 1, 6>>,
                 On<cx::GlobalAvgPool1d, Input<3, 7>>>>;

using OtherPools = Family<
    Claim<Kind::max_pool2d, {.always = every | Law::shifts | Law::scales | Law::selects},
          On<cx::MaxPool1d<{.kernel = 3, .stride = 2, .padding = 1}>, Input<17, 15>>>,
    Claim<Kind::avg_pool2d, {.always = affine | Law::shifts},
          On<cx::AvgPool1d<{.kernel = 4, .stride = 1}>, Input<3, 13>>>,
    Claim<Kind::lp_pool2d, {.always = every | Law::shifts | Law::scales},
          On<cx::LpPool2d<2, {.kernel = {3, 2}, .stride = {1, 2}}>, Input<17, 7, 10>>,
          On<cx::LpPool2d<4, {.kernel = 2, .padding = 1, .ceil_mode = true}>, Input<3, 8, 9>>,
          On<cx::LpPool1d<2, {.kernel = 3}>, Input<1, 14>>>,
    Claim<Kind::adaptive_avg_pool2d, {.always = affine},
          On<cx::AdaptiveAvgPool2d<3, 4>, Input<17, 7, 6>>,
          On<cx::AdaptiveAvgPool1d<5>, Input<3, 7>>>,
    Claim<Kind::adaptive_avg_pool2d, {.always = affine | Law::rolls},
          On<cx::AdaptiveAvgPool2d<2, 3>, Input<3, 6, 9>>>,
    Claim<Kind::adaptive_max_pool2d, {.always = every | Law::scales | Law::selects},
          On<cx::AdaptiveMaxPool2d<3, 4>, Input<17, 7, 6>>,
          On<cx::AdaptiveMaxPool1d<5>, Input<3, 7>>>,
    Claim<Kind::global_max_pool2d, {.always = every | Law::scales | Law::selects | Law::rolls},
          On<cx::GlobalMaxPool2d, Input<17, 5, 7>>, On<cx::GlobalMaxPool1d, Input<3, 7>>>,
    Claim<Kind::upsample_nearest, {.always = affine | Law::shifts | Law::rolls | Law::selects},
          On<cx::Upsample<{.scale = {2, 3}}>, Input<17, 5, 4>>>,
    Claim<
        Kind::upsample_bilinear, {.always = affine | Law::shifts},
        On<cx::Upsample<{.scale = {3, 2}, .mode = cx::UpsampleMode::bilinear}>, Input<17, 4, 5>>>>;

using Normalisations = Family<
    Claim<Kind::batch_norm2d,
          {.training = Law::slope | Law::rolls | Law::level_blind,
           .inference = Law::linear | Law::adjoint | Law::slope | Law::separate | Law::rolls},
          On<cx::BatchNorm2d<>, Input<17, 5, 3>>,
          On<cx::BatchNorm2d<{.epsilon = 1e-3F, .affine = false}>, Input<3, 4, 7>>>,
    Claim<Kind::layer_norm, {.always = every | Law::level_blind},
          On<cx::LayerNorm<>, Input<17, 5, 3>>, On<cx::LayerNorm<>, Input<17>>>,
    Claim<Kind::layer_norm, {.always = every | Law::level_blind | Law::rolls | Law::odd},
          On<cx::LayerNorm<{.affine = false}>, Input<3, 4, 7>>>,
    Claim<Kind::group_norm, {.always = every | Law::level_blind | Law::rolls},
          On<cx::GroupNorm<1>, Input<17, 5, 3>>, On<cx::GroupNorm<3>, Input<3, 4, 5>>>,
    Claim<Kind::instance_norm2d, {.always = every | Law::level_blind | Law::rolls},
          On<cx::InstanceNorm2d<{.affine = true}>, Input<17, 5, 3>>>,
    Claim<Kind::instance_norm2d, {.always = every | Law::level_blind | Law::rolls | Law::odd},
          On<cx::InstanceNorm2d<>, Input<3, 4, 7>>>,
    Claim<Kind::local_response_norm, {.always = every | Law::rolls | Law::odd},
          On<cx::LocalResponseNorm<{.size = 5, .alpha = 0.5F, .k = 2}>, Input<17, 3, 5>>,
          On<cx::LocalResponseNorm<{.size = 2, .alpha = 1, .beta = 0.5F}>, Input<3, 5, 2>>>>;

/// Functions as users write them.
struct Bump {
  constexpr auto operator()(auto x) const { return cx::exp(-cx::square(x)); }
};
struct Tilt {
  constexpr auto operator()(auto x, auto slope) const { return x + slope * cx::abs(x); }
};
struct Product {
  constexpr auto operator()(auto a, auto b) const { return a * b; }
};

using Activations = Family<
    Claim<Kind::elementwise, {.always = every | Law::rolls},
          On<cx::Elementwise<Bump{}>, Input<17, 3, 5>>,
          On<cx::Zip<Product{}, cx::Parameters<>, cx::Identity, cx::Tanh>, Input<3, 4, 5>>>,
    Claim<Kind::elementwise, {.always = every | Law::rolls | Law::scales},
          On<cx::Elementwise<Tilt{}, cx::parameter<"slope">>, Input<17, 3, 5>>>,
    Claim<Kind::relu,
          {.always =
               every | Law::rolls | Law::scales | Law::selects | Law::idempotent | Law::splits},
          On<cx::ReLU, Input<17, 3, 5>>, On<cx::ReLU, Input<3>>>,
    Claim<Kind::relu6, {.always = every | Law::rolls | Law::idempotent},
          On<cx::ReLU6, Input<17, 3, 5>>>,
    Claim<Kind::leaky_relu, {.always = every | Law::rolls | Law::scales},
          On<cx::LeakyReLU<0.2>, Input<17, 3, 5>>>,
    Claim<Kind::prelu, {.always = every | Law::rolls | Law::scales},
          On<cx::PReLU, Input<17, 3, 5>>>,
    Claim<Kind::elu, {.always = every | Law::rolls}, On<cx::ELU<0.5>, Input<17, 3, 5>>>,
    Claim<Kind::selu, {.always = every | Law::rolls}, On<cx::SELU, Input<17, 3, 5>>>,
    Claim<Kind::gelu, {.always = every | Law::rolls | Law::splits}, On<cx::GELU, Input<17, 3, 5>>>,
    Claim<Kind::silu, {.always = every | Law::rolls | Law::splits}, On<cx::SiLU, Input<17, 3, 5>>>,
    Claim<Kind::mish, {.always = every | Law::rolls}, On<cx::Mish, Input<17, 3, 5>>>,
    Claim<Kind::softplus, {.always = every | Law::rolls | Law::splits},
          On<cx::Softplus, Input<17, 3, 5>>>,
    Claim<Kind::softsign, {.always = every | Law::rolls | Law::odd},
          On<cx::Softsign, Input<17, 3, 5>>>,
    Claim<Kind::hard_swish, {.always = every | Law::rolls | Law::splits},
          On<cx::HardSwish, Input<17, 3, 5>>>,
    Claim<Kind::hard_sigmoid, {.always = every | Law::rolls | Law::complements},
          On<cx::HardSigmoid, Input<17, 3, 5>>>,
    Claim<Kind::sigmoid, {.always = every | Law::rolls | Law::complements},
          On<cx::Sigmoid, Input<17, 3, 5>>>,
    Claim<Kind::tanh, {.always = every | Law::rolls | Law::odd}, On<cx::Tanh, Input<17, 3, 5>>>,
    Claim<Kind::softmax, {.always = every | Law::rolls | Law::level_blind | Law::distributes},
          On<cx::Softmax, Input<17, 3, 5>>, On<cx::Softmax, Input<3>>>,
    Claim<Kind::log_softmax, {.always = every | Law::rolls | Law::level_blind | Law::distributes},
          On<cx::LogSoftmax, Input<17, 3, 5>>, On<cx::LogSoftmax, Input<3>>>>;

using Structures = Family<
    Claim<Kind::identity, {.always = affine | Law::rolls | Law::selects | Law::idempotent},
          On<cx::Identity, Input<3, 5, 7>>>,
    Claim<Kind::flatten, {.always = affine | Law::selects}, On<cx::Flatten, Input<17, 3, 5>>,
          On<cx::Flatten, Input<3, 2, 7>>>,
    Claim<Kind::dropout,
          {.training = Law::linear | Law::adjoint | Law::scales,
           .inference = Law::linear | Law::adjoint | Law::slope | Law::separate | Law::rolls |
                        Law::idempotent},
          On<cx::Dropout<0.25>, Input<17, 3, 5>>>,
    Claim<Kind::dropout2d,
          {.training = Law::linear | Law::adjoint | Law::scales | Law::rolls,
           .inference = Law::linear | Law::adjoint | Law::slope | Law::separate | Law::rolls |
                        Law::idempotent},
          On<cx::Dropout2d<0.5>, Input<17, 3, 5>>>,
    Claim<Kind::crop2d, {.always = affine | Law::shifts},
          On<cx::Sequential<cx::Tap<"x">, cx::AvgPool2d<{.kernel = {3, 2}, .stride = 1}>,
                            cx::ConcatWith<"x", {.crop = true}>>,
             Input<3, 7, 9>>>,
    Claim<Kind::concat, {.always = affine | Law::shifts},
          On<cx::Concat<cx::Conv2d<3, {.kernel = 3, .padding = 1}>, cx::Identity,
                        cx::AvgPool2d<{.kernel = {1, 3}, .stride = 1, .padding = {0, 1}}>>,
             Input<17, 7, 6>>>,
    Claim<Kind::sum, {.always = affine | Law::shifts},
          On<cx::Residual<cx::Conv2d<3, {.kernel = {3, 1}, .padding = {1, 0}}>>, Input<3, 7, 5>>,
          On<cx::Sum<cx::Identity, cx::Conv2d<17, {.kernel = 1}>, cx::Identity>, Input<17, 2, 3>>>>;

/// Layers of somebody else.
using UserLayers =
    Family<Claim<Kind::user, {.always = affine | Law::rolls | Law::selects},
                 On<user::PixelShuffle<2>, Input<68, 3, 5>>, On<user::Reverse, Input<17, 3, 5>>>,
           Claim<Kind::user, {.always = every | Law::rolls | Law::scales | Law::selects},
                 On<user::Maxout<3>, Input<17, 5, 3>>>,
           Claim<Kind::user, {.always = every | Law::rolls}, On<user::Gate, Input<17, 3, 5>>>>;

}  // namespace laws
