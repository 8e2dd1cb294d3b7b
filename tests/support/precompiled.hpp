// What every test includes, compiled once for those that run no network (CONVEXPR_PRECOMPILE).
#pragma once

#include <boost/test/unit_test.hpp>
#include <random>
#include <vector>
