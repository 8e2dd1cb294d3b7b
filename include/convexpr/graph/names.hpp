// Names that hold in a whole network: taps, and blocks that are shared.
#pragma once

#include <convexpr/graph/refusals.hpp>
#include <convexpr/meta/type_name.hpp>

namespace convexpr::graph {

/// Tells types apart by its address: two types may have one name.
template <class T>
inline constexpr char identity_of = 0;

/// A shared block in its first use.
struct SharedBlock {
  std::string_view name;
  const char* type = nullptr;  // its identity_of
  std::string_view type_name;
  int first_node = 0;
  int nodes = -1;  // -1 while it is being added
};

class Names {
 public:
  /// The node that was tapped under a name, or -1.
  constexpr int find_tap(std::string_view name) const {
    for (const Tapped& t : taps_) {
      if (t.name == name) return t.node;
    }
    return -1;
  }
  constexpr void add_tap(std::string_view name, int node) { taps_.push_back({name, node}); }

  /// All taps so far: "a", "b".
  constexpr Sentence known_taps() const {
    Sentence out;
    for (const Tapped& t : taps_) out << (out.empty() ? "" : ", ") << quoted(t.name);
    return out;
  }

  /// The number of the shared block of a name, or -1.
  constexpr int find_shared(std::string_view name) const {
    for (std::size_t i = 0; i < shared_.size(); ++i) {
      if (shared_[i].name == name) return static_cast<int>(i);
    }
    return -1;
  }
  constexpr int add_shared(const SharedBlock& block) {
    shared_.push_back(block);
    return static_cast<int>(shared_.size()) - 1;
  }
  constexpr SharedBlock& shared(int index) { return shared_[static_cast<std::size_t>(index)]; }

 private:
  struct Tapped {
    std::string_view name;
    int node = -1;
  };

  std::vector<Tapped> taps_;
  std::vector<SharedBlock> shared_;
};

}  // namespace convexpr::graph
