// The whole vocabulary.
//
// Next: graph/build.hpp, where an architecture becomes a graph.
#pragma once

#include <convexpr/layers/activation.hpp>
#include <convexpr/layers/combinators.hpp>
#include <convexpr/layers/conv2d.hpp>
#include <convexpr/layers/dropout.hpp>
#include <convexpr/layers/group_norm.hpp>
#include <convexpr/layers/identity.hpp>
#include <convexpr/layers/layer.hpp>
#include <convexpr/layers/linear.hpp>
#include <convexpr/layers/normalisation.hpp>
#include <convexpr/layers/pool2d.hpp>
#include <convexpr/layers/prelu.hpp>
