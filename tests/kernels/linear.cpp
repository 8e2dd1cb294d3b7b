// Fully connected kernels against double-precision loops over their definition.
#define BOOST_TEST_MODULE kernels_linear
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <convexpr/kernels/linear.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstddef>
#include <limits>
#include <new>
#include <random>
#include <vector>

#include "functions.hpp"

namespace {

using namespace convexpr;
using namespace convexpr::kernels;

constexpr double epsilon = std::numeric_limits<float>::epsilon();

/// Aligned floats, every one of them NaN until it is written.
class Floats {
 public:
  explicit Floats(std::size_t size)
      : size_(size),
        data_(static_cast<float*>(::operator new(size * sizeof(float), std::align_val_t{64}))) {
    std::fill_n(data_, size, std::numeric_limits<float>::quiet_NaN());
  }
  Floats(const Floats&) = delete;
  Floats& operator=(const Floats&) = delete;
  ~Floats() { ::operator delete(data_, std::align_val_t{64}); }
  float* data() const { return data_; }
  std::size_t size() const { return size_; }
  float& operator[](std::size_t i) const { return data_[i]; }

 private:
  std::size_t size_;
  float* data_;
};

std::mt19937 engine(7);

void randomize(float* p, std::size_t n) {
  std::uniform_real_distribution<float> values(-1.0F, 1.0F);
  for (std::size_t i = 0; i < n; ++i) p[i] = values(engine);
}

std::size_t padded(int n) { return static_cast<std::size_t>(blocks(n, simd::lanes) * simd::lanes); }

/// A batch of feature vectors with one vector of NaN between any two.
struct Features {
  Features(int count, int examples)
      : stride(padded(count) + simd::lanes),
        values(stride * static_cast<std::size_t>(examples)),
        maps{values.data(),
             count,
             1,
             1,
             simd::lanes,
             simd::lanes,
             static_cast<std::ptrdiff_t>(stride),
             examples} {}
  void randomize() {
    for (int n = 0; n < maps.examples; ++n) {
      float* p = values.data() + static_cast<std::size_t>(n) * stride;
      std::fill_n(p, padded(maps.channels), 0.0F);
      ::randomize(p, static_cast<std::size_t>(maps.channels));
    }
  }
  float at(int n, int i) const {
    return values[static_cast<std::size_t>(n) * stride + static_cast<std::size_t>(i)];
  }
  std::size_t stride;
  Floats values;
  Maps maps;
};

/// A function that is not zero at zero.
struct OnePlus {
  static constexpr bool few_instructions = false;
  static simd::Vector value(simd::Vector x) { return simd::broadcast(1.0F) + x; }
};

double activated(expr::Identity, double v) { return v; }
double activated(test::Relu, double v) { return v > 0 ? v : 0; }
double activated(OnePlus, double v) { return 1 + v; }

struct Layer {
  Layer(int inputs, int outputs)
      : in(inputs),
        out(outputs),
        plain(static_cast<std::size_t>(in) * static_cast<std::size_t>(out)),
        packed(packed_linear_size(in, out)),
        bias(padded(out)) {
    randomize(plain.data(), plain.size());
    pack_linear(in, out, plain.data(), packed.data());
    std::fill_n(bias.data(), bias.size(), 0.0F);
    randomize(bias.data(), static_cast<std::size_t>(out));
  }
  double w(int o, int i) const {
    return static_cast<double>(plain[static_cast<std::size_t>(o * in + i)]);
  }
  int in;
  int out;
  Floats plain;
  Floats packed;
  Floats bias;
};

template <class F>
void check_forward(int in, int out, int examples, bool with_bias) {
  const Layer layer(in, out);
  Features x(in, examples);
  x.randomize();
  Features y(out, examples);
  linear<F>(x.maps, layer.packed.data(), with_bias ? layer.bias.data() : nullptr, y.maps);
  int wrong = 0;
  for (int n = 0; n < examples; ++n) {
    for (int o = 0; o < out; ++o) {
      double sum = with_bias ? static_cast<double>(layer.bias[static_cast<std::size_t>(o)]) : 0;
      double size = std::abs(sum) + 1;
      for (int i = 0; i < in; ++i) {
        const double term = layer.w(o, i) * static_cast<double>(x.at(n, i));
        sum += term;
        size += std::abs(term);
      }
      const double error = std::abs(static_cast<double>(y.at(n, o)) - activated(F{}, sum));
      if (!(error <= (in + 2) * epsilon * size)) ++wrong;
    }
    for (int o = out; o < static_cast<int>(padded(out)); ++o) wrong += y.at(n, o) != 0.0F;
  }
  BOOST_TEST(wrong == 0, "in " << in << " out " << out << " examples " << examples);
}

void check_backward(int in, int out, int examples) {
  const Layer layer(in, out);
  Features x(in, examples);
  x.randomize();
  Features dy(out, examples);
  dy.randomize();
  Features dx(in, examples);
  linear_backward_data(dy.maps, layer.packed.data(), dx.maps);
  int wrong = 0;
  for (int n = 0; n < examples; ++n) {
    for (int i = 0; i < in; ++i) {
      double sum = 0;
      double size = 0;
      for (int o = 0; o < out; ++o) {
        const double term = layer.w(o, i) * static_cast<double>(dy.at(n, o));
        sum += term;
        size += std::abs(term);
      }
      if (!(std::abs(static_cast<double>(dx.at(n, i)) - sum) <= out * epsilon * size)) ++wrong;
    }
    for (int i = in; i < static_cast<int>(padded(in)); ++i) wrong += dx.at(n, i) != 0.0F;
  }
  BOOST_TEST(wrong == 0, "data: in " << in << " out " << out << " examples " << examples);

  const Floats dpacked(packed_linear_size(in, out));
  const Floats dbias(padded(out));
  linear_backward_weights(x.maps, dy.maps, dpacked.data(), dbias.data());
  wrong = 0;
  for (int o = 0; o < static_cast<int>(padded(out)); ++o) {
    double bias = 0;
    for (int n = 0; n < examples; ++n) bias += static_cast<double>(dy.at(n, o));
    const double got = static_cast<double>(dbias[static_cast<std::size_t>(o)]);
    if (!(std::abs(got - bias) <= examples * examples * epsilon)) ++wrong;
    for (int i = 0; i < in; ++i) {
      double sum = 0;
      double size = 0;
      for (int n = 0; n < examples; ++n) {
        const double term = static_cast<double>(dy.at(n, o)) * static_cast<double>(x.at(n, i));
        sum += term;
        size += std::abs(term);
      }
      const auto offset = static_cast<std::size_t>(packed_linear_offset(in, i, o));
      const double error = std::abs(static_cast<double>(dpacked[offset]) - sum);
      if (!(error <= examples * epsilon * size)) ++wrong;  // past the outputs the bound is zero
    }
  }
  BOOST_TEST(wrong == 0, "weights: in " << in << " out " << out << " examples " << examples);
}

}  // namespace

