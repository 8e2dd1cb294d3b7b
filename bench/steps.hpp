// Where the time of a network goes: every step of its plan timed on its own.
#pragma once

#include <algorithm>
#include <convexpr/network/vjp.hpp>
#include <cstddef>
#include <cstdio>
#include <string>
#include <type_traits>
#include <vector>

#include "machine.hpp"

namespace convexpr::bench {

/// Floating-point operations of a step's convolution or product, for one example; those of other
/// steps are not counted.
constexpr double flop_of(const graph::Step& step) {
  const Operation& op = step.op;
  if (step.action != graph::Action::run) return 0;
  if (op.kind == Kind::linear) return 2.0 * op.in.channels * op.out.channels;
  if (op.kind != Kind::conv2d) return 0;
  const Extent2 k = op.window.kernel;
  const double pixels =
      1.0 * op.out.height * step.pool.window.h * op.out.width * step.pool.window.w;
  return 2.0 * k.h * k.w * op.in.channels / op.groups * op.out.channels * pixels;
}

/// Those of a step with its siblings.
template <class Plan>
constexpr double flop_of(const Plan& plan, const graph::Step& step) {
  double sum = flop_of(step);
  for (int i = 0; i < step.part_count; ++i) {
    sum += flop_of(plan.parts[static_cast<std::size_t>(step.first_part + i)]);
  }
  return sum;
}

/// Those of a whole plan.
template <class Plan>
constexpr double flop_of_plan(const Plan& plan) {
  double sum = 0;
  for (const graph::Step& step : plan.steps) sum += flop_of(plan, step);
  return sum;
}

/// What a step does, in words: steps of one name are one row of the table.
inline std::string name_of(const graph::Step& step) {
  if (step.action != graph::Action::run) return "copies";
  std::string text(name(step.op));
  if (step.op.kind == Kind::conv2d) {
    const Extent2 k = step.op.window.kernel;
    text.append(" ").append(std::to_string(k.h)).append("x").append(std::to_string(k.w));
  }
  if (step.part_count > 0) text += ", siblings";
  if (step.role == graph::Role::adjoint) text += ", dx";
  if (step.role == graph::Role::parameter_adjoint) text += ", dw";
  return text;
}

/// Runs a plan step by step, on memory of its own.
template <class Net, graph::Purpose P>
class StepTimer;

template <class Architecture, class In, Options O, graph::Purpose P>
class StepTimer<Network<Architecture, In, O>, P> {
  using Net = Network<Architecture, In, O>;
  using Layers = std::remove_cv_t<Architecture>;
  static constexpr const auto& blueprint = detail::blueprint<Layers, In::shape>;
  using Executor = detail::Executor<graph::plan<Layers, In::shape, P>, blueprint>;

 public:
  static constexpr const auto& plan = graph::plan<Layers, In::shape, P>;

  StepTimer(const Net& net, const typename Net::InputBatch& xs)
      : arena_(Executor::arena_floats(xs.size())), watches_(plan.steps.size()) {
    frame_.arena = arena_.data();
    frame_.parameters = net.stored_parameters().data();
    frame_.gradient = gradient_.data();
    frame_.statistics = statistics_.data();
    if constexpr (Executor::constant) {
      Executor::transform_weights(frame_.parameters, at_points_.data());
      frame_.at_points = at_points_.data();
    }
    frame_.examples = static_cast<int>(xs.size());
    input_ = xs.data();
  }

  void put_input() { detail::put(plan.input, input_, frame_); }

  void run() {
    put_input();
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
      watches_[i].time([&] { Executor::run(frame_, i, i + 1); });
    }
  }

  /// The same by a team of `threads`, all of which wait between steps: wall-clock times, the shortest
  /// of each step.
  void run_in_team(int threads) {
    put_input();
    frame_.member_floats = static_cast<std::ptrdiff_t>(Executor::member_floats);
    frame_.member_scratch =
        detail::memory_of_members(Executor::member_floats * static_cast<std::size_t>(threads - 1));
    auto& shortest = threads == 1 ? alone_ : together_;
    detail::in_team(threads, [&](const detail::Share& share) {
      for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        share.wait();
        const double start = seconds_of(CLOCK_MONOTONIC);
        Executor::run(frame_, i, i + 1, share);
        share.wait();
        const double end = seconds_of(CLOCK_MONOTONIC);
        if (share.index == 0) shortest[i] = std::min(shortest[i], end - start);
      }
    });
  }

  /// One row for each name: its steps alone and in a team, and what that is worth.
  void print_ratios() const {
    struct Row {
      std::string name;
      double alone = 0;
      double together = 0;
    };
    std::vector<Row> rows;
    Row all{.name = "all"};
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
      const std::string name = name_of(plan.steps[i]);
      auto row =
          std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return r.name == name; });
      if (row == rows.end()) row = rows.insert(row, Row{.name = name});
      for (Row* r : {&*row, &all}) {
        r->alone += alone_[i];
        r->together += together_[i];
      }
    }
    rows.push_back(all);
    std::puts("| step | 1 thread, us | team, us | ratio |\n|---|---:|---:|---:|");
    for (const Row& r : rows) {
      std::printf("| %s | %.1f | %.1f | %.2f |\n", r.name.c_str(), r.alone * 1e6, r.together * 1e6,
                  r.alone / r.together);
    }
  }

  /// The same on what lies in the arena, untimed.
  void run_steps() { Executor::run(frame_); }

  /// One Markdown row for each name, in the order of the plan, and their sum.
  void print(double peak_gflops) const {
    struct Row {
      std::string name;
      int steps = 0;
      double seconds = 0;
      double flop = 0;
    };
    std::vector<Row> rows;
    double total = 0;
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
      const std::string name = name_of(plan.steps[i]);
      auto row = rows.begin();
      while (row != rows.end() && row->name != name) ++row;
      if (row == rows.end()) row = rows.insert(row, Row{.name = name});
      row->steps += 1;
      row->seconds += watches_[i].seconds();
      row->flop += flop_of(plan, plan.steps[i]) * frame_.examples;
      total += watches_[i].seconds();
    }
    std::puts("| step | number | microseconds | % of time | GFLOP/s | % of peak |");
    std::puts("|---|---:|---:|---:|---:|---:|");
    for (const Row& row : rows) {
      const double rate = row.flop / row.seconds * 1e-9;
      std::printf("| %s | %d | %.1f | %.1f |", row.name.c_str(), row.steps, row.seconds * 1e6,
                  100 * row.seconds / total);
      if (row.flop > 0) {
        std::printf(" %.1f | %.1f |\n", rate, 100 * rate / peak_gflops);
      } else {
        std::puts(" | |");
      }
    }
    std::printf("| all | %zu | %.1f | 100 | | |\n", plan.steps.size(), total * 1e6);
  }

 private:
  AlignedBuffer<float> arena_;
  AlignedBuffer<float> gradient_{blueprint.learned_floats};
  AlignedBuffer<float> statistics_{blueprint.stored_floats - blueprint.learned_floats};
  AlignedBuffer<float> at_points_{Executor::at_points_floats};
  detail::Frame frame_;
  const float* input_ = nullptr;
  std::vector<Stopwatch> watches_;
  std::vector<double> alone_ = std::vector<double>(plan.steps.size(), 1e9);
  std::vector<double> together_ = std::vector<double>(plan.steps.size(), 1e9);
};

}  // namespace convexpr::bench
