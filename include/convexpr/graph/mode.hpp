// What a network is run for.
#pragma once

namespace convexpr {

/// Inference uses running statistics and no dropout; training uses those of the batch, and masks.
enum class Mode { inference, training };

}  // namespace convexpr
