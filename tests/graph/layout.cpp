// Which parts of a concat need no copy, what may be computed in place, and who needs a border.
#define BOOST_TEST_MODULE graph_layout
#include <boost/test/unit_test.hpp>

#include "architectures.hpp"

namespace cx = convexpr;
namespace graph = convexpr::graph;
using cx::Kind;

namespace {

constexpr int lanes = 8;

template <class Architecture>
graph::PlanDraft inference(const Architecture&, cx::Shape in = test::image) {
  return graph::lower<Architecture>(in, {.lanes = lanes});
}

template <class Architecture>
graph::PlanDraft training(const Architecture&, cx::Shape in = test::image) {
  return graph::lower<Architecture>(in, {cx::Mode::training, true, true, lanes});
}

/// What one array without a border takes.
std::size_t floats(int channels, int height, int width) {
  const int blocks = (channels + lanes - 1) / lanes;
  return (static_cast<std::size_t>(blocks * lanes * height * width) + 15) / 16 * 16;
}

template <int Out>
constexpr auto pointwise = cx::conv2d<Out, {.kernel = 1}>;

constexpr cx::Shape deep = cx::shape(16, 5, 7);  // channels enough to be read in blocks

}  // namespace

BOOST_AUTO_TEST_CASE(parts_of_whole_vectors_are_written_in_place) {
  const auto block = cx::concat(pointwise<8>, pointwise<24>, pointwise<16>);
  BOOST_TEST(inference(block).copies == 0);
  BOOST_TEST(training(block).copies == 0);
}

BOOST_AUTO_TEST_CASE(the_last_part_may_end_inside_a_vector) {
  const auto block = cx::concat(pointwise<8>, pointwise<16>, pointwise<3>);
  BOOST_TEST(inference(block).copies == 0);
  BOOST_TEST(training(block).copies == 0);
}

BOOST_AUTO_TEST_CASE(parts_behind_a_broken_vector_are_copied) {
  BOOST_TEST(inference(cx::concat(pointwise<8>, pointwise<3>, pointwise<8>)).copies == 2);
  BOOST_TEST(inference(cx::concat(pointwise<4>, pointwise<4>, pointwise<8>)).copies == 2);
}

BOOST_AUTO_TEST_CASE(the_input_and_a_part_that_stands_elsewhere_are_copied) {
  BOOST_TEST(inference(cx::concat(cx::identity, pointwise<8>), deep).copies == 1);
  BOOST_TEST(inference(pointwise<8> | cx::concat(cx::identity, cx::identity)).copies == 1);
}

BOOST_AUTO_TEST_CASE(concats_of_concats_need_no_copy) {
  const auto inner = cx::concat(pointwise<8>, pointwise<8>);
  BOOST_TEST(inference(cx::concat(inner, pointwise<8>, inner)).copies == 0);
}

BOOST_AUTO_TEST_CASE(an_inception_block_of_the_paper_is_free_of_copies) {
  const auto block = test::mixed<64, 128, 32> | test::mixed<128, 192, 96>;
  BOOST_TEST(inference(block).copies == 0);
  BOOST_TEST(training(block).copies == 0);
}

BOOST_AUTO_TEST_CASE(an_activation_overwrites_what_nobody_else_reads) {
  constexpr auto pool = cx::max_pool2d<{.kernel = 3, .stride = 1, .padding = 1}>;
  const auto in_place = pool | cx::relu | cx::tanh;
  BOOST_TEST(inference(in_place, deep).arena_floats == 2 * floats(16, 5, 7));
  BOOST_TEST(inference(cx::batch_norm2d<> | cx::relu, deep).arena_floats == floats(16, 5, 7));
  const auto twice_read = pool | cx::concat(cx::relu, cx::tanh);
  BOOST_TEST(inference(twice_read, deep).arena_floats >= 3 * floats(16, 5, 7));
}

