// Every kernel that applies a function to its own result: functions that read other maps and numbers
// of the channels as well, in another place and, where that is allowed, in theirs.
#define BOOST_TEST_MODULE kernels_epilogue
#include <convexpr/kernels/batch_norm2d.hpp>
#include <convexpr/kernels/conv2d_direct.hpp>
#include <convexpr/kernels/conv_transpose2d.hpp>
#include <convexpr/kernels/depthwise_conv2d.hpp>
#include <convexpr/kernels/filter2d.hpp>
#include <convexpr/kernels/group_norm.hpp>
#include <convexpr/kernels/linear.hpp>
#include <convexpr/kernels/sum.hpp>

#include "buffer.hpp"
#include "functions.hpp"

namespace expr = convexpr::expr;
namespace kernels = convexpr::kernels;
namespace simd = convexpr::simd;
using test::Buffer;
using test::Extents;

namespace {

constexpr int lanes = simd::lanes;

// Of a kernel's result, two maps, a number for each channel and one for all; neither keeps zeros.
struct ShortOf {
  constexpr auto operator()(auto v, auto a, auto b, auto c, auto s) const {
    return v * s + a - b * c + 0.5F;
  }
};
struct LongOf {
  constexpr auto operator()(auto v, auto a, auto b, auto c, auto s) const {
    return expr::tanh(v * s) + expr::tanh(a) - expr::tanh(b * c) + 0.5F;
  }
};
// Of the result and one map, as a sum of gradients is.
struct SumOf {
  constexpr auto operator()(auto v, auto a) const { return v + a; }
};

template <auto F>
using Reading = kernels::Epilogue<test::Function<F, 5>, 2, true>;
using Sum = kernels::Epilogue<test::Function<SumOf{}, 2>, 1, false>;
static_assert(Reading<ShortOf{}>::few_instructions && !Reading<LongOf{}>::few_instructions);
static_assert(!Reading<ShortOf{}>::zero_at_zero && Sum::zero_at_zero);

double value(ShortOf, double v, double a, double b, double c, double s) {
  return v * s + a - b * c + 0.5;
}
double value(LongOf, double v, double a, double b, double c, double s) {
  return std::tanh(v * s) + std::tanh(a) - std::tanh(b * c) + 0.5;
}

/// Aligned floats, all of them noise.
struct Values {
  explicit Values(std::size_t count, std::uint32_t seed = 5)
      : maps({1, lanes, 1, static_cast<int>(count / lanes) + 1}) {
    maps.fill(test::Noise(seed));
  }
  float* data() const { return maps.maps().data; }
  Buffer maps;
};

/// What functions read, and where results go: all with borders of their own.
struct Setting {
  explicit Setting(Extents e, convexpr::Padding border = {1, 0, 2, 1})
      : extents(e),
        plain(e, border),
        a(e, border),
        b(e, border),
        channels(static_cast<std::size_t>(e.c)) {
    a.fill(test::Noise(7));
    b.fill(test::Noise(8));
    std::fill(channels.data() + e.c, channels.data() + kernels::blocks(e.c, lanes) * lanes, 0.0F);
  }
  template <class E>
  kernels::EpilogueOperands<E> operands() const {
    if constexpr (E::tensors == 1) {
      return {{kernels::ConstMaps(a)}, {}};
    } else {
      return {{kernels::ConstMaps(a), kernels::ConstMaps(b)},
              {kernels::ChannelValues{channels.data(), true}, {&scalar, false}}};
    }
  }
  Extents extents;
  Buffer plain;
  Buffer a;
  Buffer b;
  Values channels;
  float scalar = 1.25F;
};

template <auto F, class Run>
void check_function(const Setting& s, const Buffer& y, Run run) {
  run(Reading<F>{}, s.operands<Reading<F>>(), y.maps());
  BOOST_TEST(test::distance(y, [&](int n, int c, int i, int j) {
               return value(F, double{s.plain.at(n, c, i, j)}, double{s.a.at(n, c, i, j)},
                            double{s.b.at(n, c, i, j)}, double{s.channels.data()[c]},
                            double{s.scalar});
             }) <= 2e-6);
  BOOST_TEST(y.untouched_around());
}

/// What `run` gives without a function, then what functions make of that.
template <class Run>
void check(const Setting& s, bool in_place, Run run) {
  run(expr::Identity{}, kernels::NoOperands{}, s.plain.maps());
  BOOST_TEST(s.plain.untouched_around());
  const bool vectors = s.extents.h * s.extents.w == 1;  // whose blocks follow one another
  const convexpr::Padding border = vectors ? convexpr::Padding{} : convexpr::Padding{0, 3};
  check_function<ShortOf{}>(s, Buffer(s.extents, border), run);
  check_function<LongOf{}>(s, Buffer(s.extents, border), run);
  if (!in_place) return;
  Buffer before(s.extents);
  before.fill([&](int n, int c, int i, int j) { return s.a.at(n, c, i, j); });
  run(Sum{}, s.operands<Sum>(), s.a.maps());
  BOOST_TEST(test::distance(s.a, [&](int n, int c, int i, int j) {
               return double{s.plain.at(n, c, i, j)} + double{before.at(n, c, i, j)};
             }) <= 2e-6);
  BOOST_TEST(s.a.untouched_around());
}

/// Maps with a border of zeros.
struct Input : Buffer {
  Input(Extents e, convexpr::Padding border) : Buffer(e, border) {
    test::Noise noise(1);
    const int spare = kernels::blocks(e.c, lanes) * lanes;
    for (int n = 0; n < e.n; ++n) {
      for (int c = 0; c < spare; ++c) {
        for (int i = -border.top; i < e.h + border.bottom; ++i) {
          for (int j = -border.left; j < e.w + border.right; ++j) {
            const bool inside = i >= 0 && i < e.h && j >= 0 && j < e.w && c < e.c;
            at(n, c, i, j) = inside ? noise() : 0.0F;
          }
        }
      }
    }
  }
};

constexpr int odd = lanes + 3;  // channels

}  // namespace

