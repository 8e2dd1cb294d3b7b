// Needs xsimd, which prose may say.
#pragma once

#include <boost/hana/tuple.hpp>
#include <convexpr/lower/entrance.hpp>
#include <vector>