BOOST_AUTO_TEST_CASE(a_local_response_overwrites_what_no_adjoint_reads) {
  constexpr auto respond = cx::local_response_norm<{.size = 3}>;
  const std::size_t one = floats(16, 13, 10) * sizeof(float);
  const std::size_t image = floats(3, 13, 10) * sizeof(float);
  BOOST_TEST(inference(pointwise<16> | respond).separate_bytes <= image + one);
  BOOST_TEST(training(pointwise<16> | respond).separate_bytes > 3 * one);
  BOOST_TEST(inference(cx::conv2d<1000, {.kernel = 3}> | respond, deep).arrays.size() == 2U);
  BOOST_TEST(inference(cx::conv2d<1001, {.kernel = 3}> | respond, deep).arrays.size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_sum_overwrites_one_of_its_parts) {
  const auto block = pointwise<16> | cx::residual(pointwise<16>);
  BOOST_TEST(inference(block, deep).arena_floats == 2 * floats(16, 5, 7));
}

BOOST_AUTO_TEST_CASE(an_array_has_the_largest_border_that_its_readers_need) {
  const auto block =
      cx::relu | cx::concat(cx::conv2d<8, {.kernel = {5, 1}, .padding = {2, 0}}>,
                            cx::conv2d<8, {.kernel = {2, 3}, .padding = {0, 1, 1, 1}}>);
  const graph::PlanDraft plan = inference(block, deep);
  const graph::Operand& x = plan.operands[static_cast<std::size_t>(plan.steps[0].output)];
  BOOST_TEST((x.border == cx::Padding(2, 1, 2, 1)));
  BOOST_TEST(x.row_stride == static_cast<std::size_t>((7 + 2) * lanes));
  BOOST_TEST(x.block_stride == (5 + 4) * x.row_stride);
}

BOOST_AUTO_TEST_CASE(a_gradient_has_the_border_that_its_adjoint_reads) {
  const auto border_of_dy = [](const auto& layer) {
    const graph::PlanDraft plan = training(cx::relu | layer | cx::relu, deep);
    for (const graph::Step& s : plan.steps) {
      if (s.role == graph::Role::adjoint && s.op.kind != Kind::relu) {
        return plan.operands[static_cast<std::size_t>(s.first_input)].border;
      }
    }
    return cx::Padding(-1);
  };
  // With a 3x2 kernel a pixel of x can have given to the outputs from 2 - p rows above its own on.
  BOOST_TEST((border_of_dy(cx::depthwise_conv2d<{.kernel = {3, 2}}>) == cx::Padding(2, 1, 2, 1)));
  BOOST_TEST(
      (border_of_dy(cx::filter2d<cx::box<3>, {.padding = {2, 1}}>) == cx::Padding(0, 1, 0, 1)));
  BOOST_TEST((border_of_dy(cx::conv_transpose2d<8, {.kernel = 4, .padding = {2, 1, 0, 3}}>) ==
              cx::Padding(2, 1, 0, 3)));
  BOOST_TEST((border_of_dy(cx::conv2d<8, {.kernel = 3, .padding = 1}>) == cx::Padding(0)));
}

BOOST_AUTO_TEST_CASE(arrays_begin_at_cache_lines) {
  const graph::PlanDraft plan = training(test::mixed_twice);
  for (const graph::Operand& o : plan.operands) {
    BOOST_TEST(o.array % 16 == 0U);
    BOOST_TEST(o.array_size % 16 == 0U);
    BOOST_TEST(o.array + o.array_size <= plan.arena_floats);
  }
}

BOOST_AUTO_TEST_CASE(a_thin_image_is_read_as_it_is_by_one_convolution_alone) {
  BOOST_TEST(inference(cx::conv2d<8, {.kernel = 3}>).input.interleave == 1);
  BOOST_TEST(inference(cx::conv2d<8, {.kernel = 3}>, deep).input.interleave == lanes);
  BOOST_TEST(inference(cx::concat(pointwise<8>, pointwise<8>)).input.interleave == lanes);
  const graph::PlanDraft plan = training(cx::conv2d<8, {.kernel = 3}>);
  BOOST_TEST(plan.has_input_adjoint);
  BOOST_TEST(plan.input_adjoint.interleave == 1);
}
