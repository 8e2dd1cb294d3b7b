// A plan as a table: one row per step, and the memory that it works in.
#pragma once

#include <convexpr/inspect/plan_view.hpp>
#include <convexpr/inspect/summary.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace convexpr {

namespace detail {

inline std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += between;
    out += word;
  }
  return out;
}

/// A list in lines of at most `width` characters, if its words are no longer.
inline std::string wrapped(std::string line, const std::vector<std::string>& words,
                           std::size_t width) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string word = words[i] + (i + 1 < words.size() ? "," : "");
    if (i > 0 && line.size() + 1 + word.size() > width) {
      out += line + "\n";
      line = " ";
    }
    line += " " + word;
  }
  return out + line + "\n";
}

/// What a part of a step does and where its result lies: the cells of a row but for its number.
inline Table::Row cells_of(const PlanView& plan, std::size_t step, int part) {
  const graph::Step& s = part < 0 ? plan.steps[step] : plan.parts[static_cast<std::size_t>(part)];
  Table::Row row{joined(work_of(plan, step, part), " + "), "-", "-", "-", grouped(s.op.macs)};
  if (s.output >= 0) {
    const graph::Operand& y = plan.operand(s.output);
    row[1] = words_of(y.shape);
    row[2] = y.array == 0 ? "0" : grouped(static_cast<long long>(y.array * sizeof(float)));
    row[3] = grouped(static_cast<long long>(y.array_size * sizeof(float)));
  }
  return row;
}

inline long long macs_of(const PlanView& plan) {
  long long sum = 0;
  for (const graph::Step& s : plan.steps) sum += s.op.macs;
  for (const graph::Step& s : plan.parts) sum += s.op.macs;
  return sum;
}

inline std::string bytes_of(std::size_t count) { return bytes(static_cast<double>(count)); }

/// What the table ends with.
inline std::string totals_of(const PlanView& plan) {
  const graph::PlanFacts& f = plan.facts;
  std::string out = std::to_string(plan.steps.size()) + " steps";
  const std::size_t backward = plan.steps.size() - static_cast<std::size_t>(f.forward_steps);
  if (backward > 0) out += ", " + std::to_string(backward) + " of them backward";
  out += "; " + std::to_string(f.copies) + (f.copies == 1 ? " copy; " : " copies; ");
  out += grouped(macs_of(plan)) + " multiply-accumulates for one example\n";
  out += "Arena: " + bytes_of(f.arena_bytes) + ", of which " + bytes_of(f.busiest_bytes) +
         " are in use at the busiest time; an array for each value would take " +
         bytes_of(f.separate_bytes) + "\n";
  if (plan.scratch_bytes > 0) {
    out +=
        "Scratch beyond the arena, for one step at a time: " + bytes_of(plan.scratch_bytes) + "\n";
  }
  if (backward > 0) {
    out += "Kept for the backward pass: " + bytes_of(f.saved_bytes) + " in " +
           std::to_string(plan.saved.size()) + " arrays\n";
  }
  return out;
}

inline std::string plan_table(const PlanView& plan) {
  Table table({"Step", "Computes", "Output", "Offset", "Bytes", "MACs"}, 3);
  const auto add = [&](std::string number, Table::Row row) {
    row.insert(row.begin(), std::move(number));
    table.add(std::move(row));
  };
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    add(std::to_string(i), cells_of(plan, i, -1));
    for (int k = 0; k < plan.steps[i].part_count; ++k) {
      add("", cells_of(plan, i, plan.steps[i].first_part + k));
    }
  }
  std::string out = table.text() + totals_of(plan);
  const std::vector<std::string> idle = layers_without_step(plan);
  if (!idle.empty()) out += wrapped("Without a step:", idle, table.width());
  return out + table.rule();
}

}  // namespace detail

/// The table of a plan, one row per step: the layers that it computes, the shape of its result, the
/// array of the arena in which that lies - where it begins, and how long it is, in bytes for one
/// example - and multiply-accumulates. Siblings that run as one step have a row each and no number.
/// Offsets are those of the whole array: the parts of a concat have one. It ends with the memory and
/// with the layers that no step stands for: they do nothing in this mode, or what they join is written
/// where it belongs.
///
/// `cx::plan_table<Net>()` is the plan of `forward`, `cx::plan_table<Net, cx::Mode::training>()` that
/// of a training pass, in which "adjoint of" a layer turns the gradient of its output into that of its
/// input and "gradient of" one gives that of its parameters.
///
/// See also   summary, which has a row per layer; write_plan_svg, which draws it
template <class Net, Mode M = Mode::inference>
std::string plan_table() {
  return detail::plan_table(detail::plan_view<Net, M>());
}

}  // namespace convexpr
