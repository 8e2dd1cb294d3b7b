// Counts, costs and receptive fields against plain loops over the layers' definitions.
#define BOOST_TEST_MODULE graph_facts
#include <boost/test/unit_test.hpp>
#include <convexpr/graph/facts.hpp>
#include <set>

#include "architectures.hpp"

namespace cx = convexpr;
namespace graph = convexpr::graph;

namespace {

/// A window along one axis.
struct Taps {
  int kernel = 1;
  int stride = 1;
  int dilation = 1;
  int padding = 0;
};

using Chain = std::vector<Taps>;
using Positions = std::set<int>;

/// Positions of the input that the given units behind a chain read, on an image without an edge.
Positions read_by(Positions units, const Chain& chain) {
  for (auto layer = chain.rbegin(); layer != chain.rend(); ++layer) {
    Positions read;
    for (const int unit : units) {
      for (int tap = 0; tap < layer->kernel; ++tap) {
        read.insert(unit * layer->stride + tap * layer->dilation - layer->padding);
      }
    }
    units = read;
  }
  return units;
}

struct Field {
  int size;
  int stride;
  int offset;
};

Field field(const Positions& of_unit_0, const Positions& of_unit_1) {
  return {*of_unit_0.rbegin() - *of_unit_0.begin() + 1, *of_unit_1.begin() - *of_unit_0.begin(),
          *of_unit_0.begin()};
}

Field field_of(const Chain& chain) { return field(read_by({0}, chain), read_by({1}, chain)); }

void check(const cx::ReceptiveField& got, Field h, Field w) {
  BOOST_TEST(got.size.h == h.size);
  BOOST_TEST(got.size.w == w.size);
  BOOST_TEST(got.stride.h == h.stride);
  BOOST_TEST(got.stride.w == w.stride);
  BOOST_TEST(got.offset.h == h.offset);
  BOOST_TEST(got.offset.w == w.offset);
}

template <class Architecture>
graph::Graph built(const Architecture&, cx::Shape in) {
  const graph::Graph g = graph::build<Architecture>(in);
  BOOST_REQUIRE(!g.refusal.happened());
  return g;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_field_of_a_chain_is_what_its_taps_reach) {
  const auto chain =
      cx::conv2d<4, {.kernel = {5, 2}, .stride = {2, 1}, .padding = {1, 0, 2, 1}}> | cx::relu |
      cx::max_pool2d<{.kernel = {3, 2}, .stride = {1, 3}, .padding = {1, 0}}> | cx::batch_norm2d<> |
      cx::conv2d<4, {.kernel = {2, 3}, .padding = {0, 2}, .dilation = {3, 2}}> |
      cx::avg_pool2d<{.kernel = 2}>;
  check(graph::receptive_field(built(chain, cx::shape(3, 41, 37))),
        field_of({{5, 2, 1, 1}, {3, 1, 1, 1}, {2, 1, 3, 0}, {2, 2, 1, 0}}),
        field_of({{2, 1, 1, 0}, {2, 3, 1, 0}, {3, 1, 2, 2}, {2, 2, 1, 0}}));
}

BOOST_AUTO_TEST_CASE(the_field_of_branches_holds_the_fields_of_all) {
  const auto block =
      cx::conv2d<4, {.kernel = 3, .stride = 2, .padding = 1}> |
      cx::concat(cx::conv2d<2, {.kernel = 1}>, cx::conv2d<2, {.kernel = {7, 3}, .padding = {3, 1}}>,
                 cx::conv2d<2, {.kernel = {1, 5}, .padding = {0, 2}}> |
                     cx::max_pool2d<{.kernel = 3, .stride = 1, .padding = 1}>);
  const auto both = [](const Chain& a, const Chain& b, const Chain& c) {
    Positions of[2];
    for (int unit = 0; unit < 2; ++unit) {
      for (const Chain* chain : {&a, &b, &c}) of[unit].merge(read_by({unit}, *chain));
    }
    return field(of[0], of[1]);
  };
  const Taps stem{3, 2, 1, 1};
  check(graph::receptive_field(built(block, cx::shape(3, 23, 19))),
        both({stem}, {stem, {7, 1, 1, 3}}, {stem, {3, 1, 1, 1}}),
        both({stem}, {stem, {3, 1, 1, 1}}, {stem, {5, 1, 1, 2}, {3, 1, 1, 1}}));
}

BOOST_AUTO_TEST_CASE(a_unit_of_a_transposed_convolution_gathers_from_what_reaches_it) {
  // Rows: unit i gathers from rows (i + 1 - u) / 2 for u = 0 .. 3, which are two; unit 0 from -1 and
  // 0. Columns: from one column each, since kernel and stride are 3.
  const auto up = cx::conv2d<4, {.kernel = 3, .stride = 2, .padding = 1}> |
                  cx::conv_transpose2d<4, {.kernel = {4, 3}, .stride = {2, 3}, .padding = {1, 0}}>;
  const cx::ReceptiveField f = graph::receptive_field(built(up, cx::shape(3, 9, 7)));
  BOOST_TEST((f.size == cx::Extent2(3 + 2, 3)));
  BOOST_TEST((f.offset == cx::Extent2(-1 - 2, -1)));
  BOOST_TEST((f.stride == cx::Extent2(1, 1)));
}

BOOST_AUTO_TEST_CASE(a_vector_sees_the_whole_image) {
  const auto flat = cx::conv2d<4, {.kernel = 3, .padding = 1}> | cx::flatten | cx::linear<3>;
  const cx::ReceptiveField f = graph::receptive_field(built(flat, cx::shape(3, 9, 6)));
  BOOST_TEST((f.size == cx::Extent2(11, 8)));  // with the padding
  BOOST_TEST((f.offset == cx::Extent2(-1, -1)));
  const cx::ReceptiveField mean =
      graph::receptive_field(built(cx::global_avg_pool2d, cx::shape(3, 9, 6)));
  BOOST_TEST((mean.size == cx::Extent2(9, 6)));
  BOOST_TEST((mean.offset == cx::Extent2(0, 0)));
}

BOOST_AUTO_TEST_CASE(a_pool_to_a_size_sees_its_parts) {
  constexpr auto conv = cx::conv2d<4, {.kernel = 3, .stride = 2, .padding = 1}>;
  const auto tiled = conv | cx::adaptive_avg_pool2d<4, 3>;  // of 12 x 9
  check(graph::receptive_field(built(tiled, cx::shape(3, 24, 18))),
        field_of({{3, 2, 1, 1}, {3, 3, 1, 0}}), field_of({{3, 2, 1, 1}, {3, 3, 1, 0}}));
  // Parts of 3 and 4 of 11 rows, of 2 and 3 of 5 columns: as if all were the largest.
  const auto uneven = cx::adaptive_max_pool2d<4, 3>;
  check(graph::receptive_field(built(uneven, cx::shape(3, 11, 5))), field_of({{4, 2, 1, 0}}),
        field_of({{3, 1, 1, 0}}));
  check(graph::receptive_field(built(cx::global_max_pool1d, cx::shape(3, 11))), {1, 1, 0},
        {11, 1, 0});
}

BOOST_AUTO_TEST_CASE(the_units_of_an_enlarged_image_stand_closer) {
  constexpr auto halves = cx::max_pool2d<{.kernel = 2}>;
  constexpr auto bilinear = cx::UpsampleMode::bilinear;
  const cx::Shape in = cx::shape(3, 16, 12);
  check(graph::receptive_field(built(halves | halves | cx::upsample<{.scale = {2, 4}}>, in)),
        {4, 2, 0}, {4, 1, 0});
  check(
      graph::receptive_field(built(halves | cx::upsample<{.scale = {2, 1}, .mode = bilinear}>, in)),
      {4, 1, -2}, {2, 2, 0});
  check(graph::receptive_field(built(cx::upsample<{.scale = 3}>, in)), {1, 1, 0}, {1, 1, 0});
}

BOOST_AUTO_TEST_CASE(macs_are_the_turns_of_the_loops_of_the_definition) {
  const auto layers = cx::conv2d<6, {.kernel = {3, 2}, .stride = {1, 2}, .groups = 3}> |
                      cx::flatten | cx::linear<5, {.bias = false}>;
  long long turns = 0;
  for (int o = 0; o < 6; ++o) {
    for (int i = 0; i + 3 <= 7; ++i) {
      for (int j = 0; j + 2 <= 5; j += 2) turns += 1LL * 9 / 3 * 3 * 2;
    }
  }
  const long long features = 6 * 5 * 2;
  turns += features * 5;
  const graph::Graph g = built(layers, cx::shape(9, 7, 5));
  BOOST_TEST(graph::macs(g) == turns);
  BOOST_TEST(graph::parameter_count(g) == 6 * 3 * 3 * 2 + 6 + features * 5);
}

BOOST_AUTO_TEST_CASE(running_statistics_are_not_learned) {
  const graph::Graph g = built(cx::batch_norm2d<>, cx::shape(7, 3, 2));
  BOOST_TEST(g.parameters.size() == 4U);
  BOOST_TEST(graph::parameter_count(g) == 14);
  BOOST_TEST(
      graph::parameter_count(built(cx::batch_norm2d<{.affine = false}>, cx::shape(7, 3, 2))) == 0);
}

BOOST_AUTO_TEST_CASE(a_table_has_one_row_for_each_layer) {
  const auto chain = cx::named<"stem">(cx::conv2d<4, {.kernel = 3}> | cx::relu) |
                     cx::named<"mix">(cx::concat(cx::identity, cx::conv2d<2, {.kernel = 1}>));
  const graph::Graph g = built(chain, cx::shape(3, 9, 6));
  std::vector<cx::LayerRow> rows(graph::layer_count(g));
  graph::write_rows(g, rows);
  BOOST_TEST(rows.size() == 5U);
  BOOST_TEST(rows[0].path.view() == "stem.0");
  BOOST_TEST(rows[0].kind == "Conv2d");
  BOOST_TEST((rows[0].output_shape == cx::shape(4, 7, 4)));
  BOOST_TEST(rows[0].parameter_count == 4 * 3 * 9 + 4);
  BOOST_TEST(rows[0].macs == 4 * 3 * 9 * 7 * 4);
  BOOST_TEST(rows[3].path.view() == "mix.1");
  BOOST_TEST(rows[3].parameter_count == 2 * 4 + 2);
  BOOST_TEST(rows[4].path.view() == "mix");
  BOOST_TEST(rows[4].kind == "Concat");
  BOOST_TEST((rows[4].output_shape == cx::shape(6, 7, 4)));
  BOOST_TEST(rows[4].macs == 0);
}
