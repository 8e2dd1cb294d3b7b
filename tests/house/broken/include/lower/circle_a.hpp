#pragma once

#include <convexpr/lower/circle_b.hpp>
