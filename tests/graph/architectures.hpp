// Architectures that the tests of the graph lower, and counts over their graphs.
#pragma once

#include <convexpr/graph/lower.hpp>
#include <convexpr/layers/layers.hpp>
#include <string_view>

namespace test {

namespace cx = convexpr;

inline constexpr cx::Shape image = cx::shape(3, 13, 10);

inline constexpr auto plain = cx::conv2d<5, {.kernel = 3, .padding = {1, 0, 0, 1}}> | cx::relu |
                              cx::max_pool2d<{.kernel = 3, .stride = 2, .ceil_mode = true}> |
                              cx::conv2d<8, {.kernel = {2, 3}, .dilation = {2, 1}}> | cx::sigmoid |
                              cx::flatten | cx::dropout<0.4> | cx::linear<7> | cx::tanh |
                              cx::linear<2> | cx::log_softmax;

/// Branches of A, B and C channels, the last behind a pooling window.
template <int A, int B, int C>
inline constexpr auto mixed = cx::concat(
    cx::conv2d<A, {.kernel = 1}> | cx::relu,
    cx::conv2d<4, {.kernel = 1}> | cx::relu | cx::conv2d<B, {.kernel = 3, .padding = 1}> | cx::relu,
    cx::max_pool2d<{.kernel = 3, .stride = 1, .padding = 1}> | cx::conv2d<C, {.kernel = 1}> |
        cx::relu);

inline constexpr auto mixed_twice = cx::local_response_norm<{.size = 3}> | mixed<8, 16, 5> |
                                    mixed<3, 4, 9> | cx::avg_pool2d<{.kernel = 2}> |
                                    mixed<16, 16, 16> | cx::global_avg_pool2d | cx::flatten |
                                    cx::linear<6> | cx::softmax;

inline constexpr auto nested =
    cx::conv2d<8, {.kernel = 3}> |
    cx::concat(cx::concat(cx::conv2d<8, {.kernel = 1}>, cx::conv2d<16, {.kernel = 1}> | cx::tanh),
               cx::identity, cx::concat(cx::relu, cx::conv2d<3, {.kernel = 3, .padding = 1}>)) |
    cx::conv2d<4, {.kernel = 5, .padding = 2}>;

inline constexpr auto skips =
    cx::conv2d<8, {.kernel = 3, .padding = 1}> | cx::batch_norm2d<> | cx::relu |
    cx::repeat<2>(cx::residual(cx::conv2d<8, {.kernel = 3, .padding = 1, .bias = false}> |
                               cx::batch_norm2d<> | cx::relu |
                               cx::conv2d<8, {.kernel = 3, .padding = 1}> | cx::batch_norm2d<>) |
                  cx::relu) |
    cx::residual(cx::conv2d<16, {.kernel = 3, .stride = 2, .padding = 1}> | cx::dropout<0.3>,
                 cx::conv2d<16, {.kernel = 1, .stride = 2}>) |
    cx::residual(cx::identity) | cx::sum(cx::sigmoid, cx::identity, cx::tanh);

/// Long skips between A and B channels, some of them cropped.
template <int A, int B>
inline constexpr auto tapped =
    cx::tap<"in"> | cx::conv2d<A, {.kernel = 3, .padding = 1}> | cx::relu | cx::tap<"a"> |
    cx::concat(cx::conv2d<B, {.kernel = 1}> | cx::tap<"b"> | cx::concat_with<"a">,
               cx::conv2d<A, {.kernel = 1}> | cx::sum_with<"a"> | cx::concat_with<"b">) |
    cx::named<"block">(cx::conv2d<B, {.kernel = 3, .padding = 1}> | cx::sum_with<"b"> | cx::tanh) |
    cx::concat_with<"a"> | cx::concat_with<"in"> | cx::conv2d<B, {.kernel = {4, 3}}> |
    cx::concat_with<"a", {.crop = true}> | cx::conv2d<A, {.kernel = 3, .padding = 1}> |
    cx::sum_with<"a", {.crop = true}>;

/// Heads on values that others read too, that are parts of a concat, or that are the output.
inline constexpr auto headed =
    cx::head<"input">(cx::identity) | cx::conv2d<8, {.kernel = 3, .padding = 1}> |
    cx::head<"linear">(cx::relu | cx::flatten | cx::linear<3>) | cx::relu |
    cx::concat(cx::conv2d<16, {.kernel = 1}> | cx::head<"part">(cx::identity) | cx::relu,
               cx::batch_norm2d<> | cx::head<"side">(cx::conv2d<4, {.kernel = 3, .padding = 2}> |
                                                     cx::tap<"x"> | cx::relu),
               cx::conv2d<4, {.kernel = 3, .padding = 2}> | cx::sum_with<"x"> |
                   cx::max_pool2d<{.kernel = 3, .stride = 1}>) |
    cx::dropout<0.5> | cx::head<"output">(cx::identity);

/// Nodes of one kind and role that are not removed.
inline int count(const cx::graph::Graph& g, cx::Kind kind,
                 cx::graph::Role role = cx::graph::Role::forward) {
  int n = 0;
  for (const cx::graph::Node& node : g.nodes) {
    n += !node.removed && node.op.kind == kind && node.role == role ? 1 : 0;
  }
  return n;
}

/// Nodes that are not removed.
inline int count(const cx::graph::Graph& g) {
  int n = 0;
  for (const cx::graph::Node& node : g.nodes) n += node.removed ? 0 : 1;
  return n;
}

}  // namespace test
