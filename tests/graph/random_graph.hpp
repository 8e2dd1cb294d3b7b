// Graphs of the whole vocabulary that no one thought of, put together at random.
//
// Every node is what a layer of the library declares on its input, written by the writer that the
// builder writes with: so a random graph is one that some architecture could have given.
#pragma once

#include <convexpr/graph/declare.hpp>
#include <convexpr/graph/writer.hpp>
#include <convexpr/layers/layers.hpp>
#include <cstdint>
#include <functional>
#include <random>
#include <span>
#include <string_view>
#include <vector>

namespace test {

namespace cx = convexpr;
namespace graph = convexpr::graph;

/// What a layer says of itself on an input.
using Declare = std::function<void(cx::Shape, cx::Declaration&)>;

namespace detail {

template <class Layer>
void declare(cx::Shape in, cx::Declaration& d) {
  Layer::declare(in, d);
}
using DeclareLayer = void (*)(cx::Shape, cx::Declaration&);

inline constexpr auto scale_and_shift = [](auto x, auto s, auto t) { return x * s + t; };
inline constexpr auto slope_below = [](auto x, auto s) { return cx::select(x > 0, x, s * x); };
inline constexpr auto learned_swish = [](auto x, auto b) { return x * cx::sigmoid(b * x); };
inline constexpr auto fold = [](auto x) { return cx::max(0.5F * x, -x); };
inline constexpr auto distance = [](auto x) { return cx::sqrt(x * x + 0.25F); };
inline constexpr auto gate = [](auto a, auto b) { return a * cx::sigmoid(b); };
inline constexpr auto larger = [](auto a, auto b) { return cx::max(a, b); };
inline constexpr auto difference = [](auto a, auto b) { return a - 0.5F * b; };
inline constexpr auto mixture = [](auto a, auto b, auto s) { return s * a + (1.0F - s) * b; };
inline constexpr auto three = [](auto a, auto b, auto c) {
  return cx::tanh(a) * b + cx::select(a < c, c, 0.25F * b);
};

/// Functions whose constants have no rounding error when passes join them.
inline constexpr DeclareLayer exact_functions[]{
    declare<cx::ReLU>,
    declare<cx::ReLU6>,
    declare<cx::LeakyReLU<0.25>>,
    declare<cx::LeakyReLU<-0.5>>,
    declare<cx::PReLU>,
    declare<cx::ELU<1>>,
    declare<cx::ELU<0.5>>,
    declare<cx::SiLU>,
    declare<cx::Mish>,
    declare<cx::Sigmoid>,
    declare<cx::Tanh>,
    declare<cx::Softplus>,
    declare<cx::Softsign>,
    declare<cx::Elementwise<fold>>,
    declare<cx::Elementwise<distance>>,
    declare<cx::Elementwise<slope_below, cx::parameter<"slope">>>,
    declare<cx::Elementwise<slope_below, cx::parameter<"one", {.per_channel = false}>>>,
    declare<cx::Elementwise<learned_swish, cx::parameter<"slope">>>,
    declare<cx::Elementwise<scale_and_shift, cx::parameter<"scale">, cx::parameter<"shift">>>,
};

/// Functions whose constants are rounded to single precision, products of them once more.
inline constexpr DeclareLayer rounded_functions[]{
    declare<cx::SELU>,        declare<cx::GELU>,        declare<cx::HardSwish>,
    declare<cx::LeakyReLU<>>, declare<cx::HardSigmoid>,
};

/// A function of several values, and how many they are.
struct DeclareZip {
  int branches = 2;
  void (*declare)(cx::Declaration&) = nullptr;
};
template <auto F, int Branches, auto... P>
void declare_zip(cx::Declaration& d) {
  cx::detail::declare_traced<F, Branches, P...>("zip", d);
}
inline constexpr DeclareZip zips[]{
    {2, declare_zip<gate, 2>},
    {2, declare_zip<larger, 2>},
    {2, declare_zip<difference, 2>},
    {2, declare_zip<mixture, 2, cx::parameter<"weight">>},
    {2, declare_zip<mixture, 2, cx::parameter<"weight", {.per_channel = false}>>},
    {3, declare_zip<three, 3>},
};

inline constexpr DeclareLayer fixed_layers[]{
    declare<cx::Filter2d<cx::sobel_x, {.padding = cx::same}>>,
    declare<cx::Filter2d<cx::laplacian, {.stride = 2, .padding = {1, 0, 1, 2}}>>,
    declare<cx::Pad2d<{.padding = {1, 0, 0, 2}}>>,
    declare<cx::Pad2d<{.padding = 1, .padding_mode = cx::PaddingMode::reflect}>>,
    declare<cx::Pad2d<{.padding = {0, 1}, .padding_mode = cx::PaddingMode::mean}>>,
    declare<cx::GlobalAvgPool2d>,
    declare<cx::GlobalMaxPool2d>,
    declare<cx::Softmax>,
    declare<cx::LogSoftmax>,
    declare<cx::Identity>,
    declare<cx::Flatten>,
};

}  // namespace detail

/// A graph of images of up to 8 x 8 pixels and up to 40 channels, or now and then of sequences.
class RandomGraph : graph::Writer {
 public:
  /// `exact` leaves out functions whose constants lose digits when they are joined.
  RandomGraph(std::uint32_t seed, bool exact)
      : Writer(input_shape(seed)), bits_(seed), exact_(exact) {
    const int pieces = 3 + below(9);
    for (int i = 0; i < pieces; ++i) add_piece();
    if (below(3) == 0) add_classifier();
    for (int h = below(3); h > 0; --h) {
      graph_.heads.push_back({.name = h == 1 ? "first" : "second", .node = any()});
    }
    built_ = finish(below(8) == 0 ? any() : graph_.size() - 1);
  }