BOOST_AUTO_TEST_CASE(linear_layers) {
  for (const int out : {1, odd, 7 * lanes, 6 * lanes + 2}) {
    for (const int examples : {1, 8}) {
      const Input x({examples, 21, 1, 1}, {});
      const Values w(kernels::packed_linear_size(21, out));
      const Values bias(static_cast<std::size_t>(kernels::blocks(out, lanes) * lanes));
      const Setting s({examples, out, 1, 1}, {});
      check(s, true, [&](auto f, const auto& operands, const kernels::Maps& y) {
        kernels::linear<decltype(f)>(x, w.data(), bias.data(), y, operands);
      });
    }
  }
}

BOOST_AUTO_TEST_CASE(depthwise_convolutions) {
  for (const int multiplier : {1, 3}) {
    for (const int width : {1, 6, 13, 23}) {
      const convexpr::Window window{.kernel = 3, .padding = 1};
      const Input x({2, odd, 5, width}, {1});
      const int out = odd * multiplier;
      const Values w(kernels::packed_depthwise_size(out, window.kernel));
      const Values scratch(kernels::depthwise_conv2d_scratch(window, multiplier, {5, width}));
      const Setting s({2, out, 5, width});
      Values bias(static_cast<std::size_t>(kernels::blocks(out, lanes) * lanes));
      std::fill(bias.data() + out, bias.data() + kernels::blocks(out, lanes) * lanes, 0.0F);
      // Plain weights are packed: no noise past the last channel.
      std::vector<float> plain(static_cast<std::size_t>(out) * 9);
      test::Noise noise(4);
      for (float& v : plain) v = noise();
      kernels::pack_depthwise(out, window.kernel, plain.data(), w.data());
      check(s, false, [&](auto f, const auto& operands, const kernels::Maps& y) {
        kernels::depthwise_conv2d<1, decltype(f)>(x, w.data(), bias.data(), y, window, multiplier,
                                                  scratch.data(), operands);
      });
    }
  }
}

BOOST_AUTO_TEST_CASE(fixed_filters) {
  const convexpr::Window window{.kernel = 3, .stride = 2, .padding = 1};
  const Input x({2, odd, 9, 13}, {1});
  const Values taps(9);
  check(Setting({2, odd, 5, 7}), false, [&](auto f, const auto& operands, const kernels::Maps& y) {
    kernels::filter2d<2, decltype(f)>(x, taps.data(), y, window, operands);
  });
}

