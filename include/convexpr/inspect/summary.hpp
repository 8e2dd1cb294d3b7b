// A network as a table: one row per layer, and the totals.
#pragma once

#include <convexpr/network/network.hpp>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace convexpr {

/// Options of `summary`.
struct SummaryOptions {
  bool receptive_fields = false;  // what one unit of each layer sees of the input, and its stride
};

namespace detail {

/// 6998552 as "6,998,552"; 0 as "-", so that the rows that count stand out.
inline std::string grouped(long long number) {
  if (number == 0) return "-";
  const std::string digits = std::to_string(number);
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

inline std::string words_of(Shape s) { return std::string(words(s).view()); }

/// Bytes in the unit that reads best.
inline std::string bytes(double count) {
  const char* const units[] = {"B", "KB", "MB", "GB"};
  int unit = 0;
  for (; count >= 1000 && unit < 3; ++unit) count /= 1000;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.2f %s", count, units[unit]);
  return text;
}

/// Rows of cells in columns as wide as their widest cell; numbers stand on the right.
class Table {
 public:
  using Row = std::vector<std::string>;

  Table(Row head, std::size_t text_columns) : text_columns_(text_columns) { add(std::move(head)); }

  void add(Row row) {
    widths_.resize(row.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (row[i].size() > widths_[i]) widths_[i] = row[i].size();
    }
    rows_.push_back(std::move(row));
  }

  std::size_t width() const {
    std::size_t sum = 2 * (widths_.size() - 1);
    for (const std::size_t w : widths_) sum += w;
    return sum;
  }

  std::string text() const {
    std::string out = line(rows_[0]) + rule();
    for (std::size_t i = 1; i < rows_.size(); ++i) out += line(rows_[i]);
    return out + rule();
  }

  std::string rule() const { return std::string(width(), '-') + "\n"; }

 private:
  std::string line(const Row& row) const {
    std::string out;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string fill(widths_[i] - row[i].size(), ' ');
      if (i > 0) out += "  ";
      out += i < text_columns_ ? row[i] + fill : fill + row[i];
    }
    out.erase(out.find_last_not_of(' ') + 1);
    return out + "\n";
  }

  std::size_t text_columns_;
  std::vector<std::size_t> widths_;
  std::vector<Row> rows_;
};

/// The facts of a network that its table ends with.
struct Totals {
  Shape input;
  std::span<const HeadInfo> heads;
  long long parameters;
  long long macs;
  std::size_t steps;
  int copies;
  std::size_t arena_bytes;
};

inline std::string words_of(Extent2 e) { return std::string(words(e).view()); }

inline std::string summary(std::span<const LayerRow> layers, const Totals& t,
                           const SummaryOptions& options) {
  const auto with_field = [&](Table::Row row, std::string size, std::string stride) {
    if (options.receptive_fields) {
      row.push_back(std::move(size));
      row.push_back(std::move(stride));
    }
    return row;
  };
  Table table(with_field({"Layer", "Kind", "Output", "Parameters", "MACs"}, "Sees", "Stride"), 2);
  table.add(with_field({"input", "", words_of(t.input), "-", "-"}, "1x1", "1x1"));
  for (const LayerRow& row : layers) {
    table.add(with_field(
        {row.path.empty() ? "(network)" : std::string(row.path.view()), std::string(row.kind),
         words_of(row.output_shape),
         row.shared ? std::string("shared") : grouped(row.parameter_count), grouped(row.macs)},
        words_of(row.receptive_field.size), words_of(row.receptive_field.stride)));
  }
  std::string out = table.text();
  out += "Parameters: " + grouped(t.parameters) + " (" +
         bytes(static_cast<double>(t.parameters) * sizeof(float)) + ")\n";
  out += "Multiply-accumulates: " + grouped(t.macs) + " for one example\n";
  out += "Inference: " + std::to_string(t.steps) + " steps, " + std::to_string(t.copies) +
         " copies, an arena of " + bytes(static_cast<double>(t.arena_bytes)) + "\n";
  for (const HeadInfo& h : t.heads) {
    out.append("Head, in training alone: ").append(h.name).append(", ");
    out += words_of(h.output_shape) + "\n";
  }
  return out + table.rule();
}

}  // namespace detail

/// The table of a network: path, kind, output shape, parameters and multiply-accumulates of each
/// layer, and the totals, which leave the MACs of heads out. A layer whose parameters are those of
/// an earlier row says "shared". `cx::summary<Net>()` needs no network at run time;
/// `cx::summary<Net>({.receptive_fields = true})` shows those, too.
///
/// See also   torchinfo, which prints the same of PyTorch's networks
template <class Net>
std::string summary(const SummaryOptions& options = {}) {
  return detail::summary(Net::layers,
                         {Net::input_shape, Net::heads, Net::parameter_count, Net::macs,
                          Net::plan.steps.size(), Net::plan.copies, Net::inference_arena_bytes},
                         options);
}

template <class Architecture, class In, Options O>
std::string summary(const Network<Architecture, In, O>&, const SummaryOptions& options = {}) {
  return summary<Network<Architecture, In, O>>(options);
}

}  // namespace convexpr
