// The same convolutions by oneDNN.
#include <dlfcn.h>

#include <dnnl.hpp>
#include <unordered_map>

#include "../numbers.hpp"
#include "layer.hpp"

namespace convexpr::bench {

namespace {

/// Keeps oneDNN to this thread, where it was built with OpenMP; by name, because that is not always
/// the OpenMP of the compiler that builds this program.
void use_one_thread() {
  void* const found = dlsym(RTLD_DEFAULT, "omp_set_num_threads");
  if (found != nullptr) reinterpret_cast<void (*)(int)>(found)(1);
}

const dnnl::engine& engine() {
  static const dnnl::engine one = [] {
    use_one_thread();
    return dnnl::engine(dnnl::engine::kind::cpu, 0);
  }();
  return one;
}

/// A layer's memory, whose layouts are for oneDNN to choose.
struct Described {
  Described(const ConvLayer& l, std::size_t examples)
      : stride{l.stride, l.stride},
        before{l.padding(), l.padding()},
        after(2, (l.extent - 1) * l.stride + l.kernel - l.in_extent() - l.padding()) {
    const auto n = static_cast<dnnl::memory::dim>(examples);
    x = of_any_layout({n, l.in, l.in_extent(), l.in_extent()});
    y = of_any_layout({n, l.out, l.extent, l.extent});
    b = of_any_layout({l.out});
    const dnnl::memory::dim groups = l.groups();
    w = l.depthwise ? of_any_layout({groups, 1, 1, l.kernel, l.kernel})
                    : of_any_layout({l.out, l.in, l.kernel, l.kernel});
  }
  static dnnl::memory::desc of_any_layout(const dnnl::memory::dims& extents) {
    return {extents, dnnl::memory::data_type::f32, dnnl::memory::format_tag::any};
  }

  dnnl::memory::dims stride;
  dnnl::memory::dims before;
  dnnl::memory::dims after;
  dnnl::memory::desc x;
  dnnl::memory::desc w;
  dnnl::memory::desc b;
  dnnl::memory::desc y;
};

constexpr auto automatic = dnnl::algorithm::convolution_auto;

dnnl::convolution_forward::primitive_desc forward_of(const Described& d, bool inference) {
  dnnl::primitive_attr attributes;
  if (inference) {
    dnnl::post_ops relu;
    relu.append_eltwise(1.0F, dnnl::algorithm::eltwise_relu, 0.0F, 0.0F);
    attributes.set_post_ops(relu);
  }
  const auto kind =
      inference ? dnnl::prop_kind::forward_inference : dnnl::prop_kind::forward_training;
  return {{kind, automatic, d.x, d.w, d.b, d.y, d.stride, d.before, d.after}, attributes, engine()};
}

class OneDnnConvolution final : public Convolution {
 public:
  OneDnnConvolution(const ConvLayer& l, Direction direction, std::size_t examples) {
    const Described d(l, examples);
    if (direction == Direction::forward) {
      const auto made = forward_of(d, true);
      bind(DNNL_ARG_SRC, made.src_desc());
      bind(DNNL_ARG_WEIGHTS, made.weights_desc());
      bind(DNNL_ARG_BIAS, made.bias_desc());
      bind(DNNL_ARG_DST, made.dst_desc());
      take(made, dnnl::convolution_forward(made));
    } else if (direction == Direction::backward_data) {
      const dnnl::convolution_backward_data::primitive_desc made(
          {automatic, d.x, d.w, d.y, d.stride, d.before, d.after}, engine(), forward_of(d, false));
      bind(DNNL_ARG_DIFF_SRC, made.diff_src_desc());
      bind(DNNL_ARG_WEIGHTS, made.weights_desc());
      bind(DNNL_ARG_DIFF_DST, made.diff_dst_desc());
      take(made, dnnl::convolution_backward_data(made));
    } else {
      const dnnl::convolution_backward_weights::primitive_desc made(
          {automatic, d.x, d.w, d.b, d.y, d.stride, d.before, d.after}, engine(),
          forward_of(d, false));
      bind(DNNL_ARG_SRC, made.src_desc());
      bind(DNNL_ARG_DIFF_WEIGHTS, made.diff_weights_desc());
      bind(DNNL_ARG_DIFF_BIAS, made.diff_bias_desc());
      bind(DNNL_ARG_DIFF_DST, made.diff_dst_desc());
      take(made, dnnl::convolution_backward_weights(made));
    }
  }

  void run() override {
    primitive_.execute(stream_, arguments_);
    stream_.wait();
  }
  std::string algorithm() const override { return algorithm_; }

 private:
  template <class Description>
  void take(const Description& made, const dnnl::primitive& primitive) {
    algorithm_ = made.impl_info_str();
    primitive_ = primitive;
  }
  void bind(int argument, const dnnl::memory::desc& layout) {
    dnnl::memory memory(layout, engine());
    fill_with_numbers(
        {static_cast<float*>(memory.get_data_handle()), layout.get_size() / sizeof(float)});
    arguments_.emplace(argument, memory);
  }

  std::string algorithm_;
  dnnl::primitive primitive_;
  dnnl::stream stream_{engine()};
  std::unordered_map<int, dnnl::memory> arguments_;
};

}  // namespace

std::unique_ptr<Convolution> onednn_convolution(const ConvLayer& layer, Direction direction,
                                                std::size_t examples) {
  return std::make_unique<OneDnnConvolution>(layer, direction, examples);
}

std::string onednn_version() {
  const dnnl_version_t& v = *dnnl_version();
  return std::to_string(v.major)
      .append(".")
      .append(std::to_string(v.minor))
      .append(".")
      .append(std::to_string(v.patch));
}

}  // namespace convexpr::bench