namespace {

/// A convolution's geometry, and its weights turned round.
struct Turned {
  explicit Turned(int in, int out)
      : g{in, out, 1, {.kernel = 3, .stride = 2, .padding = 1}, lanes},
        weights(kernels::turned_size(g)),
        packed(kernels::packed_size(g)) {
    std::vector<float> plain(static_cast<std::size_t>(in) * static_cast<std::size_t>(out) * 9);
    test::Noise noise(4);
    for (float& w : plain) w = noise();
    kernels::pack_turned(g, plain.data(), weights.data());
    kernels::pack(g, plain.data(), packed.data());
  }
  kernels::ConvGeometry g;
  Values weights;
  Values packed;
};

}  // namespace

BOOST_AUTO_TEST_CASE(transposed_convolutions_and_adjoints_of_convolutions) {
  for (const int channels : {3, odd, 3 * lanes}) {
    for (const int width : {5, 13, 29}) {
      const Turned t(channels, 5);
      const Input x({2, 5, 3, (width + 1) / 2}, {});
      Values bias(static_cast<std::size_t>(kernels::blocks(channels, lanes) * lanes));
      std::fill(bias.data() + channels, bias.data() + kernels::blocks(channels, lanes) * lanes,
                0.0F);
      const Setting s({2, channels, 5, width});
      check(s, false, [&](auto f, const auto& operands, const kernels::Maps& y) {
        kernels::conv_transpose2d<decltype(f)>(x, t.weights.data(), bias.data(), y, t.g, operands);
      });
      const Values scratch(kernels::conv2d_backward_data_scratch(t.g));
      const Setting other({2, channels, 5, width});
      check(other, false, [&](auto f, const auto& operands, const kernels::Maps& dx) {
        kernels::conv2d_backward_data<decltype(f)>(x, t.packed.data(), dx, t.g, scratch.data(),
                                                   operands);
      });
    }
  }
}

BOOST_AUTO_TEST_CASE(convolutions) {
  const Turned t(5, odd);
  const Input x({2, 5, 9, 13}, {1});
  check(Setting({2, odd, 5, 7}), false, [&](auto f, const auto& operands, const kernels::Maps& y) {
    kernels::conv2d_direct<lanes, 2, {2, 4, 1}, decltype(f)>(x, t.packed.data(), nullptr, y, t.g,
                                                             operands);
  });
}

BOOST_AUTO_TEST_CASE(normalisations_of_groups) {
  const Input x({2, 2 * odd, 3, 5}, {});
  const Values scratch(kernels::group_norm_scratch(2 * odd));
  const Buffer w({1, 2 * odd, 3, 5});
  const Buffer b({1, 2 * odd, 3, 5});
  w.fill(test::Noise(2));
  b.fill(test::Noise(3));
  const Extents extents{2, 2 * odd, 3, 5};
  check(Setting(extents), true, [&](auto f, const auto& operands, const kernels::Maps& y) {
    kernels::group_norm<decltype(f)>(x, y, 2, 0.01F, kernels::PerElement{w.maps().data, 3, 5},
                                     kernels::PerElement{b.maps().data, 3, 5}, scratch.data(),
                                     operands);
  });
  check(Setting(extents), true, [&](auto f, const auto& operands, const kernels::Maps& y) {
    kernels::group_norm<decltype(f)>(x, y, odd, 0.01F, kernels::PerChannel{nullptr, 1},
                                     kernels::PerChannel{nullptr, 0}, scratch.data(), operands);
  });
}

BOOST_AUTO_TEST_CASE(normalisations_of_batches) {
  const Input x({2, odd, 3, 5}, {});
  Values mean(2 * lanes);
  Values variance(2 * lanes);
  kernels::batch_norm2d_statistics(x, mean.data(), variance.data());
  check(Setting({2, odd, 3, 5}), true, [&](auto f, const auto& operands, const kernels::Maps& y) {
    kernels::batch_norm2d_inference<decltype(f)>(x, y, nullptr, nullptr, mean.data(),
                                                 variance.data(), 0.01F, operands);
  });
}

BOOST_AUTO_TEST_CASE(sums) {
  const Extents extents{2, odd, 3, 37};
  const Input first(extents, {});
  const Input second(extents, {1});
  const std::array<kernels::ConstMaps, 2> parts{first, second};
  check(Setting(extents), true, [&](auto f, const auto& operands, const kernels::Maps& y) {
    kernels::sum<decltype(f)>(parts, y, operands);
  });
}
