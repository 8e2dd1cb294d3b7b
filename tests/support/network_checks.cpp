// The one place where the checks of networks are compiled.
#include "network_checks.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>

namespace support {

namespace {

std::string about(const std::string& what, std::size_t examples) {
  return what + " of " + std::to_string(examples);
}

}  // namespace

std::vector<cx::NamedTensor> random_parameters(std::vector<cx::NamedTensor> dict,
                                               Numbers& numbers) {
  for (cx::NamedTensor& t : dict) {
    const std::size_t fan_in = t.shape.size() > 1 ? t.values.size() / t.shape[0] : 4;
    const float scale = std::sqrt(3.0F / static_cast<float>(fan_in));
    for (float& v : t.values) {
      v = t.name.ends_with("running_var") ? 1.5F + numbers.next() : numbers.next() * scale;
    }
    if (t.shape.size() == 1 && t.name.ends_with("weight")) {
      for (float& v : t.values) v += v < 0 ? -0.5F : 0.5F;
    }
  }
  return dict;
}

void check_close(std::span<const float> found, const reference::Values& expected,
                 const std::string& what, double least) {
  BOOST_REQUIRE_EQUAL(found.size(), expected.size());
  double largest = least;
  for (const double e : expected) largest = std::max(largest, std::abs(e));
  double worst = 0;
  std::size_t at = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double error = std::abs(static_cast<double>(found[i]) - expected[i]) / largest;
    if (!(error <= worst)) {
      worst = error;
      at = i;
    }
    if (std::isnan(error)) break;
  }
  BOOST_CHECK_MESSAGE(worst <= tolerance, what << ": element " << at << " of " << expected.size()
                                               << " is " << found[at] << ", not " << expected[at]
                                               << " (error " << worst << " of " << largest << ")");
}

void check_slope(const cx::graph::Graph& graph, const std::vector<cx::NamedTensor>& dict,
                 cx::Mode mode, const reference::Values& x, int examples,
                 const reference::Values& dy, Numbers& numbers,
                 const std::vector<reference::Values>& dheads) {
  constexpr double step = 1e-6;
  reference::Oracle model(graph, dict, mode);
  model.forward(x, examples);
  model.backward(dy, dheads);
  reference::Oracle plus(graph, dict, mode);
  reference::Oracle minus(graph, dict, mode);
  double expected = 0;
  double size = 0;
  const auto move = [&](double& up, double& down, double gradient) {
    const auto direction = static_cast<double>(numbers.next());
    up += step * direction;
    down -= step * direction;
    expected += gradient * direction;
    size += std::abs(gradient * direction);
  };
  reference::Values x_plus = x;
  reference::Values x_minus = x;
  for (std::size_t i = 0; i < x.size(); ++i) move(x_plus[i], x_minus[i], model.input_gradient()[i]);
  for (const cx::NamedTensor& t : dict) {
    if (t.name.find("running_") != std::string::npos) continue;
    for (std::size_t i = 0; i < t.values.size(); ++i) {
      move(plus.parameters()[t.name][i], minus.parameters()[t.name][i], model.gradient(t.name)[i]);
    }
  }
  const reference::Values& y_plus = plus.forward(x_plus, examples);
  const reference::Values& y_minus = minus.forward(x_minus, examples);
  double slope = 0;
  for (std::size_t i = 0; i < dy.size(); ++i) {
    slope += dy[i] * (y_plus[i] - y_minus[i]) / (2 * step);
  }
  for (std::size_t h = 0; h < dheads.size(); ++h) {
    for (std::size_t i = 0; i < dheads[h].size(); ++i) {
      slope += dheads[h][i] * (plus.head(h)[i] - minus.head(h)[i]) / (2 * step);
    }
  }
  BOOST_CHECK_MESSAGE(std::abs(slope - expected) <= 1e-7 * (size + 1),
                      "the oracle's slope is " << slope << ", its gradient says " << expected);
}

NetworkChecks::NetworkChecks(NetworkUnderTest& net, std::uint32_t seed)
    : net_(net), graph_(net.graph()), numbers_(seed) {
  net_.load(random_parameters(net_.parameters(), numbers_));
}

std::vector<float> NetworkChecks::random_batch(int node, std::size_t examples) {
  std::vector<float> batch(examples * graph_.node(node).op.out.size());
  numbers_.fill(batch);
  return batch;
}

void NetworkChecks::check_forward(std::size_t examples) {
  const std::vector<float> xs = random_batch(0, examples);
  reference::Oracle model(graph_, net_.parameters(), cx::Mode::inference);
  model.forward(doubles(xs), static_cast<int>(examples));
  const std::vector<float> ys = net_.forward(xs, examples);
  check_close(ys, model.output(), about("y", examples));
  const std::size_t x_size = xs.size() / examples;
  const std::size_t y_size = ys.size() / examples;
  for (std::size_t n = 0; n < examples; ++n) {
    const std::vector<float> y = net_.forward_one(std::span(xs).subspan(n * x_size, x_size));
    BOOST_CHECK_MESSAGE(
        std::equal(y.begin(), y.end(), ys.begin() + static_cast<std::ptrdiff_t>(n * y_size)),
        "example " << n << " alone is not what it is in the batch");
  }
}

void NetworkChecks::check_vjp(cx::Mode mode, std::size_t examples) {
  const std::vector<float> xs = random_batch(0, examples);
  const std::vector<float> dys = random_batch(graph_.output, examples);
  std::vector<std::vector<float>> dheads;
  std::vector<reference::Values> dheads_of_oracle;
  for (const cx::graph::SideOutput& h : graph_.heads) {
    dheads.push_back(random_batch(h.node, examples));
    dheads_of_oracle.push_back(doubles(dheads.back()));
  }
  const std::vector<cx::NamedTensor> before = net_.parameters();
  reference::Oracle model(graph_, before, mode);
  model.forward(doubles(xs), static_cast<int>(examples));
  model.backward(doubles(dys), dheads_of_oracle);
  const PlainVjp found = net_.vjp(mode, false, xs, dys, dheads);
  for (std::size_t h = 0; h < found.heads.size(); ++h) {
    check_close(found.heads[h], model.head(h), about("a head", examples));
  }
  check_close(found.ys, model.output(), about("vjp's y", examples));
  check_close(found.dxs, model.input_gradient(), about("dx", examples));
  for (const cx::NamedTensor& t : found.gradient) {
    const std::string what = about("gradient of " + t.name, examples);
    check_close(t.values, model.gradient(t.name), what, 1.0);  // a sum over pixels and examples
  }
  for (const cx::NamedTensor& t : net_.parameters()) {
    check_close(t.values, model.parameters()[t.name], about("afterwards, " + t.name, examples));
  }
  check_slope(graph_, before, mode, doubles(xs), static_cast<int>(examples), doubles(dys), numbers_,
              dheads_of_oracle);
}

void NetworkChecks::check_constant(std::size_t examples) {
  const std::vector<float> xs = random_batch(0, examples);
  const std::vector<float> dys = random_batch(graph_.output, examples);
  std::vector<std::vector<float>> dheads;
  for (const cx::graph::SideOutput& h : graph_.heads) {
    dheads.push_back(random_batch(h.node, examples));
  }
  const std::vector<cx::NamedTensor> before = net_.parameters();
  const PlainVjp kept = net_.vjp(cx::Mode::training, true, xs, dys, dheads);
  BOOST_CHECK(net_.parameters() == before);
  const PlainVjp changed = net_.vjp(cx::Mode::training, false, xs, dys, dheads);
  BOOST_CHECK(kept == changed);
}

}  // namespace support
