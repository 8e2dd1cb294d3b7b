# Every header, by name: a header that is not here is not installed, and a test says so.
# One list a target; the paths start at include/convexpr/.
set(CONVEXPR_HEADERS
    data/dataset.hpp
    data/loader.hpp
    data/pixels.hpp
    data/ppm.hpp
    expr/activation.hpp
    graph/arena.hpp
    graph/build.hpp
    graph/differentiate.hpp
    graph/epilogue.hpp
    graph/facts.hpp
    graph/graph.hpp
    graph/layout.hpp
    graph/lower.hpp
    graph/mode.hpp
    graph/plan.hpp
    graph/prune.hpp
    graph/rewrite.hpp
    graph/schedule.hpp
    kernels/avg_pool2d.hpp
    kernels/batch_norm2d.hpp
    kernels/conv2d_backward_data.hpp
    kernels/conv2d_backward_weights.hpp
    kernels/conv2d_direct.hpp
    kernels/conv2d_tile.hpp
    kernels/conv2d_weights.hpp
    kernels/convert.hpp
    kernels/dropout.hpp
    kernels/elementwise.hpp
    kernels/feature_maps.hpp
    kernels/linear.hpp
    kernels/local_response_norm.hpp
    kernels/max_pool2d.hpp
    kernels/softmax.hpp
    kernels/sum.hpp
    kernels/transpose.hpp
    layers/activation.hpp
    layers/checks.hpp
    layers/combinators.hpp
    layers/conv2d.hpp
    layers/dropout.hpp
    layers/identity.hpp
    layers/layer.hpp
    layers/layers.hpp
    layers/linear.hpp
    layers/normalisation.hpp
    layers/operation.hpp
    layers/pool2d.hpp
    meta/real.hpp
    meta/refusal.hpp
    meta/text.hpp
    meta/type_name.hpp
    shape/extent.hpp
    shape/shape.hpp
    shape/window.hpp
    simd/unroll.hpp
    simd/vector.hpp
    tensor/aligned_buffer.hpp
    tensor/batch.hpp
    tensor/file_error.hpp
    tensor/named_tensor.hpp
    tensor/of_shape.hpp
    tensor/tensor.hpp
    tensor/tensor_view.hpp
)

# What needs a JSON parser.
set(CONVEXPR_SAFETENSORS_HEADERS
    io/safetensors_file.hpp
    io/safetensors_header.hpp
)

# What needs zlib.
set(CONVEXPR_IDX_HEADERS
    data/fashion_mnist.hpp
    data/idx.hpp
)

# What needs stb.
set(CONVEXPR_PICTURES_HEADERS
    data/picture.hpp
)
