// Every convolution of several networks beside oneDNN's, as a part of the report.
#include <algorithm>
#include <cmath>
#include <convexpr/tensor/aligned_buffer.hpp>
#include <cstdio>

#include "../report.hpp"
#include "layer.hpp"

namespace convexpr::bench {

namespace {

struct Entry {
  int place;
  Candidates (*make)();
};

std::vector<Entry>& entries() {
  static std::vector<Entry> all;
  return all;
}

/// A layer in one direction. A ratio above 1 says that this library is faster.
struct Measured {
  const char* network = "";
  ConvLayer layer;
  Direction direction{};
  std::string algorithm;
  std::string their_algorithm;
  double seconds = 0;
  double their_seconds = 0;
  Spread share{};  // of the peak, for the operations of a direct convolution
  Spread their_share{};
  Spread ratio{};
  Spread cold{};  // the same, with empty caches; forward only
};

/// Nobody asks for the gradient of a picture.
bool is_wanted(const ConvLayer& l, Direction d) {
  return d != Direction::backward_data || l.in > 3;
}

std::size_t examples_of(Direction d) { return d == Direction::forward ? 1 : 8; }

Measured measure(Report& report, const char* network, const Candidate& candidate, Direction d,
                 std::span<float> caches) {
  const std::size_t examples = examples_of(d);
  const auto ours = candidate.make(d, examples);
  const auto theirs = onednn_convolution(candidate.layer, d, examples);
  const auto one = [&] { ours->run(); };
  const auto other = [&] { theirs->run(); };
  Measured m{network, candidate.layer, d, ours->algorithm(), theirs->algorithm()};

  const TurnOptions warm{.enough = 0.12, .fewest = 7, .most = 400, .warm = true};
  const auto turns = in_turns(report.peak, warm, one, other);
  const double flop = 2 * candidate.layer.macs() * static_cast<double>(examples);
  m.seconds = turns.seconds(0);
  m.their_seconds = turns.seconds(1);
  m.share = turns.share_of_peak(0, flop);
  m.their_share = turns.share_of_peak(1, flop);
  m.ratio = turns.ratio(1, 0);
  if (d == Direction::forward) {
    const TurnOptions cold{.enough = 0.12, .fewest = 7, .most = 20, .overwrite = caches};
    m.cold = in_turns(report.peak, cold, one, other).ratio(1, 0);
  }
  return m;
}

/// Of the layers of one network in one direction, each as often as the network has it.
struct Summary {
  int layers = 0;
  int slower = 0;
  double count = 0;
  double logs = 0;
  double cold_logs = 0;
  double seconds = 0;
  double their_seconds = 0;
  double flop = 0;
  double low_logs = 0;
  double high_logs = 0;

