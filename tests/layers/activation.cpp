// Layers without parameters that keep the shape: activations, softmax, dropout, identity.
#define BOOST_TEST_MODULE layers_activation
#include <boost/test/unit_test.hpp>
#include <concepts>
#include <convexpr/layers/activation.hpp>
#include <convexpr/layers/dropout.hpp>
#include <convexpr/layers/identity.hpp>
#include <convexpr/layers/prelu.hpp>
#include <limits>

#include "declared.hpp"

namespace cx = convexpr;
using cx::shape;
using test::accepts;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

constexpr bool keeps_shapes(auto layer) {
  for (const cx::Shape in : {shape(5, 3, 7), shape(5, 7), shape(5)}) {
    const cx::Declaration d = test::declared(layer, in);
    if (d.refusal.happened() || d.op.out != in || d.parameter_count != 0) return false;
  }
  return true;
}

}  // namespace

static_assert(keeps_shapes(cx::relu) && keeps_shapes(cx::sigmoid) && keeps_shapes(cx::tanh));
static_assert(keeps_shapes(cx::relu6) && keeps_shapes(cx::leaky_relu<>) && keeps_shapes(cx::elu<>));
static_assert(keeps_shapes(cx::selu) && keeps_shapes(cx::gelu) && keeps_shapes(cx::silu));
static_assert(keeps_shapes(cx::mish) && keeps_shapes(cx::softplus) && keeps_shapes(cx::softsign));
static_assert(keeps_shapes(cx::hard_swish) && keeps_shapes(cx::hard_sigmoid));
static_assert(keeps_shapes(cx::softmax) && keeps_shapes(cx::log_softmax));
static_assert(keeps_shapes(cx::dropout<>) && keeps_shapes(cx::identity));

static_assert(accepts(cx::softmax, shape(2, 1, 1)));
static_assert(!accepts(cx::softmax, shape(1)));
static_assert(!accepts(cx::log_softmax, shape(1, 3, 7)));

static_assert(accepts(cx::dropout<0>, shape(5)) && accepts(cx::dropout<1>, shape(5)));
static_assert(!accepts(cx::dropout<1.01>, shape(5)) && !accepts(cx::dropout<-0.1>, shape(5)));
static_assert(std::same_as<cx::Dropout<0.5>, cx::Dropout<>>);
static_assert(std::same_as<cx::Dropout<0.25>, cx::Dropout<0.25F>>);

static_assert(accepts(cx::dropout2d<>, shape(5, 3, 7)) && accepts(cx::dropout2d<>, shape(5, 7)));
static_assert(!accepts(cx::dropout2d<>, shape(5)));
static_assert(!accepts(cx::dropout2d<2>, shape(5, 7)));
static_assert(!accepts(cx::dropout2d<-1>, shape(5, 7)));

// However a number is written, it gives one type.
static_assert(std::same_as<cx::ELU<1>, cx::ELU<>> && std::same_as<cx::ELU<1>, cx::ELU<1.0F>>);
static_assert(std::same_as<cx::ELU<1UL>, cx::ELU<1.0L>>);
static_assert(std::same_as<cx::LeakyReLU<0.01F>, cx::LeakyReLU<>>);
static_assert(std::same_as<cx::LeakyReLU<-0.0>, cx::LeakyReLU<0>>);
static_assert(!accepts(cx::leaky_relu<infinity>, shape(5)));
static_assert(!accepts(cx::leaky_relu<not_a_number>, shape(5)));
static_assert(!accepts(cx::elu<-infinity>, shape(5)));
static_assert(accepts(cx::leaky_relu<-2>, shape(5)) && accepts(cx::elu<-0.5>, shape(5)));

BOOST_AUTO_TEST_CASE(every_type_has_its_kind) {
  const auto kind = [](auto layer) { return name(test::declared(layer, shape(5)).op.kind); };
  BOOST_TEST(kind(cx::relu) == "ReLU");
  BOOST_TEST(kind(cx::sigmoid) == "Sigmoid");
  BOOST_TEST(kind(cx::tanh) == "Tanh");
  BOOST_TEST(kind(cx::softmax) == "Softmax");
  BOOST_TEST(kind(cx::log_softmax) == "LogSoftmax");
  BOOST_TEST(kind(cx::relu6) == "ReLU6");
  BOOST_TEST(kind(cx::leaky_relu<>) == "LeakyReLU");
  BOOST_TEST(kind(cx::prelu) == "PReLU");
  BOOST_TEST(kind(cx::elu<>) == "ELU");
  BOOST_TEST(kind(cx::selu) == "SELU");
  BOOST_TEST(kind(cx::gelu) == "GELU");
  BOOST_TEST(kind(cx::silu) == "SiLU");
  BOOST_TEST(kind(cx::mish) == "Mish");
  BOOST_TEST(kind(cx::softplus) == "Softplus");
  BOOST_TEST(kind(cx::softsign) == "Softsign");
  BOOST_TEST(kind(cx::hard_swish) == "HardSwish");
  BOOST_TEST(kind(cx::hard_sigmoid) == "HardSigmoid");
  BOOST_TEST(kind(cx::dropout<>) == "Dropout");
  BOOST_TEST(kind(cx::dropout2d<>) == "Dropout2d");
  BOOST_TEST(kind(cx::identity) == "Identity");
}

BOOST_AUTO_TEST_CASE(defaults_are_pytorchs) {
  BOOST_TEST(test::declared(cx::leaky_relu<>, shape(5)).op.alpha == 0.01F);
  BOOST_TEST(test::declared(cx::elu<>, shape(5)).op.alpha == 1.0F);
  BOOST_TEST(test::declared(cx::dropout2d<>, shape(5, 3)).op.probability == 0.5F);
  const cx::Declaration prelu = test::declared(cx::prelu, shape(5, 3, 7));
  BOOST_REQUIRE(prelu.parameter_count == 1);
  BOOST_TEST((prelu.op.out == shape(5, 3, 7)));
  BOOST_TEST(prelu.parameters[0].name == "weight");
  BOOST_TEST(prelu.parameters[0].size() == 1U);
  BOOST_TEST(prelu.parameters[0].initial == 0.25F);
}

BOOST_AUTO_TEST_CASE(softmax_of_one_channel_says_what_is_missing) {
  BOOST_TEST(test::declared(cx::softmax, shape(1, 3, 7)).refusal.hint.view() ==
             "write flatten | softmax");
  BOOST_TEST(test::declared(cx::softmax, shape(1)).refusal.hint.view() ==
             "write sigmoid for the probability of one class");
}
