// The whole vocabulary.
//
// Next: graph/build.hpp, where an architecture becomes a graph.
#pragma once

#include <convexpr/layers/activation.hpp>
#include <convexpr/layers/adaptive_pool.hpp>
#include <convexpr/layers/combinators.hpp>
#include <convexpr/layers/conv1d.hpp>
#include <convexpr/layers/conv2d.hpp>
#include <convexpr/layers/conv_transpose1d.hpp>
#include <convexpr/layers/conv_transpose2d.hpp>
#include <convexpr/layers/depthwise_conv2d.hpp>
#include <convexpr/layers/dropout.hpp>
#include <convexpr/layers/elementwise.hpp>
#include <convexpr/layers/filter2d.hpp>
#include <convexpr/layers/global_pool.hpp>
#include <convexpr/layers/group_norm.hpp>
#include <convexpr/layers/head.hpp>
#include <convexpr/layers/identity.hpp>
#include <convexpr/layers/layer.hpp>
#include <convexpr/layers/linear.hpp>
#include <convexpr/layers/named_taps.hpp>
#include <convexpr/layers/normalisation.hpp>
#include <convexpr/layers/pad2d.hpp>
#include <convexpr/layers/pool1d.hpp>
#include <convexpr/layers/pool2d.hpp>
#include <convexpr/layers/prelu.hpp>
#include <convexpr/layers/shared.hpp>
#include <convexpr/layers/tap.hpp>
#include <convexpr/layers/taps.hpp>
#include <convexpr/layers/upsample.hpp>
#include <convexpr/layers/user_layer.hpp>