  void add(const Measured& m) {
    const double times = m.layer.count;
    layers += 1;
    slower += m.ratio.middle < 1 ? 1 : 0;
    count += times;
    logs += times * std::log(m.ratio.middle);
    low_logs += times * std::log(m.ratio.low);
    high_logs += times * std::log(m.ratio.high);
    if (m.direction == Direction::forward) cold_logs += times * std::log(m.cold.middle);
    seconds += times * m.seconds;
    their_seconds += times * m.their_seconds;
    flop += times * 2 * m.layer.macs() * static_cast<double>(examples_of(m.direction));
  }
  Spread mean() const {
    return {std::exp(logs / count), std::exp(low_logs / count), std::exp(high_logs / count)};
  }
};

void print_summary(std::string& text, const std::vector<Measured>& all, double peak) {
  print(
      text,
      "## Convolutions beside oneDNN %s\n\n"
      "Each geometry once; forward of one example with a bias and ReLU, weights prepared; "
      "backward\n"
      "of 8, weights as they come. oneDNN's operands lie as it prefers. Above 1 this library is\n"
      "faster. Means count a layer as often as the network has it; brackets are means of "
      "brackets.\n"
      "*Cold*: before each call an array of %.0f MiB is written. *Share of the peak*: for the\n"
      "operations of direct convolutions, so Winograd's may pass 1.\n\n"
      "| network | direction | geometric mean | cold | all layers' time | slower in | share of the "
      "peak | oneDNN's |\n"
      "|---|---|---:|---:|---:|---:|---:|---:|\n",
      onednn_version().c_str(), static_cast<double>(bytes_that_empty_caches()) / (1 << 20));
  for (const Entry& entry : entries()) {
    const char* const network = entry.make().network;
    for (const Direction d : all_directions) {
      Summary sum;
      for (const Measured& m : all) {
        if (std::string_view(m.network) == network && m.direction == d) sum.add(m);
      }
      print(text, "| %s | %s | %s |", network, std::string(name_of(d)).c_str(),
            text_of(sum.mean()).c_str());
      if (d == Direction::forward) print(text, " %.2f", std::exp(sum.cold_logs / sum.count));
      print(text, " | %.2f | %d of %d | %.2f | %.2f |\n", sum.their_seconds / sum.seconds,
            sum.slower, sum.layers, 1e-9 * sum.flop / sum.seconds / peak,
            1e-9 * sum.flop / sum.their_seconds / peak);
    }
  }
}

void print_slowest(std::string& text, std::vector<Measured> all) {
  std::sort(all.begin(), all.end(),
            [](const Measured& a, const Measured& b) { return a.ratio.middle < b.ratio.middle; });
  all.resize(std::min<std::size_t>(all.size(), 12));
  print(text,
        "\nWhere it fares worst:\n\n"
        "| network | layer | direction | by | microseconds | beside oneDNN | share of the peak | "
        "oneDNN's code |\n"
        "|---|---|---|---|---:|---:|---:|---|\n");
  for (const Measured& m : all) {
    print(text, "| %s | %s | %s | %s | %.1f | %s | %.2f | %s |\n", m.network,
          m.layer.name().c_str(), std::string(name_of(m.direction)).c_str(), m.algorithm.c_str(),
          m.seconds * 1e6, text_of(m.ratio).c_str(), m.share.middle, m.their_algorithm.c_str());
  }
  print(text, "\n");
}

void print_layers(std::string& text, const char* network, const std::vector<Measured>& all) {
  print(text, "## %s: every convolution\n\n", network);
  for (const Direction d : all_directions) {
    const bool forward = d == Direction::forward;
    print(text, "### %s, %s\n\n", network, std::string(name_of(d)).c_str());
    print(
        text,
        "| layer | times | by | microseconds | share of the peak | beside oneDNN |%s oneDNN's code "
        "|\n|---|---:|---|---:|---:|---:|%s---|\n",
        forward ? " cold |" : "", forward ? "---:|" : "");
    for (const Measured& m : all) {
      if (m.direction != d || std::string_view(m.network) != network) continue;
      print(text, "| %s | %d | %s | %.1f | %s | %s |", m.layer.name().c_str(), m.layer.count,
            m.algorithm.c_str(), m.seconds * 1e6, text_of(m.share).c_str(),
            text_of(m.ratio).c_str());
      if (forward) print(text, " %s |", text_of(m.cold).c_str());
      print(text, " %s |\n", m.their_algorithm.c_str());
    }
    print(text, "\n");
  }
}

void run(Report& report) {
  std::sort(entries().begin(), entries().end(),
            [](const Entry& a, const Entry& b) { return a.place < b.place; });
  AlignedBuffer<float> caches(bytes_that_empty_caches() / sizeof(float));
  std::vector<Measured> all;
  for (const Entry& entry : entries()) {
    const Candidates candidates = entry.make();
    Series series{candidates.network, {}};
    for (const Direction d : all_directions) {
      std::fprintf(stderr, "  %s, %s\n", candidates.network, std::string(name_of(d)).c_str());
      for (const Candidate& c : candidates.layers) {
        if (!is_wanted(c.layer, d)) continue;
        all.push_back(measure(report, candidates.network, c, d, caches.span()));
        const Measured& m = all.back();
        if (d != Direction::forward) continue;
        series.points.push_back(
            {2 * c.layer.macs() / c.layer.bytes(), m.share.middle, m.their_share.middle});
      }
    }
    report.picture.push_back(series);
    print_layers(report.appendix, candidates.network, all);
  }
  print_summary(report.text, all, report.peak.gflops());
  print_slowest(report.text, all);
}

const Registered here({10, "convolutions", run});

}  // namespace

RegisteredNetwork::RegisteredNetwork(int place, Candidates (*make)()) {
  entries().push_back({place, make});
}

std::string ConvLayer::name() const {
  std::string text;
  print(text, "%d\u2192%d, %dx%d%s%s, %dx%d pixels", in, out, kernel, kernel,
        stride == 1 ? "" : " / ", stride == 1 ? "" : std::to_string(stride).c_str(), extent,
        extent);
  return text;
}

}  // namespace convexpr::bench