  const graph::Graph& graph() const { return built_; }

 private:
  static constexpr long long most_macs = 20'000;
  static constexpr std::size_t largest_value = 1600;

  static cx::Shape input_shape(std::uint32_t seed) {
    std::mt19937 bits(seed + 1'000'000);
    const auto from = [&](int first, int last) {
      return first + static_cast<int>(bits() % static_cast<std::uint32_t>(last - first + 1));
    };
    constexpr int channels[]{1, 3, 4, 5, 8, 16, 17};
    const int c = channels[from(0, 6)];
    if (from(0, 9) == 0) return cx::shape(c, from(2, 12));
    if (from(0, 5) == 0) return cx::shape(c, from(5, 8), from(5, 8));
    return cx::shape(c, from(1, 5), from(1, 5));
  }

  /// Larger than values should be, unless its input was.
  static bool is_large(const cx::Operation& op) {
    return op.out.size() > largest_value && op.out.size() > op.in.size();
  }

  int below(int n) { return static_cast<int>(bits_() % static_cast<std::uint32_t>(n)); }
  template <class T, std::size_t N>
  const T& one_of(const T (&from)[N]) {
    return from[below(static_cast<int>(N))];
  }
  int one_of(std::initializer_list<int> from) {
    return *(from.begin() + below(static_cast<int>(from.size())));
  }
  int channels() { return one_of({1, 2, 3, 4, 4, 5, 8, 8, 8, 9, 12, 16, 16, 17, 20, 24, 32, 40}); }

  /// A value, more often a late one.
  int any() {
    const int n = graph_.size();
    return below(3) > 0 ? n - 1 - below(n < 3 ? n : 3) : below(n);
  }
  int next_scope() { return position_scope(0, graph_.size()); }

