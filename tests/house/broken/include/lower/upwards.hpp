// Includes upwards.
#pragma once

#include <convexpr/upper/good.hpp>
