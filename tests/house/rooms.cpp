// Enforces what tools/rooms.txt allows, and the other rules that every header keeps:
// includes follow the arrows and make no circle, detail/ folders are entered from their own room
// only, code names xsimd in simd/ only, Hana comes by granular headers, a header has #pragma once
// and at most 400 lines.
//
//   test.house.rooms <rooms.txt> <include/convexpr>      prints one line a fault
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::size_t max_lines = 400;
constexpr std::string_view prefix = "convexpr/";

struct Include {
  std::string path;  // as written, between the brackets or quotes
  std::size_t line;
  bool quoted;
};

struct Header {
  std::string room;
  std::size_t lines = 0;
  bool pragma_once = false;
  std::vector<Include> includes;
  std::vector<std::size_t> names_xsimd;  // lines
};

using Rooms = std::map<std::string, std::set<std::string>>;
using Headers = std::map<std::string, Header>;  // by path inside include/convexpr

class Faults {
 public:
  void add(const std::string& file, std::size_t line, const std::string& what) {
    std::printf("%s:%zu: %s\n", file.c_str(), line, what.c_str());
    ++count_;
  }
  std::size_t count() const { return count_; }

 private:
  std::size_t count_ = 0;
};

/// The first folder of a path inside include/convexpr; a header at the root is a room of its own.
std::string room_of(const std::string& path) { return path.substr(0, path.find('/')); }

Rooms read_rooms(const std::filesystem::path& file) {
  Rooms rooms;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const std::size_t colon = line.find(':');
    if (line.starts_with('#') || colon == std::string::npos) continue;
    std::set<std::string>& allowed = rooms[line.substr(0, colon)];
    std::istringstream names(line.substr(colon + 1));
    for (std::string name; names >> name;) allowed.insert(name);
  }
  return rooms;
}

/// Fills `include` from a line such as `#include <a/b.hpp>`; false if it is no such line.
bool read_include(std::string_view text, std::size_t line, Include& include) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  if (!text.starts_with('#')) return false;
  text.remove_prefix(1);
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  if (!text.starts_with("include")) return false;
  const std::size_t open = text.find_first_of("<\"");
  if (open == std::string_view::npos) return false;
  const std::size_t close = text.find_first_of(">\"", open + 1);
  if (close == std::string_view::npos) return false;
  include = {std::string(text.substr(open + 1, close - open - 1)), line, text[open] == '"'};
  return true;
}

Header read_header(const std::filesystem::path& file, const std::string& path) {
  Header header;
  header.room = room_of(path);
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    ++header.lines;
    if (line.starts_with("#pragma once")) header.pragma_once = true;
    const std::string_view code = std::string_view(line).substr(0, line.find("//"));
    if (code.find("xsimd") != std::string_view::npos) header.names_xsimd.push_back(header.lines);
    Include include;
    if (read_include(line, header.lines, include)) header.includes.push_back(include);
  }
  return header;
}

Headers read_headers(const std::filesystem::path& root) {
  Headers headers;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    const std::string path = entry.path().lexically_relative(root).generic_string();
    headers.emplace(path, read_header(entry.path(), path));
  }
  return headers;
}

void check_header(const std::string& path, const Header& header, Faults& faults) {
  if (!header.pragma_once) faults.add(path, 1, "#pragma once is missing");
  if (header.lines > max_lines) {
    faults.add(path, header.lines,
               std::to_string(header.lines) + " lines; at most " + std::to_string(max_lines));
  }
  if (header.room != "simd") {
    for (const std::size_t line : header.names_xsimd) {
      faults.add(path, line, "code names xsimd in simd/ only");
    }
  }
}

void check_include(const std::string& path, const Header& header, const Include& include,
                   const Rooms& rooms, Faults& faults) {
  if (include.path == "boost/hana.hpp") {
    faults.add(path, include.line, "the whole of Hana; include the granular headers in use");
  }
  if (include.quoted) {
    faults.add(path, include.line, "write #include <convexpr/room/name.hpp>, not quotes");
  }
  if (!include.path.starts_with(prefix)) return;
  const std::string target = include.path.substr(prefix.size());
  const std::string room = room_of(target);
  if (room == header.room) return;
  const auto entry = rooms.find(header.room);
  if (entry != rooms.end() && !entry->second.contains(room)) {
    faults.add(path, include.line, header.room + " may not include " + target);
  }
  if (target.find("/detail/") != std::string::npos) {
    faults.add(path, include.line, target + " belongs to " + room + " alone");
  }
}

/// Follows includes in depth; `trail` is the way to `path`, and each header is entered once.
void find_cycles(const std::string& path, const Headers& headers, std::vector<std::string>& trail,
                 std::set<std::string>& visited, Faults& faults) {
  if (!visited.insert(path).second) return;
  trail.push_back(path);
  for (const Include& include : headers.at(path).includes) {
    if (!include.path.starts_with(prefix)) continue;
    const std::string target = include.path.substr(prefix.size());
    const auto repeated = std::find(trail.begin(), trail.end(), target);
    if (repeated != trail.end()) {
      std::string circle = "includes in a circle: ";
      for (auto step = repeated; step != trail.end(); ++step) circle += *step + " -> ";
      faults.add(path, include.line, circle + target);
    } else if (headers.contains(target)) {
      find_cycles(target, headers, trail, visited, faults);
    }
  }
  trail.pop_back();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s <rooms.txt> <include/convexpr>\n", argv[0]);
    return 2;
  }
  const Rooms rooms = read_rooms(argv[1]);
  const Headers headers = read_headers(argv[2]);
  if (rooms.empty() || headers.empty()) {
    std::fprintf(stderr, "no rooms in %s or no headers in %s\n", argv[1], argv[2]);
    return 2;
  }
  Faults faults;
  std::set<std::string> visited;
  std::vector<std::string> trail;
  for (const auto& [path, header] : headers) {
    if (!rooms.contains(header.room)) {
      faults.add(path, 1, header.room + " is not a room of tools/rooms.txt");
    }
    check_header(path, header, faults);
    for (const Include& include : header.includes) {
      check_include(path, header, include, rooms, faults);
    }
    find_cycles(path, headers, trail, visited, faults);
  }
  return faults.count() == 0 ? 0 : 1;
}