  /// Adds a layer that reads x, unless it does not fit or is too much work; gives its node, or -1.
  int try_layer(const Declare& layer, int x) {
    cx::Declaration d;
    d.op.in = d.op.out = value(x);
    layer(value(x), d);
    if (d.refusal.happened() || d.op.macs > most_macs || is_large(d.op)) return -1;
    const int scope = next_scope();
    return close(scope, add_declared(d, x, scope));
  }
  int try_layers(const std::vector<Declare>& block, int x) {
    for (const Declare& layer : block) {
      const int y = try_layer(layer, x);
      if (y < 0) return -1;
      x = y;
    }
    return x;
  }
  /// A layer that fits, whatever it is.
  int add_any_layer(int x) {
    for (int y = -1;;) {
      y = try_layer(random_layer(), x);
      if (y >= 0) return y;
    }
  }

  Declare random_layer() {
    switch (below(16)) {
      case 0:
      case 1:
      case 2: return random_convolution();
      case 3: return random_depthwise();
      case 4: return random_transposed();
      case 5:
      case 6: return random_pool();
      case 7:
      case 8: return random_norm();
      case 9: return random_batch_norm();
      case 10: return random_resizing();
      case 11: return one_of(detail::fixed_layers);
      case 12: {
        const float p = below(4) == 0 ? 0.0F : 0.5F;
        const bool whole = below(2) == 0;
        return [p, whole](cx::Shape in, cx::Declaration& d) {
          if (whole) return cx::detail::declare_dropout2d(in, p, d);
          cx::detail::declare_dropout("dropout", cx::Kind::dropout, in, p, d);
        };
      }
      case 13: return random_linear();
      default: return random_function();
    }
  }

  Declare random_function() {
    if (!exact_ && below(3) == 0) return one_of(detail::rounded_functions);
    return one_of(detail::exact_functions);
  }

  cx::PaddingMode padding_mode() {
    constexpr cx::PaddingMode modes[]{cx::PaddingMode::reflect, cx::PaddingMode::replicate,
                                      cx::PaddingMode::circular, cx::PaddingMode::mean};
    return below(6) == 0 ? one_of(modes) : cx::PaddingMode::zeros;
  }

  /// The row that is a sequence has a kernel of one row.
  static cx::Conv2dOptions along(cx::Shape in, cx::Conv2dOptions o) {
    if (in.rank == 2) {
      o.kernel.h = o.stride.h = o.dilation.h = 1;
      o.padding.top = o.padding.bottom = 0;
    }
    return o;
  }

  cx::Conv2dOptions random_window() {
    cx::Conv2dOptions o{.kernel = {1 + below(3), 1 + below(3)}};
    if (below(4) == 0) o.stride = {1 + below(2), 1 + below(2)};
    if (below(5) == 0) o.dilation = {1 + below(2), 1 + below(2)};
    const int reach = below(3);
    if (reach == 1) o.padding = {(o.kernel.h - 1) / 2, (o.kernel.w - 1) / 2};
    if (reach == 2) o.padding = {below(3), below(3), below(3), below(3)};
    o.bias = below(3) > 0;
    return o;
  }

  Declare random_convolution() { return convolution(channels(), random_window()); }
  Declare convolution(int out, cx::Conv2dOptions o) {
    o.padding_mode = padding_mode();
    const int groups = below(5) == 0 ? one_of({2, 3, 4, 8}) : 1;
    return [out, o, groups](cx::Shape in, cx::Declaration& d) {
      if (in.rank == 1) return d.refuse("", "", "", "");
      cx::Conv2dOptions all = along(in, o);
      if (in.channels % groups == 0 && out % groups == 0) all.groups = groups;
      cx::detail::declare_convolution("conv2d", in, out, all, d);
    };
  }

  Declare random_depthwise() {
    const cx::Conv2dOptions o = random_window();
    const cx::PaddingMode mode = padding_mode();
    const int multiplier = 1 + below(4) / 3;
    return [o, mode, multiplier](cx::Shape in, cx::Declaration& d) {
      cx::detail::declare_depthwise_conv2d(in,
                                           {.kernel = o.kernel,
                                            .stride = o.stride,
                                            .padding = o.padding,
                                            .dilation = o.dilation,
                                            .multiplier = multiplier,
                                            .bias = o.bias,
                                            .padding_mode = mode},
                                           d);
    };
  }

