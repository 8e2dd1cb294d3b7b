// What is said of combinators that do not fit; the builder adds where. Whether they fit is asked
// first, because sentences cost the compiler more than comparisons.
#pragma once

#include <convexpr/graph/graph.hpp>

namespace convexpr::graph {

/// Layers and blocks that have names, for sentences.
constexpr Sentence quoted(std::string_view name) { return Sentence() << "\"" << name << "\""; }

/// Whether a branch can stand beside the first of a concat, or be added to that of a sum.
constexpr bool part_fits(Kind kind, Shape part, Shape first) {
  if (kind == Kind::concat) part.channels = first.channels;
  return part == first;
}

/// Branch `position` does not.
constexpr Refusal part_misfit(Kind kind, Shape part, Shape first, int position) {
  const Sentence got = Sentence() << words(part) << " in branch " << position;
  if (kind == Kind::concat) {
    const Sentence wanted = Sentence()
                            << "Cx" << first.height << "x" << first.width << " as branch 0";
    return {{},
            "concat: the branches must have one height and width",
            got,
            first.rank == 3 ? wanted : (Sentence() << words(first) << " as branch 0"),
            "give all branches one stride, and padding that keeps the size"};
  }
  return {{},
          Sentence() << (kind == Kind::sum ? "sum" : "zip") << ": the branches must have one shape",
          got,
          Sentence() << words(first) << " as branch 0",
          "end all branches with one number of channels, at one stride"};
}

constexpr bool branch_count_fits(Kind kind, std::size_t branches) {
  return branches > 0 && (kind == Kind::concat || branches <= most_summands);
}

constexpr Refusal no_branch(std::string_view layer) {
  return {{},
          Sentence() << layer << ": there must be a branch",
          "no branch",
          "1 or more",
          Sentence() << "write " << layer << "(branch, branch)"};
}

constexpr Refusal branch_count_misfit(Kind kind, std::size_t branches) {
  const std::string_view layer = kind == Kind::concat ? "concat" : "sum";
  if (branches == 0) return no_branch(layer);
  return {{},
          "sum: there are too many branches",
          Sentence() << static_cast<long long>(branches) << " branches",
          Sentence() << static_cast<long long>(most_summands) << " or fewer",
          "write sums of sums: sum(sum(...), sum(...))"};
}

constexpr Refusal shortcut_misfit(Shape body, Shape shortcut) {
  return {{},
          "residual: the shortcut must have the shape of the body",
          Sentence() << words(shortcut) << " from the shortcut",
          Sentence() << words(body) << " as from the body",
          body.height == shortcut.height && body.width == shortcut.width
              ? Sentence() << "write residual(body, conv2d<" << body.channels << ", {.kernel = 1}>)"
              : Sentence("write residual(body, shortcut) with a shortcut of the same strides")};
}

/// Whether a name can be a step of a path.
constexpr bool name_fits(std::string_view name) { return is_word(name); }

/// It cannot; `layer` is what takes the name.
constexpr Refusal name_misfit(std::string_view layer, std::string_view name) {
  if (name.find('.') != std::string_view::npos) {
    return {{},
            Sentence() << layer << ": the name must not contain a dot",
            quoted(name),
            "one name for one block",
            "write named<\"a\">(named<\"b\">(block)), whose path is a.b"};
  }
  return {{},
          Sentence() << layer << ": the name must be a word",
          quoted(name),
          "a name that is not empty and no number",
          Sentence() << "write " << layer
                     << "<\"stem\">(block); numbers are the positions of unnamed blocks"};
}

constexpr Refusal name_taken(std::string_view layer, std::string_view name) {
  return {{},
          Sentence() << layer << ": the name is taken",
          Sentence() << quoted(name) << " twice",
          "one block of a name in each chain",
          "write another name for the second block"};
}

/// Taps and heads have names of the whole network.
constexpr Refusal name_taken_in_network(std::string_view layer, std::string_view name) {
  return {{},
          Sentence() << layer << ": the name is taken",
          Sentence() << quoted(name) << " twice",
          Sentence() << "one " << layer << " of a name in the network",
          "write another name for the second one; a block that runs twice cannot have one"};
}

constexpr Refusal path_too_long(int characters, int steps) {
  return {{},
          "named: the path is too long",
          Sentence() << characters << " characters in " << steps << " steps",
          Sentence() << "at most " << longest_path << " in at most " << deepest_path,
          "write shorter names, or fewer blocks within each other"};
}

/// `reader` is "concat_with" or "sum_with"; `known` lists the taps before it.
constexpr Refusal no_such_tap(std::string_view reader, std::string_view name,
                              const Sentence& known) {
  return {{},
          Sentence() << reader << ": no tap of this name runs before",
          quoted(name),
          known.empty() ? Sentence("a tap; there is none yet") : Sentence("one of ") << known,
          Sentence() << "write tap<" << quoted(name) << "> behind the layer whose value is wanted"};
}

constexpr Refusal tapped_later(std::string_view reader, std::string_view name, const Path& tap) {
  return {{},
          Sentence() << reader << ": the tap must run before what reads it",
          Sentence() << quoted(name) << " is tapped later, at " << tap,
          "a tap in an earlier layer or branch",
          "move the tap, or the branch it stands in; branches run as they are written"};
}

/// Whether `crop` can bring a tapped value to the extents of the chain's.
constexpr bool can_crop(Shape tapped, Shape chain) {
  return tapped.rank == chain.rank && tapped.height >= chain.height && tapped.width >= chain.width;
}

/// Whether a tapped value can be joined with the chain's value, or added to it.
constexpr bool tap_fits(Kind kind, Shape tapped, Shape chain, bool crop) {
  if (kind == Kind::concat) tapped.channels = chain.channels;
  if (crop && can_crop(tapped, chain)) {
    tapped.height = chain.height;
    tapped.width = chain.width;
  }
  return tapped == chain;
}

/// It cannot.
constexpr Refusal tap_misfit(Kind kind, std::string_view reader, std::string_view name,
                             Shape tapped, Shape chain, bool crop) {
  const bool concat = kind == Kind::concat;
  const bool larger = can_crop(tapped, chain);
  const bool only_larger = larger && !crop && (concat || tapped.channels == chain.channels);
  Sentence fact = Sentence() << reader << ": the tapped value must have the "
                             << (concat ? "height and width" : "shape") << " of the chain's";
  if (crop && !larger) fact = Sentence() << reader << ": the tapped value is too small to crop";
  return {{},
          fact,
          Sentence() << words(tapped) << " in tap " << quoted(name),
          Sentence() << words(chain) << " as the chain's" << (crop && !larger ? ", or larger" : ""),
          only_larger ? Sentence() << "write " << reader << "<" << quoted(name)
                                   << ", {.crop = true}>, or padding that keeps the size"
          : tapped.channels != chain.channels && !concat
              ? Sentence() << "write conv2d<" << tapped.channels << ", {.kernel = 1}> before it"
              : Sentence("bring the chain to the extents that the value was tapped with")};
}

/// The uses of a shared block are compared layer by layer: `a`, `a` + 1, ... are those of the first
/// use, `b`, `b` + 1, ... those of another. Says what the first difference is, or nothing.
constexpr Refusal other_block(const Graph& g, int a, int b, int count_a, int count_b) {
  const Sentence fact = "shared: one name stands for one block";
  const Sentence hint = "write another name for the other block";
  for (int k = 0; k < count_a && k < count_b; ++k) {
    const std::string_view first = name(g.node(a + k).op);
    const std::string_view here = name(g.node(b + k).op);
    if (first == here) continue;
    return {{},
            fact,
            Sentence() << here << " as layer " << k << " of the block",
            Sentence() << first << " as in the first use",
            hint};
  }
  if (count_a == count_b) return {};
  return {{},
          fact,
          Sentence() << count_b << (count_b == 1 ? " layer" : " layers"),
          Sentence() << count_a << " as in the first use",
          hint};
}

constexpr Refusal inside_itself(std::string_view name) {
  return {{},
          "shared: a block cannot contain itself",
          Sentence() << quoted(name) << " within it",
          "blocks of other names",
          "write another name for the inner block"};
}

/// Blocks of one make whose options differ; types are cut to what fits.
constexpr Refusal other_options(std::string_view first, std::string_view here) {
  return {{},
          "shared: one name stands for one block",
          Sentence(here),
          Sentence() << "as in the first use: " << first,
          "write another name for the other block"};
}

constexpr Refusal other_parameter(const ParameterSpec& here, const ParameterSpec& first,
                                  const Path& first_path) {
  return {{},
          "shared: every use must give a parameter one shape",
          words(here),
          Sentence() << words(first) << " as in the first use, " << first_path,
          "give all uses inputs of one number of channels"};
}

}  // namespace convexpr::graph
