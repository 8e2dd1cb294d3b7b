// A classifier that slides: its fully connected layers as convolutions.
//
// How the type is rewritten: graph/convolutional.hpp.
#pragma once

#include <convexpr/graph/convolutional.hpp>
#include <convexpr/network/state_dict.hpp>

namespace convexpr {

namespace detail {

template <class Architecture, Shape In>
inline constexpr Refusal convolutional_refusal =
    graph::convolutional_form<Architecture, In>.refusal;

template <class Architecture, Shape In, bool Refused>
struct ConvolutionalOn : Insist<convolutional_refusal<Architecture, In>> {
  using type = Architecture;
};
template <class Architecture, Shape In>
struct ConvolutionalOn<Architecture, In, false> {
  using type =
      graph::detail::rewritten<graph::convolutional_form<Architecture, In>, 1, Architecture>;
};

template <class Architecture, class In>
struct Convolutional
    : ConvolutionalOn<std::remove_cv_t<Architecture>, In::shape,
                      convolutional_refusal<std::remove_cv_t<Architecture>, In::shape>.happened()> {
};
template <class Architecture, class In, Options O>
struct Convolutional<Network<Architecture, In, O>, void> : Convolutional<Architecture, In> {};

}  // namespace detail

/// The architecture of a network with its fully connected layers as convolutions; on inputs of the
/// network's own size it computes the same, on larger ones it gives a map of outputs.
///
///     Flatten                          Identity: names and positions stay
///     Linear<O> behind C x H x W       Conv2d<O, {.kernel = {H, W}}>
///     Linear<O> behind another Linear  Conv2d<O, {.kernel = 1}>
///
/// Every output of the map is what the network says of one crop of the larger image, as far as no
/// layer pads: crops that overlap share their work.
///
/// Written `convolutional<Net>` of a network, or `convolutional<Architecture, Input<C, H, W>>`.
///
/// Shapes     a network that gives O features gives O x H' x W' in this form; O x 1 x 1 on the
///            inputs it was made for
/// Cost       linear in the number of layers, while compiling
/// Errors     while compiling: the input is no image; no linear layer behind flatten; behind flatten
///            a layer that mixes the features of several places
/// Source     Long, Shelhamer, Darrell, "Fully convolutional networks for semantic segmentation",
///            CVPR 2015
/// See also   load_convolutional
template <class NetworkOrArchitecture, class In = void>
using convolutional = typename detail::Convolutional<NetworkOrArchitecture, In>::type;

/// Gives a convolutional form the parameters of the network that it was made from: the same names,
/// the same values in the same order.
///
/// Shapes     a weight [O, C*H*W] becomes [O, C, H, W]
/// Errors     StateDictError where `map` is no convolutional form of `net`; `map` is then unchanged
template <class MapArchitecture, class MapIn, Options MapO, class Architecture, class In, Options O>
void load_convolutional(Network<MapArchitecture, MapIn, MapO>& map,
                        const Network<Architecture, In, O>& net) {
  std::vector<NamedTensor> dict = state_dict(net);
  for (const detail::ParameterSlot& slot : map.blueprint().parameters) {
    const std::string name = detail::parameter_name(slot, map.blueprint().scopes);
    for (NamedTensor& t : dict) {
      if (t.name == name && t.shape.size() == 2 && t.values.size() == slot.spec.size()) {
        t.shape = detail::shape_of(slot.spec);
      }
    }
  }
  load_state_dict(map, dict);
}

}  // namespace convexpr
