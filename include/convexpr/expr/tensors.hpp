// Expressions over tensors: `y = cx::relu(a * x + cx::per_channel(b))`, sums, and gradients.
//
// tensor_leaf.hpp: tensors as operands; assign.hpp: into a tensor; reduce.hpp and extreme.hpp: to a
// number; gradient.hpp: slopes. All of them run the loop of loop.hpp.
#pragma once

#include <convexpr/expr/assign.hpp>
#include <convexpr/expr/call.hpp>
#include <convexpr/expr/extreme.hpp>
#include <convexpr/expr/functions.hpp>
#include <convexpr/expr/gradient.hpp>
#include <convexpr/expr/reduce.hpp>
#include <convexpr/expr/tensor_leaf.hpp>
