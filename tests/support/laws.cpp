// The laws themselves.
#include "laws.hpp"

#include <cmath>
#include <numeric>
#include <sstream>
#include <utility>

#include "oracle.hpp"

namespace laws {
namespace {

constexpr std::size_t examples = 2;

Values combined(double a, const Values& x, double b, const Values& z) {
  Values out(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) out[i] = a * x[i] + b * z[i];
  return out;
}

Values difference(const Values& x, const Values& z) { return combined(1, x, -1, z); }

template <class F>
Values mapped(Values x, F f) {
  for (double& v : x) v = f(v);
  return x;
}

double product(const Values& x, const Values& z) {
  return std::inner_product(x.begin(), x.end(), z.begin(), 0.0);
}

double norm(const Values& x) { return std::sqrt(product(x, x)); }

/// NaN if one of the values is.
double largest(const Values& x) {
  double most = 0;
  for (const double v : x) {
    if (!(std::abs(v) <= most)) most = std::abs(v);
  }
  return most;
}

/// A subject on trial, with random numbers of its own.
class Trial {
 public:
  Trial(Subject& subject, cx::Mode values, cx::Mode gradients)
      : s(subject), values_(values), gradients_(gradients) {}

  Values random(std::size_t count, double size = 1) {
    return mapped(Values(count), [&](double) { return size * static_cast<double>(next()); });
  }
  /// Activations have corners up to 6 away from 0.
  Values random_x() {
    return random(examples * s.in().size(), cx::is_elementwise(s.op().kind) ? 8 : 1);
  }
  Values random_dy() { return random(examples * s.op().out.size()); }
  Values zero_x() const { return Values(examples * s.in().size()); }
  float next() { return numbers_.next(); }

  Values f(const Values& xs) { return s.run(values_, xs); }
  Pullback pull(const Values& xs, const Values& dys) { return s.pull(gradients_, xs, dys); }
  cx::Mode gradient_mode() const { return gradients_; }

  /// What a sum of n terms loses, relative to their size: about sqrt(n) roundings, and some more for
  /// elementary functions. No sum of a layer, in either direction, has more terms than this.
  double rounding() const {
    const std::size_t terms = examples * std::max(s.in().size(), s.op().out.size());
    return (std::sqrt(static_cast<double>(terms)) + 16) * 0x1p-24;
  }

  void check(double error, double bound, const std::string& law) {
    if (error <= bound) return;
    std::ostringstream breach;
    breach << law << " is broken by " << error << ", rounding breaks it by " << bound << " at most";
    breaches.push_back(breach.str());
  }
  void check_equal(const Values& found, const Values& expected, double size,
                   const std::string& law) {
    BOOST_REQUIRE_EQUAL(found.size(), expected.size());
    check(largest(difference(found, expected)), rounding() * size, law);
  }
  void check_same(const Values& found, const Values& expected, const std::string& law) {
    if (found != expected) breaches.push_back(law + " does not hold bit for bit");
  }

  Subject& s;
  std::vector<std::string> breaches;

