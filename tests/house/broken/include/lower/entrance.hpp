#pragma once

#include <convexpr/lower/detail/secret.hpp>
