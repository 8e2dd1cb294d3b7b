// What tests of networks include, compiled once for all of them (CONVEXPR_PRECOMPILE). A test
// still includes what it uses: it compiles without this as well.
#pragma once

#include <boost/test/unit_test.hpp>
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/vjp.hpp>
#include <map>
#include <random>
