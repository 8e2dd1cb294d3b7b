#pragma once

#include <boost/hana.hpp>
