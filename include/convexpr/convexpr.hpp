// convexpr: convolutional networks as C++20 types.
//
// Everything but files and pictures, which have headers of their own: convexpr/io/safetensors.hpp,
// convexpr/data/idx.hpp, convexpr/data/picture.hpp, convexpr/data/fashion_mnist.hpp.
// Needs headers alone, and links nothing.
#pragma once

// First, so that GCC's account of where a refusal comes from stays short.
// clang-format off
#include <convexpr/meta/refusal.hpp>
// clang-format on

#include <convexpr/expr/tensors.hpp>
#include <convexpr/inspect/convolutional.hpp>
#include <convexpr/inspect/correlation.hpp>
#include <convexpr/inspect/gradient_check.hpp>
#include <convexpr/inspect/im2col.hpp>
#include <convexpr/inspect/jacobian.hpp>
#include <convexpr/inspect/plan_table.hpp>
#include <convexpr/inspect/summary.hpp>
#include <convexpr/inspect/toeplitz.hpp>
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>
#include <convexpr/network/state_dict.hpp>
#include <convexpr/network/threads.hpp>
#include <convexpr/network/vjp.hpp>
#include <convexpr/simd/flush_to_zero.hpp>
#include <convexpr/tensor/batch.hpp>
#include <convexpr/tensor/matrix.hpp>
#include <convexpr/tensor/named_tensor.hpp>
#include <convexpr/tensor/tensor.hpp>
#include <convexpr/train/fit.hpp>
#include <convexpr/train/initialize.hpp>
#include <convexpr/train/loss.hpp>
#include <convexpr/train/metrics.hpp>
#include <convexpr/train/schedule.hpp>
#include <convexpr/train/sgd.hpp>
