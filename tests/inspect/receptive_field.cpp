// Receptive fields against brute force: which pixels a unit's Jacobian depends on.
#define BOOST_TEST_MODULE receptive_field
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <convexpr/inspect/jacobian.hpp>
#include <convexpr/layers/layers.hpp>
#include <random>

namespace cx = convexpr;

namespace {

/// Every parameter positive, so that nothing cancels.
template <class Net>
void make_positive(Net& net) {
  std::mt19937 bits(1);
  std::vector<cx::NamedTensor> dict = cx::state_dict(net);
  for (cx::NamedTensor& t : dict) {
    for (float& v : t.values) v = 0.5F + static_cast<float>(bits() % 100) * 0.01F;
  }
  cx::load_state_dict(net, dict);
}

/// The smallest rectangle around the pixels that some output at (i, j) depends on.
struct Seen {
  cx::Interval rows{1'000, -1'000};
  cx::Interval columns{1'000, -1'000};
};

template <class Net>
Seen seen_by(const cx::Matrix& jacobian, int i, int j) {
  constexpr cx::Shape in = Net::input_shape;
  constexpr cx::Shape out = Net::output_shape;
  Seen seen;
  for (int k = 0; k < out.channels; ++k) {
    const auto row = jacobian.row((k * out.height + i) * out.width + j);
    for (int pixel = 0; pixel < jacobian.columns(); ++pixel) {
      if (row[static_cast<std::size_t>(pixel)] == 0) continue;
      const int h = pixel / in.width % in.height;
      const int w = pixel % in.width;
      seen.rows = {std::min(seen.rows.begin, h), std::max(seen.rows.end, h + 1)};
      seen.columns = {std::min(seen.columns.begin, w), std::max(seen.columns.end, w + 1)};
    }
  }
  return seen;
}

void check_axis(cx::Interval seen, cx::Interval field, int extent) {
  const cx::Interval inside = field.within(extent);
  BOOST_TEST(seen.begin >= inside.begin);
  BOOST_TEST(seen.end <= inside.end);
  if (inside == field) BOOST_CHECK(seen == field);  // no part of it in the padding
}

/// Every unit of a network against its field; gives how many fields lie inside the image.
template <class In, class Architecture>
void check(Architecture) {
  using Net = cx::Network<Architecture, In>;
  Net net;
  make_positive(net);
  constexpr cx::Shape shape = In::shape;
  cx::TensorOf<float, shape> x;
  x.fill(1);
  const cx::Matrix jacobian = cx::jacobian(net, x);
  constexpr cx::ReceptiveField field = Net::receptive_field;
  static_assert(Net::layers.back().receptive_field == field);
  int inside = 0;
  for (int i = 0; i < Net::output_shape.height; ++i) {
    for (int j = 0; j < Net::output_shape.width; ++j) {
      const Seen seen = seen_by<Net>(jacobian, i, j);
      check_axis(seen.rows, field.rows(i), In::shape.height);
      check_axis(seen.columns, field.columns(j), In::shape.width);
      if (field.rows(i).within(In::shape.height) == field.rows(i) &&
          field.columns(j).within(In::shape.width) == field.columns(j)) {
        ++inside;
      }
    }
  }
  BOOST_TEST(inside > 0);
}

constexpr auto chain =
    cx::conv2d<2, {.kernel = {3, 2}, .stride = {2, 1}, .padding = {1, 0, 0, 1}}> | cx::relu |
    cx::avg_pool2d<{.kernel = {2, 3}, .stride = {1, 2}, .padding = {0, 1}}> |
    cx::named<"wide">(cx::conv2d<2, {.kernel = {2, 2}, .dilation = {2, 1}}> | cx::relu);
using Chain = cx::Network<decltype(chain), cx::Input<2, 17, 14>>;

// The first layer's units stand 2 apart in rows, and the padding lies above and to the right.
static_assert(Chain::layers[0].receptive_field ==
              cx::ReceptiveField{.size = {3, 2}, .stride = {2, 1}, .offset = {-1, 0}});
static_assert(Chain::layers[0].receptive_field.rows(0) == cx::Interval{-1, 2});
static_assert(Chain::layers[0].receptive_field.rows(0).within(17) == cx::Interval{0, 2});
static_assert(Chain::layers[0].receptive_field.columns(13).within(14) == cx::Interval{13, 14});
static_assert(Chain::layers[1].receptive_field == Chain::layers[0].receptive_field);
// Two rows 2 apart of windows of 3 rows; three columns of windows of 2, the first in the padding.
static_assert(Chain::layers[2].receptive_field ==
              cx::ReceptiveField{.size = {5, 4}, .stride = {2, 2}, .offset = {-1, -1}});
static_assert(Chain::layers[4].receptive_field == Chain::receptive_field);

}  // namespace

BOOST_AUTO_TEST_CASE(a_unit_of_a_chain_depends_on_its_field) { check<cx::Input<2, 17, 14>>(chain); }

BOOST_AUTO_TEST_CASE(a_unit_of_branches_depends_on_the_fields_of_all) {
  check<cx::Input<1, 12, 11>>(
      cx::conv2d<2, {.kernel = 2, .stride = 2}> |
      cx::concat(cx::conv2d<1, {.kernel = 1}>, cx::conv2d<1, {.kernel = {3, 1}, .padding = {1, 0}}>,
                 cx::avg_pool2d<{.kernel = {1, 3}, .stride = 1, .padding = {0, 1}}>));
}

BOOST_AUTO_TEST_CASE(features_depend_on_the_whole_image) {
  check<cx::Input<2, 5, 6>>(cx::conv2d<3, {.kernel = 2}> | cx::flatten | cx::linear<4>);
  check<cx::Input<2, 5, 6>>(cx::conv2d<3, {.kernel = 2}> | cx::global_avg_pool2d);
}

BOOST_AUTO_TEST_CASE(an_interval_is_cut_to_an_image) {
  BOOST_CHECK((cx::Interval{-3, 4}.within(10) == cx::Interval{0, 4}));
  BOOST_CHECK((cx::Interval{8, 14}.within(10) == cx::Interval{8, 10}));
  BOOST_TEST((cx::Interval{-3, -1}.within(10).size() == 0));
  BOOST_TEST((cx::Interval{11, 14}.within(10).size() == 0));
  BOOST_TEST((cx::Interval{2, 5}.contains(2) && !cx::Interval{2, 5}.contains(5)));
}
