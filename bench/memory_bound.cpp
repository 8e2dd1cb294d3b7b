// Layers that have no products to speak of: the bytes that they move, beside those of a copy.
#include <convexpr/layers/layers.hpp>

#include "plan_runner.hpp"
#include "report.hpp"

namespace convexpr::bench {

namespace {

/// Bytes of what the steps of a plan read and write, for one example, in one of its two passes.
template <class Plan>
constexpr std::size_t bytes_of(const Plan& plan, bool backward) {
  std::size_t floats = 0;
  const auto first = static_cast<std::size_t>(backward ? plan.forward_steps : 0);
  const std::size_t last =
      backward ? plan.steps.size() : static_cast<std::size_t>(plan.forward_steps);
  for (std::size_t i = first; i < last; ++i) {
    const graph::Step& s = plan.steps[i];
    for (int k = 0; k < s.input_count; ++k) {
      floats += plan.operands[static_cast<std::size_t>(s.first_input + k)].shape.size();
    }
    for (int k = 0; k < s.output_count; ++k) {
      floats += plan.operands[static_cast<std::size_t>(s.output + k)].shape.size();
    }
  }
  return floats * sizeof(float);
}

template <class Runner>
void row(Report& report, const char* what, const char* direction, std::size_t examples,
         bool backward) {
  constexpr const auto& plan = Runner::plan;
  Runner runner(examples);
  const auto first = static_cast<std::size_t>(backward ? plan.forward_steps : 0);
  const std::size_t last =
      backward ? plan.steps.size() : static_cast<std::size_t>(plan.forward_steps);
  const auto turns = in_turns(report.peak, {.enough = 0.1, .fewest = 7, .most = 2000, .warm = true},
                              [&] { runner.run_steps(first, last); });
  const std::size_t bytes = bytes_of(plan, backward) * examples;
  const Level& level = report.limits.holding(bytes);
  const Spread share = turns.share_of_peak(0, static_cast<double>(bytes));  // bytes an operation
  const double copy = level.copy_per_peak.middle;
  print(report.text, "| %s | %s | %.1f | %s | %.1f | %s |\n", what, direction,
        static_cast<double>(bytes) / (1 << 20), level.name,
        1e-9 * static_cast<double>(bytes) / turns.seconds(0), text_of(share, 1 / copy).c_str());
}

template <Shape In, class Architecture>
void forward(Report& report, const char* what, std::size_t examples, Architecture) {
  using Runner = PlanRunner<Architecture, In, graph::Purpose{.lanes = simd::lanes}>;
  row<Runner>(report, what, "forward", examples, false);
}

template <Shape In, class Architecture>
void training(Report& report, const char* what, std::size_t examples, Architecture) {
  using Runner =
      PlanRunner<Architecture, In, graph::Purpose{Mode::training, true, true, simd::lanes}>;
  row<Runner>(report, what, "forward in training", examples, false);
  row<Runner>(report, what, "backward", examples, true);
}

constexpr auto silu_of_scaled = relu6 | elementwise<[](auto x) { return 0.5F * x + 1.0F; }> | silu;

// The same layers on as many bytes as the second-level cache holds, and on many more.
template <Shape In>
void rows(Report& report, std::size_t examples) {
  constexpr auto pool = max_pool2d<{.kernel = 3, .stride = 2, .ceil_mode = true}>;
  forward<In>(report, "relu", examples, relu);
  forward<In>(report, "relu6, scale, silu", examples, silu_of_scaled);
  forward<In>(report, "x + relu(x)", examples, residual(relu));
  forward<In>(report, "max pool 3x3 / 2", examples, pool);
  forward<In>(report, "mean pool 2x2 / 2", examples, avg_pool2d<{.kernel = 2}>);
  forward<In>(report, "global mean pool", examples, global_avg_pool2d);
  forward<In>(report, "local response norm 5", examples, local_response_norm<{.size = 5}>);
  forward<In>(report, "softmax over channels", examples, softmax);
  training<In>(report, "relu", examples, relu);
  training<In>(report, "max pool 3x3 / 2", examples, pool);
  training<In>(report, "local response norm 5", examples, local_response_norm<{.size = 5}>);
  training<In>(report, "batch norm", examples, batch_norm2d<>);
}

void run(Report& report) {
  print(
      report.text,
      "## What moves bytes\n\n"
      "Bytes: what the steps read and write, each operand once, also where one takes the place of\n"
      "the other. Beside a copy of as many in the level of memory that holds them.\n\n"
      "| layer | direction | MiB | in | GB/s | rate / copy |\n|---|---|---:|---|---:|---:|\n");
  rows<shape(64, 28, 28)>(report, 1);
  rows<shape(64, 112, 112)>(report, 8);
  print(report.text, "\n");
}

const Registered here({40, "layers that move bytes", run});

}  // namespace

}  // namespace convexpr::bench
