// The layers in user_layers.hpp, of which the oracle is told before a test runs.
#pragma once

#include "oracle.hpp"
#include "user_layers.hpp"

namespace user {

/// Tells the oracle of a layer.
template <class L>
struct Told {
  Told() {
    using D = reference::UserInDouble;
    reference::tell(&cx::detail::user_functions<L>,
                    {[](D::Input x, D::Parameters w, D::Output y) {
                       if constexpr (requires { L::forward(x, w, y); }) {
                         L::forward(x, w, y);
                       } else {
                         L::forward(x, y);
                       }
                     },
                     [](D::Input x, D::Parameters w, D::Input dy, D::Output dx, D::Gradients dw) {
                       if constexpr (requires { L::vjp(x, w, dy, dx, dw); }) {
                         L::vjp(x, w, dy, dx, dw);
                       } else if constexpr (requires { L::vjp(x, dy, dx); }) {
                         L::vjp(x, dy, dx);
                       } else {
                         L::vjp(dy, dx);
                       }
                     }});
  }
};

inline const Told<PixelShuffle<2>> told_of_pixel_shuffle;
inline const Told<PixelShuffle<3>> told_of_larger_pixel_shuffle;
inline const Told<Reverse> told_of_reverse;
inline const Told<Maxout<2>> told_of_maxout;
inline const Told<Maxout<3>> told_of_larger_maxout;
inline const Told<Maxout<33>> told_of_widest_maxout;
inline const Told<Gate> told_of_gate;

}  // namespace user