  Declare random_transposed() {
    const cx::Conv2dOptions o = random_window();
    const int out = channels();
    return [o, out](cx::Shape in, cx::Declaration& d) {
      cx::detail::require_image("conv_transpose2d", in, d);
      cx::detail::declare_conv_transpose(
          "conv_transpose2d", in, out,
          {.kernel = o.kernel, .stride = o.stride, .padding = o.padding, .bias = o.bias}, d);
    };
  }

  Declare random_linear() {
    const int out = channels();
    const bool bias = below(3) > 0;
    return [out, bias](cx::Shape in, cx::Declaration& d) {
      cx::detail::declare_linear(in, out, {.bias = bias}, d);
    };
  }

  Declare random_pool() {
    constexpr cx::Kind kinds[]{cx::Kind::max_pool2d, cx::Kind::max_pool2d, cx::Kind::avg_pool2d,
                               cx::Kind::lp_pool2d};
    const cx::Kind kind = one_of(kinds);
    const cx::Extent2 kernel{1 + below(3), 1 + below(3)};
    const cx::Extent2 stride{1 + below(2), 1 + below(2)};
    const cx::Padding padding =
        below(2) == 0 ? cx::Padding{0} : cx::Padding{kernel.h / 2, kernel.w / 2};
    const bool up = below(2) == 0;
    const bool counts = below(2) == 0;
    return [=](cx::Shape in, cx::Declaration& d) {
      cx::detail::require_image("pool", in, d);
      if (kind == cx::Kind::lp_pool2d) d.op.power = 2;
      d.op.count_include_pad = counts;
      cx::detail::declare_pool("pool", kind, in, {kernel, stride, {1}, padding}, up, d);
    };
  }

  /// Adaptive pools and enlarged images.
  Declare random_resizing() {
    const cx::Extent2 extent{1 + below(3), 1 + below(3)};
    const int which = below(4);
    return [extent, which](cx::Shape in, cx::Declaration& d) {
      cx::detail::require_image("resizing", in, d);
      if (which < 2) {
        const cx::Kind kind =
            which == 0 ? cx::Kind::adaptive_avg_pool2d : cx::Kind::adaptive_max_pool2d;
        cx::detail::declare_adaptive_pool("adaptive", kind, in, extent, d);
      } else {
        const auto mode = which == 2 ? cx::UpsampleMode::nearest : cx::UpsampleMode::bilinear;
        cx::detail::declare_upsample(in, {.scale = extent, .mode = mode}, d);
      }
    };
  }

  // An epsilon that is not small: where all values are equal, what is left of their variance is
  // rounding, and it is divided by its root.
  static constexpr float epsilon = 0.0625F;

  Declare random_batch_norm() {
    const bool affine = below(4) > 0;
    return [affine](cx::Shape in, cx::Declaration& d) {
      cx::detail::declare_batch_norm2d(
          in, {.epsilon = epsilon, .momentum = 0.25F, .affine = affine}, d);
    };
  }

  Declare random_norm() {
    const int which = below(4);
    const bool affine = below(4) > 0;
    const int groups = one_of({1, 2, 3, 4, 5});
    return [which, affine, groups](cx::Shape in, cx::Declaration& d) {
      switch (which) {
        case 0: return cx::detail::declare_layer_norm(in, {epsilon, affine}, d);
        case 1: return cx::detail::declare_group_norm(in, groups, {epsilon, affine}, d);
        case 2: return cx::detail::declare_instance_norm2d(in, {epsilon, affine}, d);
        default:
          return cx::detail::declare_local_response_norm(
              in, {.size = groups, .alpha = 0.25F, .beta = 0.75F}, d);
      }
    };
  }

