// What everything that reads or writes a file throws.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>

namespace convexpr {

/// A file that is missing, damaged, or not what was asked for.
///
/// The message is one sentence: the file, then the fact, with what was expected and what was found.
class FileError : public std::runtime_error {
 public:
  FileError(const std::filesystem::path& file, const std::string& fact)
      : std::runtime_error(file.string() + ": " + fact) {}
};

}  // namespace convexpr
