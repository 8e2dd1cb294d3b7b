// Keeps every rule.
#pragma once

#include <boost/hana/tuple.hpp>
#include <convexpr/lower/entrance.hpp>
#include <vector>