  void add_piece() {
    switch (below(14)) {
      case 0: add_concat(any()); break;
      case 1: add_sum(any()); break;
      case 2: add_function_of_several(any()); break;
      case 3:
      case 4: add_siblings(any()); break;
      case 5:
      case 6: add_residual(any()); break;
      case 7:
      case 8: add_shared(any()); break;
      case 9: add_cropped_skip(any()); break;
      default: add_any_layer(any());
    }
  }

  /// Up to `most` other values that fit beside x: made of x, where there are none.
  template <class Fits>
  std::vector<int> beside(int x, int most, Fits fits) {
    std::vector<int> found{x};
    for (int tries = 0; tries < 8 && static_cast<int>(found.size()) <= most; ++tries) {
      const int other = any();
      if (fits(value(other))) found.push_back(other);
    }
    if (found.size() == 1) found.push_back(try_layer(random_function(), x));
    if (below(2) == 0) std::swap(found.front(), found.back());
    return found;
  }
  std::vector<int> alike(int x, int most) {
    return beside(x, most, [s = value(x)](cx::Shape other) { return other == s; });
  }

  void add_concat(int x) {
    const cx::Shape s = value(x);
    int room = 64 - s.channels;
    join(cx::Kind::concat,
         beside(x, 1 + below(3),
                [&](cx::Shape other) {
                  other.channels = other.channels < room ? s.channels : 0;
                  if (other != s) return false;
                  room -= s.channels;
                  return true;
                }),
         next_scope());
  }

  void add_sum(int x) { join(cx::Kind::sum, alike(x, 1 + below(3)), next_scope()); }

  void add_function_of_several(int x) {
    const detail::DeclareZip& zip = one_of(detail::zips);
    std::vector<int> parts = alike(x, zip.branches - 1);
    parts.resize(static_cast<std::size_t>(zip.branches), x);
    cx::Declaration d;
    d.op.in = d.op.out = value(x);
    zip.declare(d);
    const int scope = next_scope();
    close(scope, add_zip(d, parts, scope));
  }

  /// Convolutions with one window on one value, joined if they fit.
  void add_siblings(int x) {
    const cx::Conv2dOptions o = random_window();
    std::vector<int> parts;
    for (int count = 2 + below(2); count > 0; --count) {
      int y = try_layer(convolution(channels(), o), x);
      if (y < 0) continue;
      if (below(2) == 0) y = try_layer(random_function(), y);
      if (below(4) == 0) y = add_any_layer(y);
      parts.push_back(y);
    }
    std::erase_if(parts, [&](int p) {
      const cx::Shape s = value(p);
      const cx::Shape first = value(parts[0]);
      return s.rank != first.rank || s.height != first.height || s.width != first.width;
    });
    if (parts.size() > 1) join(cx::Kind::concat, parts, next_scope());
  }

  void add_residual(int x) {
    const cx::Shape s = value(x);
    std::vector<Declare> body{random_carrier(s)};
    if (below(3) == 0) body.push_back(random_batch_norm());
    if (below(2) == 0) body.push_back(random_function());
    const int y = try_layers(body, x);
    if (y < 0 || value(y) != s) return;
    join(cx::Kind::sum, below(2) == 0 ? std::vector{x, y} : std::vector{y, x}, next_scope());
    if (below(2) == 0) try_layer(random_function(), graph_.size() - 1);
  }