BOOST_AUTO_TEST_CASE(packing_pads_with_zeros_and_unpacking_undoes_it) {
  constexpr int in = 5;
  constexpr int out = 19;
  static_assert(packed_linear_size(in, simd::lanes) == in * simd::lanes);
  const Layer layer(in, out);
  Floats back(in * out);
  unpack_linear(in, out, layer.packed.data(), back.data());
  for (std::size_t i = 0; i < back.size(); ++i) BOOST_TEST(back[i] == layer.plain[i]);
  for (int o = out; o < static_cast<int>(padded(out)); ++o) {
    for (int i = 0; i < in; ++i) {
      BOOST_TEST(layer.packed[static_cast<std::size_t>(packed_linear_offset(in, i, o))] == 0.0F);
    }
  }
}

BOOST_AUTO_TEST_CASE(every_output_is_its_dot_product_whatever_the_sizes) {
  for (const int in : {1, 3, 6, 17, 33, 130}) {
    for (const int out : {1, 10, 17, 33, 84, 112}) {
      for (const int examples : {1, 3, 7, 12}) {
        check_forward<expr::Identity>(in, out, examples, true);
        check_forward<expr::Identity>(in, out, examples, false);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(an_activation_rides_on_the_sums_and_leaves_padding_zero) {
  for (const int out : {5, 16, 37}) {
    check_forward<test::Relu>(21, out, 7, true);
    check_forward<OnePlus>(21, out, 7, true);
    check_forward<OnePlus>(21, out, 1, false);
  }
}

BOOST_AUTO_TEST_CASE(adjoints_are_the_sums_of_their_definition_whatever_the_sizes) {
  for (const int in : {1, 3, 6, 17, 33, 130}) {
    for (const int out : {1, 10, 17, 33, 84, 112, 150}) {
      for (const int examples : {1, 3, 7, 12}) check_backward(in, out, examples);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_bias_gradient_may_be_left_out) {
  Features x(9, 2);
  x.randomize();
  Features dy(5, 2);
  dy.randomize();
  const Floats dpacked(packed_linear_size(9, 5));
  linear_backward_weights(x.maps, dy.maps, dpacked.data(), nullptr);
  const double want = static_cast<double>(x.at(0, 8)) * static_cast<double>(dy.at(0, 4)) +
                      static_cast<double>(x.at(1, 8)) * static_cast<double>(dy.at(1, 4));
  const auto offset = static_cast<std::size_t>(packed_linear_offset(9, 8, 4));
  BOOST_TEST(std::abs(static_cast<double>(dpacked[offset]) - want) <= 4 * epsilon);
}
