// Convolution as a product of matrices: each position of the window becomes a column.
#pragma once

#include <convexpr/inspect/windows.hpp>
#include <convexpr/layers/conv2d.hpp>
#include <convexpr/network/input.hpp>
#include <convexpr/tensor/of_shape.hpp>

namespace convexpr {

namespace detail {

/// A tensor or a view with three extents.
template <class T>
concept ImageTensor = requires(const T& x) { x(0, 0, 0); } && T::shape.rank == 3;

/// What `Conv2d` with these options says of an image; its window, its positions, its refusals.
template <Conv2dOptions Options, Shape In>
inline constexpr Declaration patches = [] {
  Declaration d;
  d.op.in = d.op.out = In;
  Conv2d<Options.groups, Options>::declare(In, d);
  if (d.refusal.happened()) d.refusal.where = "im2col";
  return d;
}();

template <Conv2dOptions Options, Shape In>
inline constexpr Refusal patches_refusal = patches<Options, In>.refusal;

/// C*kh*kw x H'*W'
constexpr Shape patch_matrix_shape(const Operation& op) {
  return shape(op.in.channels * op.window.kernel.h * op.window.kernel.w,
               op.out.height * op.out.width);
}

template <Conv2dOptions Options, Shape In, Shape Columns>
inline constexpr Refusal columns_refusal = [] {
  const Declaration& d = patches<Options, In>;
  if (d.refusal.happened() || Columns == patch_matrix_shape(d.op)) return d.refusal;
  return Refusal{"col2im", "col2im: the matrix must have the extents that im2col gives it",
                 words(Columns), words(patch_matrix_shape(d.op)),
                 "write the options and the Input of the image that the patches are of"};
}();

}  // namespace detail

/// The patches of an image as the columns of a matrix: a column holds what the window of a
/// convolution reads at one position.
///
///     m[(c*kh + u)*kw + v, i*W' + j] = x[c, i*s + u*d - p, j*s + v*d - p]
///
/// The convolution itself is then one product: w as an O x C*kh*kw matrix times m.
///
/// Shapes     x: C x H x W    m: C*kh*kw x H'*W', as tensors; H' and W' as in `Conv2d`
/// Parameters the options are those of `Conv2d`; groups and bias change nothing
/// Cost       memory: kh*kw/s^2 times the image's
/// Errors     while compiling: what `Conv2d` refuses
/// Source     Chellapilla, Puri, Simard, "High performance convolutional neural networks for
///            document processing", 2006
/// See also   PyTorch's torch.nn.Unfold; col2im
template <Conv2dOptions Options, detail::ImageTensor Image>
auto im2col(const Image& x) {
  using T = typename Image::value_type;
  static_cast<void>(detail::Insist<detail::patches_refusal<Options, Image::shape>>{});
  constexpr const Operation& op = detail::patches<Options, Image::shape>.op;
  const int taps = op.window.kernel.h * op.window.kernel.w;
  TensorOf<T, detail::patch_matrix_shape(op)> m;
  detail::for_each_read(op, [&](const detail::WindowRead& r) {
    m(r.channel * taps + r.tap, r.position) +=
        static_cast<T>(r.share) * x(r.channel, r.row, r.column);
  });
  return m;
}

/// The way back: each value of a column is added to the pixel that it came from. The adjoint of
/// `im2col`, so not its inverse: a pixel that n windows read comes back n-fold.
///
///     x[c,h,w] = sum over all u,v,i,j that read (h, w) of m[(c*kh + u)*kw + v, i*W' + j]
///     <im2col(x), m> = <x, col2im(m)> for all x and m
///
/// Shapes     m: C*kh*kw x H'*W'    x: the shape of `In`, C x H x W
/// Errors     while compiling: what `Conv2d` refuses; m has other extents
/// See also   PyTorch's torch.nn.Fold
template <Conv2dOptions Options, class In, class Columns>
auto col2im(const Columns& m) {
  using T = typename Columns::value_type;
  static_cast<void>(detail::Insist<detail::columns_refusal<Options, In::shape, Columns::shape>>{});
  constexpr const Operation& op = detail::patches<Options, In::shape>.op;
  const int taps = op.window.kernel.h * op.window.kernel.w;
  constexpr Shape in = op.in;
  TensorOf<T, in> x;
  detail::for_each_read(op, [&](const detail::WindowRead& r) {
    x(r.channel, r.row, r.column) +=
        static_cast<T>(r.share) * m(r.channel * taps + r.tap, r.position);
  });
  return x;
}

}  // namespace convexpr
