// Every kind of layer claims laws: a new one cannot forget to.
#define BOOST_TEST_MODULE roster
#include "roster.hpp"

#include <set>

namespace {

using laws::Kind;

template <Kind K, laws::Claims C, class... Subjects>
void enter(std::set<Kind>& kinds, std::type_identity<laws::Claim<K, C, Subjects...>>) {
  static_assert(sizeof...(Subjects) > 0, "a claim without a layer to show it");
  kinds.insert(K);
}

template <class... Entries>
void enter_all(std::set<Kind>& kinds, std::type_identity<laws::Family<Entries...>>) {
  (enter(kinds, std::type_identity<Entries>{}), ...);
}

template <class... Families>
std::set<Kind> kinds_of() {
  std::set<Kind> kinds;
  (enter_all(kinds, std::type_identity<Families>{}), ...);
  return kinds;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_kind_of_layer_is_on_the_roster) {
  const std::set<Kind> listed =
      kinds_of<laws::Convolutions, laws::Borders, laws::Channelwise, laws::Pools, laws::OtherPools,
               laws::Normalisations, laws::Activations, laws::Structures, laws::UserLayers>();
  // The compiler warns where a kind has no name, so the names end where the kinds do.
  for (int i = 0; !name(static_cast<Kind>(i)).empty(); ++i) {
    const auto kind = static_cast<Kind>(i);
    BOOST_CHECK_MESSAGE(kind == Kind::input || kind == Kind::result || listed.contains(kind),
                        name(kind)
                            << " (kind " << i << ") claims no laws in tests/laws/roster.hpp");
  }
}
