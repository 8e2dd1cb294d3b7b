// Layers without parameters that keep the shape: activations, softmax, dropout, identity.
#define BOOST_TEST_MODULE layers_activation
#include <boost/test/unit_test.hpp>
#include <concepts>
#include <convexpr/layers/activation.hpp>
#include <convexpr/layers/dropout.hpp>
#include <convexpr/layers/identity.hpp>

#include "declared.hpp"

namespace cx = convexpr;
using cx::shape;
using test::accepts;

namespace {

constexpr bool keeps_shapes(auto layer) {
  for (const cx::Shape in : {shape(5, 3, 7), shape(5, 7), shape(5)}) {
    const cx::Declaration d = test::declared(layer, in);
    if (d.refusal.happened() || d.op.out != in || d.parameter_count != 0) return false;
  }
  return true;
}

}  // namespace

static_assert(keeps_shapes(cx::relu) && keeps_shapes(cx::sigmoid) && keeps_shapes(cx::tanh));
static_assert(keeps_shapes(cx::softmax) && keeps_shapes(cx::log_softmax));
static_assert(keeps_shapes(cx::dropout<>) && keeps_shapes(cx::identity));

static_assert(accepts(cx::softmax, shape(2, 1, 1)));
static_assert(!accepts(cx::softmax, shape(1)));
static_assert(!accepts(cx::log_softmax, shape(1, 3, 7)));

static_assert(accepts(cx::dropout<0>, shape(5)) && accepts(cx::dropout<1>, shape(5)));
static_assert(!accepts(cx::dropout<1.01>, shape(5)) && !accepts(cx::dropout<-0.1>, shape(5)));
static_assert(std::same_as<cx::Dropout<0.5>, cx::Dropout<>>);
static_assert(std::same_as<cx::Dropout<0.25>, cx::Dropout<0.25F>>);

BOOST_AUTO_TEST_CASE(every_type_has_its_kind) {
  const auto kind = [](auto layer) { return name(test::declared(layer, shape(5)).op.kind); };
  BOOST_TEST(kind(cx::relu) == "ReLU");
  BOOST_TEST(kind(cx::sigmoid) == "Sigmoid");
  BOOST_TEST(kind(cx::tanh) == "Tanh");
  BOOST_TEST(kind(cx::softmax) == "Softmax");
  BOOST_TEST(kind(cx::log_softmax) == "LogSoftmax");
  BOOST_TEST(kind(cx::dropout<>) == "Dropout");
  BOOST_TEST(kind(cx::identity) == "Identity");
}

BOOST_AUTO_TEST_CASE(softmax_of_one_channel_says_what_is_missing) {
  BOOST_TEST(test::declared(cx::softmax, shape(1, 3, 7)).refusal.hint.view() ==
             "write flatten | softmax");
  BOOST_TEST(test::declared(cx::softmax, shape(1)).refusal.hint.view() ==
             "write sigmoid for the probability of one class");
}
