// The folder of real weights and recorded results, where the machine has one.
#pragma once

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

namespace support {

/// A folder below the one that the environment variable CONVEXPR_ASSETS names.
inline std::filesystem::path assets(const std::string& folder) {
  const char* const root = std::getenv("CONVEXPR_ASSETS");
  return root == nullptr ? std::filesystem::path() : std::filesystem::path(root) / folder;
}

/// Runs a suite where the folder is there, and says that it is skipped elsewhere: as in
/// `BOOST_AUTO_TEST_SUITE(trained, *support::needs_assets("googlenet"))`. The list of tests has
/// CTest call a program that says so skipped.
inline auto needs_assets(const std::string& folder) {
  return boost::unit_test::precondition([folder](boost::unit_test::test_unit_id) {
    const bool there = std::filesystem::exists(assets(folder));
    static bool said = false;
    if (!there && !said) {
      std::cout << "skipped: CONVEXPR_ASSETS names no folder with " << folder << "/\n";
      said = true;
    }
    return boost::test_tools::assertion_result(there);
  });
}

}  // namespace support
