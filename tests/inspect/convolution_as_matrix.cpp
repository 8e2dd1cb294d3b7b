// Convolution as a product of matrices: im2col, its adjoint col2im, and the Toeplitz matrix.
#define BOOST_TEST_MODULE convolution_as_matrix
#include <boost/test/unit_test.hpp>
#include <convexpr/inspect/im2col.hpp>
#include <convexpr/inspect/toeplitz.hpp>
#include <convexpr/layers/layers.hpp>
#include <convexpr/train/initialize.hpp>
#include <cstddef>
#include <vector>

#include "random.hpp"

namespace cx = convexpr;

namespace {

/// <a, b>, exact for whole numbers.
double inner(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * double{b[i]};
  return sum;
}

/// <im2col(x), m> == <x, col2im(m)>
template <cx::Conv2dOptions Options, class In>
void check_adjoint() {
  constexpr cx::Shape shape = In::shape;
  cx::TensorOf<float, shape> x;
  test::fill_whole(x, 1);
  const auto columns = cx::im2col<Options>(x);
  auto m = columns;
  test::fill_whole(m, 2);
  const auto back = cx::col2im<Options, In>(m);
  static_assert(back.shape == In::shape);
  BOOST_TEST(inner(columns, m) == inner(x, back));
}

cx::Operation convolution(cx::Kind kind, cx::Shape in, cx::Shape out, cx::Window window,
                          int groups = 1) {
  cx::Operation op;
  op.kind = kind;
  op.in = in;
  op.out = out;
  op.window = window;
  op.groups = groups;
  return op;
}

std::vector<float> whole(std::size_t size, std::uint32_t seed) {
  std::vector<float> values(size);
  test::fill_whole(values, seed);
  return values;
}

std::size_t at(cx::Shape s, int c, int i, int j) {
  return static_cast<std::size_t>((c * s.height + i) * s.width + j);
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_patch_is_a_column) {
  cx::Tensor<float, 1, 3, 4> x;
  for (int i = 0; i < 12; ++i) x.data()[i] = static_cast<float>(i);
  const cx::Tensor<float, 4, 6> m = cx::im2col<{.kernel = 2}>(x);
  const float expected[4][6] = {
      {0, 1, 2, 4, 5, 6}, {1, 2, 3, 5, 6, 7}, {4, 5, 6, 8, 9, 10}, {5, 6, 7, 9, 10, 11}};
  for (int r = 0; r < 4; ++r) {
    for (int c = 0; c < 6; ++c) BOOST_TEST(m(r, c) == expected[r][c]);
  }
  const auto view = cx::im2col<{.kernel = 2}>(cx::TensorView<const float, 1, 3, 4>(x));
  BOOST_CHECK(view == m);
}

BOOST_AUTO_TEST_CASE(a_column_holds_what_the_definition_reads) {
  constexpr cx::Conv2dOptions options{
      .kernel = {3, 2}, .stride = {1, 2}, .padding = {2, 0, 1, 3}, .dilation = {2, 1}};
  cx::Tensor<float, 2, 5, 4> x;
  test::fill_whole(x, 3);
  const cx::Tensor<float, 12, 4 * 3> m = cx::im2col<options>(x);
  for (int c = 0; c < 2; ++c) {
    for (int u = 0; u < 3; ++u) {
      for (int v = 0; v < 2; ++v) {
        for (int i = 0; i < 4; ++i) {
          for (int j = 0; j < 3; ++j) {
            const int h = i + 2 * u - 2;
            const int w = 2 * j + v;
            const bool inside = h >= 0 && h < 5 && w < 4;
            BOOST_TEST(m((c * 3 + u) * 2 + v, i * 3 + j) == (inside ? x(c, h, w) : 0));
          }
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(col2im_is_the_adjoint_of_im2col) {
  check_adjoint<{.kernel = 3, .padding = 1}, cx::Input<2, 5, 7>>();
  check_adjoint<{.kernel = {2, 3}, .stride = {2, 1}, .padding = {0, 1, 1, 2}, .dilation = {1, 2}},
                cx::Input<3, 6, 5>>();
  check_adjoint<{.kernel = 2, .stride = 3}, cx::Input<1, 7, 8>>();
}

BOOST_AUTO_TEST_CASE(col2im_counts_the_windows_that_read_a_pixel) {
  cx::Tensor<float, 4, 4> ones;
  ones.fill(1);
  const auto x = cx::col2im<{.kernel = 2}, cx::Input<1, 3, 3>>(ones);
  const std::vector<float> expected{1, 2, 1, 2, 4, 2, 1, 2, 1};
  BOOST_TEST(std::vector<float>(x.begin(), x.end()) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_convolution_is_its_weight_matrix_times_im2col) {
  constexpr cx::Conv2dOptions options{
      .kernel = {3, 2}, .stride = {1, 2}, .padding = {1, 0}, .bias = false};
  using Net = cx::Network<cx::Conv2d<5, options>, cx::Input<3, 6, 7>>;
  Net net;
  cx::initialize(net, {.seed = 4});
  cx::Tensor<float, 3, 6, 7> x;
  test::fill_small(x, 4);
  const cx::Matrix weight(5, 3 * 3 * 2, cx::state_dict(net)[0].values);
  test::check_close(net.forward(x), (weight * cx::Matrix(cx::im2col<options>(x))).values());
}

BOOST_AUTO_TEST_CASE(each_row_is_the_row_before_moved_by_one) {
  using Row = cx::Conv2d<1, {.kernel = {1, 3}, .bias = false}>;
  const std::vector<float> taps{1, 2, 3};
  const cx::Matrix m = cx::toeplitz_matrix<Row, cx::Input<1, 1, 5>>(taps);
  const cx::Matrix expected(3, 5,
                            std::vector<float>{1, 2, 3, 0, 0,  //
                                               0, 1, 2, 3, 0,  //
                                               0, 0, 1, 2, 3});
  BOOST_CHECK(m == expected);
}

BOOST_AUTO_TEST_CASE(the_matrix_times_x_is_the_convolution) {
  constexpr cx::Conv2dOptions options{.kernel = {3, 2},
                                      .stride = {2, 1},
                                      .padding = {1, 0, 2, 1},
                                      .dilation = {1, 2},
                                      .groups = 2,
                                      .bias = false};
  using Net = cx::Network<cx::Conv2d<6, options>, cx::Input<4, 7, 5>>;
  Net net;
  cx::initialize(net, {.seed = 5});
  cx::Tensor<float, 4, 7, 5> x;
  test::fill_small(x, 5);
  const cx::Matrix m = cx::toeplitz_matrix(net);
  BOOST_TEST(m.rows() == static_cast<int>(Net::output_shape.size()));
  BOOST_TEST(m.columns() == 4 * 7 * 5);
  test::check_close(net.forward(x), m * x);
}

BOOST_AUTO_TEST_CASE(a_depthwise_convolution_has_one_block_a_channel) {
  const cx::Shape in = cx::shape(2, 3, 4);
  const cx::Shape out = cx::shape(4, 2, 3);
  const auto op = convolution(cx::Kind::depthwise_conv2d, in, out, {.kernel = 2});
  const std::vector<float> w = whole(4 * 4, 6);
  const std::vector<float> x = whole(in.size(), 7);
  const std::vector<float> y = cx::toeplitz_matrix(op, w) * x;
  for (int o = 0; o < 4; ++o) {
    for (int i = 0; i < 2; ++i) {
      for (int j = 0; j < 3; ++j) {
        float sum = 0;
        for (int u = 0; u < 2; ++u) {
          for (int v = 0; v < 2; ++v) {
            sum +=
                w[static_cast<std::size_t>((o * 2 + u) * 2 + v)] * x[at(in, o / 2, i + u, j + v)];
          }
        }
        BOOST_TEST(y[at(out, o, i, j)] == sum);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_transposed_convolution_sends_each_pixel_through_the_kernel) {
  const cx::Shape in = cx::shape(4, 3, 2);
  const cx::Shape out = cx::shape(2, 6, 5);  // (3-1)*2 - 1 + 2 + 1 and (2-1)*3 - 0 + 1*(2-1) + 1
  const cx::Window window{.kernel = {3, 2}, .stride = {2, 3}, .padding = {1, 0, 0, 0}};
  const auto op = convolution(cx::Kind::conv_transpose2d, in, out, window, 2);
  const std::vector<float> w = whole(4 * 1 * 3 * 2, 8);
  const std::vector<float> x = whole(in.size(), 9);
  std::vector<float> expected(out.size());
  for (int c = 0; c < 4; ++c) {
    for (int i = 0; i < 3; ++i) {
      for (int j = 0; j < 2; ++j) {
        for (int u = 0; u < 3; ++u) {
          for (int v = 0; v < 2; ++v) {
            const int row = 2 * i + u - 1;
            const int column = 3 * j + v;
            if (row < 0 || row >= 6) continue;
            expected[at(out, c / 2, row, column)] +=
                x[at(in, c, i, j)] * w[static_cast<std::size_t>((c * 3 + u) * 2 + v)];
          }
        }
      }
    }
  }
  BOOST_TEST(cx::toeplitz_matrix(op, w) * x == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_fixed_filter_has_the_same_taps_in_each_channel) {
  auto op =
      convolution(cx::Kind::filter2d, cx::shape(2, 3, 3), cx::shape(2, 3, 2), {.kernel = {1, 2}});
  const float taps[] = {-1, 1};
  op.taps = taps;
  const std::vector<float> x = whole(18, 10);
  const std::vector<float> y = cx::toeplitz_matrix(op, {}) * x;
  for (int c = 0; c < 2; ++c) {
    for (int i = 0; i < 3; ++i) {
      for (int j = 0; j < 2; ++j) {
        BOOST_TEST(y[at(op.out, c, i, j)] == x[at(op.in, c, i, j + 1)] - x[at(op.in, c, i, j)]);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(every_border_is_linear_in_the_image) {
  // A row a b c d, two places more on either side: what a kernel of one tap sees of it.
  const float a = 1, b = 2, c = 4, d = 9, m = 4;
  const std::pair<cx::PaddingMode, std::vector<float>> borders[] = {
      {cx::PaddingMode::zeros, {0, 0, a, b, c, d, 0, 0}},
      {cx::PaddingMode::reflect, {c, b, a, b, c, d, c, b}},
      {cx::PaddingMode::replicate, {a, a, a, b, c, d, d, d}},
      {cx::PaddingMode::circular, {c, d, a, b, c, d, a, b}},
      {cx::PaddingMode::mean, {m, m, a, b, c, d, m, m}}};
  for (const auto& [mode, expected] : borders) {
    auto op = convolution(cx::Kind::conv2d, cx::shape(1, 1, 4), cx::shape(1, 1, 8),
                          {.padding = {0, 2, 0, 2}});
    op.padding_mode = mode;
    const std::vector<float> one{1};
    const std::vector<float> x{a, b, c, d};
    BOOST_TEST(cx::toeplitz_matrix(op, one) * x == expected, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused_in_words) {
  const auto op =
      convolution(cx::Kind::conv2d, cx::shape(1, 3, 3), cx::shape(1, 2, 2), {.kernel = 2});
  const auto says = [](const char* words) {
    return [words](const std::exception& e) { return std::string(e.what()) == words; };
  };
  BOOST_CHECK_EXCEPTION(cx::toeplitz_matrix(op, std::vector<float>(3)), std::invalid_argument,
                        says("toeplitz_matrix: the convolution has 4 weights, 3 were given"));
  auto pool = op;
  pool.kind = cx::Kind::avg_pool2d;
  BOOST_CHECK_EXCEPTION(cx::toeplitz_matrix(pool, std::vector<float>(4)), std::invalid_argument,
                        says("toeplitz_matrix: AvgPool2d is no convolution"));
}
