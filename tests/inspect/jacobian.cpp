// The Jacobian matrix of networks whose slopes are known otherwise.
#define BOOST_TEST_MODULE jacobian
#include <boost/test/unit_test.hpp>
#include <convexpr/inspect/jacobian.hpp>
#include <convexpr/inspect/toeplitz.hpp>
#include <convexpr/layers/layers.hpp>
#include <convexpr/train/initialize.hpp>

#include "random.hpp"

namespace cx = convexpr;

namespace {

/// A diagonal matrix.
cx::Matrix diagonal(const std::vector<float>& values) {
  const int n = static_cast<int>(values.size());
  cx::Matrix m(n, n);
  for (int i = 0; i < n; ++i) m(i, i) = values[static_cast<std::size_t>(i)];
  return m;
}

}  // namespace

BOOST_AUTO_TEST_CASE(that_of_a_linear_layer_is_its_weight) {
  cx::Network<cx::Linear<3>, cx::Input<5>> net;
  cx::initialize(net, {.seed = 1});
  cx::Tensor<float, 5> x;
  test::fill_small(x, 1);
  const cx::Matrix m = cx::jacobian(net, x);
  BOOST_TEST(m.rows() == 3);
  test::check_close(m.values(), cx::state_dict(net)[0].values);
}

BOOST_AUTO_TEST_CASE(that_of_a_convolution_is_its_toeplitz_matrix) {
  constexpr cx::Conv2dOptions options{
      .kernel = {3, 2}, .stride = {1, 2}, .padding = {1, 0, 0, 2}, .dilation = {2, 1}, .groups = 2};
  using Net = cx::Network<cx::Conv2d<6, options>, cx::Input<4, 6, 5>>;
  static_assert(Net::output_shape.size() > 32);  // more than one batch of rows
  Net net;
  cx::initialize(net, {.seed = 2});
  cx::Tensor<float, 4, 6, 5> x;
  test::fill_small(x, 2);
  const cx::Matrix m = cx::jacobian(net, x);
  const cx::Matrix expected = cx::toeplitz_matrix(net);
  BOOST_TEST(m.rows() == expected.rows());
  test::check_close(m.values(), expected.values());
}

BOOST_AUTO_TEST_CASE(that_of_an_activation_has_its_slopes_on_the_diagonal) {
  cx::Network<cx::Sigmoid, cx::Input<2, 3, 2>> net;
  cx::Tensor<float, 2, 3, 2> x;
  test::fill_small(x, 3);
  std::vector<float> slopes;
  for (const float y : net.forward(x)) slopes.push_back(y * (1 - y));
  test::check_close(cx::jacobian(net, x).values(), diagonal(slopes).values());
}

BOOST_AUTO_TEST_CASE(that_of_a_small_network_is_what_differences_say) {
  const auto chain = cx::conv2d<4, {.kernel = 3, .padding = 1}> | cx::batch_norm2d<> | cx::tanh |
                     cx::avg_pool2d<{.kernel = 2}> | cx::flatten | cx::linear<5> | cx::softmax;
  cx::Network<decltype(chain), cx::Input<2, 4, 6>> net;
  cx::initialize(net, {.seed = 4});
  cx::Tensor<float, 2, 4, 6> x;
  test::fill_small(x, 4);
  const cx::Matrix m = cx::jacobian(net, x);
  cx::Matrix expected(m.rows(), m.columns());
  constexpr float step = 0.01F;  // its square is what a central difference is wrong by
  for (int j = 0; j < expected.columns(); ++j) {
    for (const float side : {step, -step}) {
      cx::Tensor<float, 2, 4, 6> beside = x;
      beside.data()[j] += side;
      const auto& y = net.forward(beside);
      for (int i = 0; i < expected.rows(); ++i) expected(i, j) += y(i) / (2 * side);
    }
  }
  test::check_close(m.values(), expected.values(), 1e-4F);
}