 private:
  cx::Mode values_;
  cx::Mode gradients_;
  support::Numbers numbers_{2};
};

void check_linear(Trial& t) {
  constexpr double a = 0.75;
  constexpr double b = -1.25;
  const Values x = t.random_x();
  const Values z = t.random_x();
  const Values f0 = t.f(t.zero_x());
  const Values fx = t.f(x);
  const Values fz = t.f(z);
  const Values both = t.f(combined(a, x, b, z));
  t.check_equal(difference(both, f0), combined(a, difference(fx, f0), b, difference(fz, f0)),
                largest(both) + largest(fx) + 2 * largest(fz) + 4 * largest(f0), "linearity");
}

void check_adjoint(Trial& t) {
  const Values x = t.random_x();
  const Values dy = t.random_dy();
  const Pullback p = t.pull(x, dy);
  const Values f0 = t.pull(t.zero_x(), dy).y;
  const double error = product(difference(p.y, f0), dy) - product(x, p.dx);
  const double size = (norm(p.y) + norm(f0)) * norm(dy) + norm(x) * norm(p.dx);
  t.check(std::abs(error), t.rounding() * size, "<A x, y> = <x, A^T y>");
}

/// The slope is the oracle's, by central differences in double precision.
void check_slope(Trial& t) {
  constexpr double step = 1e-6;
  const Values x = t.random_x();
  const Values dy = t.random_dy();
  const Pullback p = t.pull(x, dy);
  const std::vector<cx::NamedTensor> dict = t.s.parameters();
  for (int direction = 0; direction < 3; ++direction) {
    reference::Oracle plus(t.s.graph, dict, t.gradient_mode());
    reference::Oracle minus(t.s.graph, dict, t.gradient_mode());
    const Values dx = t.random(x.size());
    double expected = product(p.dx, dx);
    double size = norm(p.dx) * norm(dx);
    for (const auto& [name, gradient] : p.gradient) {
      const Values dw = t.random(gradient.size());
      expected += product(gradient, dw);
      size += norm(gradient) * norm(dw);
      plus.parameters()[name] = combined(1, plus.parameters()[name], step, dw);
      minus.parameters()[name] = combined(1, minus.parameters()[name], -step, dw);
    }
    const Values& up = plus.forward(combined(1, x, step, dx), examples);
    const Values& down = minus.forward(combined(1, x, -step, dx), examples);
    const double slope = product(dy, difference(up, down)) / (2 * step);
    t.check(std::abs(slope - expected), t.rounding() * (size + norm(dy)), "gradient = slope");
  }
}

Values example(const Values& batch, std::size_t n) {
  const auto size = static_cast<std::ptrdiff_t>(batch.size() / examples);
  const auto begin = batch.begin() + size * static_cast<std::ptrdiff_t>(n);
  return {begin, begin + size};
}

void check_separate(Trial& t) {
  const Values x = t.random_x();
  const Values dy = t.random_dy();
  const Values y = t.f(x);
  const Pullback p = t.pull(x, dy);
  std::map<std::string, Values> sums;
  for (std::size_t n = 0; n < examples; ++n) {
    t.check_same(t.f(example(x, n)), example(y, n),
                 "an example alone gives what it gives in a batch");
    const Pullback alone = t.pull(example(x, n), example(dy, n));
    t.check_same(alone.y, example(p.y, n),
                 "in vjp, an example alone gives what it gives in a batch");
    t.check_same(alone.dx, example(p.dx, n), "an example alone has the dx that it has in a batch");
    for (const auto& [name, gradient] : alone.gradient) {
      Values& sum = sums[name];
      sum.resize(gradient.size());
      sum = combined(1, sum, 1, gradient);
    }
  }
  for (const auto& [name, gradient] : p.gradient) {
    t.check_equal(gradient, sums[name], 1 + largest(gradient),
                  "the gradient of " + name + " is a sum over examples");
  }
}

void check_modes_agree(Trial& t) {
  const Values x = t.random_x();
  const Values y = t.s.run(cx::Mode::inference, x);
  t.check_equal(t.s.run(cx::Mode::training, x), y, largest(y),
                "training gives what inference gives");
}

// Along one axis: how far the input moves, how far the output then does, and the rows (or columns)
// of the moved output that see nothing but what was moved.
struct Motion {
  int in = 1;
  int out = 1;
  int first = 0;
  int last = 0;
};

enum class Axis { vertical, horizontal };

int along(Axis axis, const cx::Shape& s) { return axis == Axis::vertical ? s.height : s.width; }
int along(Axis axis, const cx::Extent2& e) { return axis == Axis::vertical ? e.h : e.w; }

Motion shift_of(const Subject& s, Axis axis) {
  const cx::Operation& op = s.op();
  const int height = along(axis, s.in());
  Motion m{.last = along(axis, op.out)};
  if (op.kind == cx::Kind::conv_transpose2d) {  // y[i*s + u*d - p] has terms from x[i]
    const int before = axis == Axis::vertical ? op.window.padding.top : op.window.padding.left;
    m.out = along(axis, op.window.stride);
    m.first = (along(axis, op.window.kernel) - 1) * along(axis, op.window.dilation) - before + 1;
    m.last = std::min(m.last, height * m.out - before);
  } else if (op.kind == cx::Kind::upsample_nearest || op.kind == cx::Kind::upsample_bilinear) {
    m.out = m.last / height;
    m.first = 2 * m.out;
    m.last -= m.out;
  } else {
    m.in = along(axis, s.field.stride);
    const int offset = along(axis, s.field.offset);
    while (m.first * m.in + offset < m.in) ++m.first;
    while (m.last > 0 && (m.last - 1) * m.in + offset + along(axis, s.field.size) > height) {
      --m.last;
    }
  }
  m.first = std::max(m.first, m.out);
  return m;
}

Motion roll_of(const Subject& s, Axis axis) {
  const int height = along(axis, s.in());
  const int rows = along(axis, s.op().out);
  const bool grows = rows % height == 0;
  BOOST_REQUIRE_MESSAGE(grows || height % rows == 0, s.name << ": no whole turn of a torus");
  if (grows) return {.out = rows / height, .last = rows};
  return {.in = rows == 1 ? 1 : height / rows, .last = rows};
}

/// Calls f(moved position, position it came from, row) for positions in rows [first, last) of each
/// image of `values`; rows that come from outside come from the other end.
template <class F>
void for_each_moved(const cx::Shape& shape, std::size_t count, Axis axis, int by, int first,
                    int last, F f) {
  const int extent = along(axis, shape);
  const std::size_t stride = axis == Axis::vertical ? static_cast<std::size_t>(shape.width) : 1;
  for (std::size_t i = 0; i < count; ++i) {
    const int row = static_cast<int>(i / stride) % extent;
    if (row < first || row >= last) continue;
    const int source = (row - by % extent + extent) % extent;
    f(i, i - static_cast<std::size_t>(row) * stride + static_cast<std::size_t>(source) * stride,
      row);
  }
}

void check_motion(Trial& t, Axis axis, const Motion& m, bool torus, const std::string& law) {
  BOOST_REQUIRE_MESSAGE(m.first < m.last, t.s.name << ": " << law << ": all is border");
  const Values x = t.random_x();
  Values moved(x.size());
  for_each_moved(t.s.in(), x.size(), axis, m.in, 0, along(axis, t.s.in()),
                 [&](std::size_t to, std::size_t from, int row) {
                   moved[to] = torus || row >= m.in ? x[from] : static_cast<double>(t.next());
                 });
  const Values y = t.f(x);
  const Values found = t.f(moved);
  Values expected = found;
  for_each_moved(t.s.op().out, y.size(), axis, m.out, m.first, m.last,
                 [&](std::size_t to, std::size_t from, int) { expected[to] = y[from]; });
  t.check_equal(found, expected, largest(y), law);
}

void check_shifts(Trial& t) {
  if (t.s.in().height > 1) {
    check_motion(t, Axis::vertical, shift_of(t.s, Axis::vertical), false, "moving down");
  }
  check_motion(t, Axis::horizontal, shift_of(t.s, Axis::horizontal), false, "moving right");
}

void check_rolls(Trial& t) {
  for (const Axis axis : {Axis::vertical, Axis::horizontal}) {
    check_motion(t, axis, roll_of(t.s, axis), true, "rolling");
  }
}

void check_scales(Trial& t) {
  const Values x = t.random_x();
  const Values y = t.f(combined(2, x, 0, x));
  t.check_equal(y, combined(2, t.f(x), 0, y), largest(y), "f(2 x) = 2 f(x)");
}

void check_selects(Trial& t) {
  const auto rise = [](double v) {  // computed in float, it rises still, if not everywhere
    const auto x = static_cast<float>(v);
    return static_cast<double>(x * x * x + 2 * x);
  };
  const Values x = t.random_x();
  t.check_same(t.f(mapped(x, rise)), mapped(t.f(x), rise), "f(m(x)) = m(f(x))");
}

void check_idempotent(Trial& t) {
  const Values y = t.f(t.random_x());
  t.check_same(t.f(y), y, "f(f(x)) = f(x)");
}

void check_level_blind(Trial& t) {
  const Values x = t.random_x();
  const Values y = t.f(x);
  const Values raised = mapped(x, [](double v) { return v + 2; });
  t.check_equal(t.f(raised), y, largest(y) + largest(raised), "f(x + c) = f(x)");
}

void check_distributes(Trial& t) {
  Values y = t.f(t.random_x());
  if (t.s.op().kind == cx::Kind::log_softmax) {
    y = mapped(y, [](double v) { return std::exp(v); });
  }
  const cx::Shape shape = t.s.op().out;
  const std::size_t pixels = shape.size() / static_cast<std::size_t>(shape.channels);
  Values sums(examples * pixels);
  for (std::size_t i = 0; i < y.size(); ++i) {
    t.check(-y[i], 0, "a probability of 0 or more");
    sums[i / shape.size() * pixels + i % pixels] += y[i];
  }
  t.check_equal(sums, Values(sums.size(), 1.0), 1, "the sum of probabilities is 1");
}

void check_odd(Trial& t) {
  const Values x = t.random_x();
  const Values y = t.f(x);
  t.check_equal(t.f(combined(-1, x, 0, x)), combined(-1, y, 0, y), largest(y), "f(-x) = -f(x)");
}

void check_splits(Trial& t) {
  const Values x = t.random_x();
  t.check_equal(difference(t.f(x), t.f(combined(-1, x, 0, x))), x, largest(x), "f(x) - f(-x) = x");
}

void check_complements(Trial& t) {
  const Values x = t.random_x();
  t.check_equal(combined(1, t.f(x), 1, t.f(combined(-1, x, 0, x))), Values(x.size(), 1.0), 1,
                "f(x) + f(-x) = 1");
}

constexpr std::pair<Law, void (*)(Trial&)> checks[] = {
    {Law::linear, check_linear},
    {Law::adjoint, check_adjoint},
    {Law::slope, check_slope},
    {Law::separate, check_separate},
    {Law::modes_agree, check_modes_agree},
    {Law::shifts, check_shifts},
    {Law::rolls, check_rolls},
    {Law::scales, check_scales},
    {Law::selects, check_selects},
    {Law::idempotent, check_idempotent},
    {Law::level_blind, check_level_blind},
    {Law::distributes, check_distributes},
    {Law::odd, check_odd},
    {Law::splits, check_splits},
    {Law::complements, check_complements},
};

}  // namespace

std::vector<std::string> breaches(Subject& subject, Law claimed, cx::Mode values,
                                  cx::Mode gradients) {
  std::vector<std::string> all;
  for (const auto& [law, check] : checks) {
    if (!has(claimed, law)) continue;
    Trial trial(subject, values, gradients);
    check(trial);
    all.insert(all.end(), trial.breaches.begin(), trial.breaches.end());
  }
  return all;
}

void check_kind(const Subject& subject, cx::Kind kind) {
  const auto is_kind = [kind](const cx::graph::Node& n) { return n.op.kind == kind; };
  BOOST_CHECK_MESSAGE(std::ranges::any_of(subject.graph.nodes, is_kind),
                      subject.name << " has no layer of the kind " << cx::name(kind));
}

}  // namespace laws
