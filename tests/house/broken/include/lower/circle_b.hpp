#pragma once

#include <convexpr/lower/circle_a.hpp>