  /// A layer that takes what follows along, and gives what has the shape of its input.
  Declare random_carrier(cx::Shape s) {
    const cx::Conv2dOptions o{.kernel = 3, .padding = 1, .bias = below(2) == 0};
    switch (s.rank == 1 ? 6 + below(2) : below(7)) {
      case 0:
        return [o](cx::Shape in, cx::Declaration& d) {
          cx::detail::declare_depthwise_conv2d(
              in, {.kernel = o.kernel, .padding = o.padding, .bias = o.bias}, d);
        };
      case 1:
        return [o, s](cx::Shape in, cx::Declaration& d) {
          cx::detail::require_image("conv_transpose2d", in, d);
          cx::detail::declare_conv_transpose(
              "conv_transpose2d", in, s.channels,
              {.kernel = o.kernel, .padding = o.padding, .bias = o.bias}, d);
        };
      case 2: return detail::declare<cx::Filter2d<cx::sobel_x, {.padding = cx::same}>>;
      case 3: return random_batch_norm();
      case 6: return random_norm();
      case 7:
        return [s](cx::Shape in, cx::Declaration& d) {
          cx::detail::declare_linear(in, s.channels, {}, d);
        };
      default: return convolution(s.channels, o);
    }
  }

  /// A block with parameters that others use too.
  struct SharedLayers {
    std::vector<Declare> layers;
    graph::SharedBlock block;
  };

  void add_shared(int x) {
    if (!shared_.empty() && below(3) > 0)
      return add_use(shared_[static_cast<std::size_t>(below(static_cast<int>(shared_.size())))], x);
    SharedLayers s;
    s.layers.push_back(random_layer());
    if (below(2) == 0) s.layers.push_back(random_function());
    s.block.first_node = graph_.size();
    if (try_layers(s.layers, x) < 0) return;
    s.block.nodes = graph_.size() - s.block.first_node;
    shared_.push_back(s);
  }

  /// Another use, on a value on which the parameters are the same.
  void add_use(const SharedLayers& s, int x) {
    cx::Shape in = value(x);
    for (int k = 0; k < s.block.nodes; ++k) {
      cx::Declaration d;
      d.op.in = d.op.out = in;
      s.layers[static_cast<std::size_t>(k)](in, d);
      if (d.refusal.happened() || d.op.macs > most_macs || is_large(d.op) ||
          !has_same_parameters(s.block.first_node + k, d)) {
        return;
      }
      in = d.op.out;
    }
    const int begin = graph_.size();
    try_layers(s.layers, x);
    share(s.block, begin, 0);
  }

  bool has_same_parameters(int node, const cx::Declaration& d) const {
    int count = 0;
    for (const graph::Parameter& p : graph_.parameters) {
      if (p.layer != node) continue;
      if (count == d.parameter_count) return false;
      const cx::ParameterSpec& mine = d.parameters[static_cast<std::size_t>(count++)];
      if (p.spec.rank != mine.rank || p.spec.extents != mine.extents) return false;
    }
    return count == d.parameter_count;
  }

  /// The middle of a larger value beside a smaller one.
  void add_cropped_skip(int x) {
    const cx::Shape s = value(x);
    for (int other = graph_.size() - 1; other >= 0; --other) {
      const cx::Shape larger = value(other);
      if (larger.rank != 3 || s.rank != 3 || larger.height < s.height || larger.width < s.width ||
          larger.channels + s.channels > 64 || other == x) {
        continue;
      }
      const int scope = next_scope();
      const int middle = add_crop(other, s, scope);
      const bool sums = value(middle) == s && below(2) == 0;
      join(sums ? cx::Kind::sum : cx::Kind::concat, std::vector{x, middle}, scope);
      return;
    }
  }

  /// From an image to classes.
  void add_classifier() {
    int x = graph_.size() - 1;
    if (value(x).rank == 3 && below(2) == 0) x = try_layer(detail::declare<cx::GlobalAvgPool2d>, x);
    if (value(x).rank > 1) x = try_layer(detail::declare<cx::Flatten>, x);
    for (int layers = 1 + below(3); layers > 0; --layers) {
      const int y = try_layer(random_linear(), x);
      if (y < 0) return;
      x = below(2) == 0 ? try_layer(random_function(), y) : y;
    }
    if (below(2) == 0) try_layer(detail::declare<cx::LogSoftmax>, x);
  }

  std::mt19937 bits_;
  bool exact_;
  std::vector<SharedLayers> shared_;
  graph::Graph built_;
};

}  // namespace test
