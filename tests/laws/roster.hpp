// Which laws the layers of each kind claim, and layers that show it.
//
// Shapes are odd and not square, channels 1, 3 and 17, so that blocks of lanes are full, part full
// and several.
#pragma once

#include <convexpr/layers/layers.hpp>

#include "../support/laws.hpp"

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

using Pools = Family<
    Claim<Kind::max_pool2d, {.always = every | Law::shifts | Law::scales | Law::selects},
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
          On<cx::GlobalAvgPool2d, Input<17, 5, 7>>, On<cx::GlobalAvgPool2d, Input<3, 1, 6>>>>;

using Normalisations = Family<
    Claim<Kind::batch_norm2d,
          {.training = Law::slope | Law::rolls | Law::level_blind,
           .inference = Law::linear | Law::adjoint | Law::slope | Law::separate | Law::rolls},
          On<cx::BatchNorm2d<>, Input<17, 5, 3>>,
          On<cx::BatchNorm2d<{.epsilon = 1e-3F, .affine = false}>, Input<3, 4, 7>>>,
    Claim<Kind::local_response_norm, {.always = every | Law::rolls | Law::odd},
          On<cx::LocalResponseNorm<{.size = 5, .alpha = 0.5F, .k = 2}>, Input<17, 3, 5>>,
          On<cx::LocalResponseNorm<{.size = 2, .alpha = 1, .beta = 0.5F}>, Input<3, 5, 2>>>>;

using Activations = Family<
    Claim<Kind::relu,
          {.always =
               every | Law::rolls | Law::scales | Law::selects | Law::idempotent | Law::splits},
          On<cx::ReLU, Input<17, 3, 5>>, On<cx::ReLU, Input<3>>>,
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
    Claim<Kind::crop2d, {.always = affine},
          On<cx::Sequential<cx::Tap<"x">, cx::AvgPool2d<{.kernel = {2, 4}, .stride = 1}>,
                            cx::ConcatWith<"x", {.crop = true}>>,
             Input<17, 6, 7>>>,
    Claim<Kind::concat, {.always = affine | Law::shifts},
          On<cx::Concat<cx::Conv2d<3, {.kernel = 3, .padding = 1}>, cx::Identity,
                        cx::AvgPool2d<{.kernel = {1, 3}, .stride = 1, .padding = {0, 1}}>>,
             Input<17, 7, 6>>>,
    Claim<Kind::sum, {.always = affine | Law::shifts},
          On<cx::Residual<cx::Conv2d<3, {.kernel = {3, 1}, .padding = {1, 0}}>>, Input<3, 7, 5>>,
          On<cx::Sum<cx::Identity, cx::Conv2d<17, {.kernel = 1}>, cx::Identity>, Input<17, 2, 3>>>>;

}  // namespace laws
