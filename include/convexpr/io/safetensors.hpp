// The weights of a network from and to .safetensors files.
//
// The files themselves are read and written in safetensors_file.hpp. Needs nlohmann-json.
#pragma once

#include <convexpr/io/safetensors_file.hpp>
#include <convexpr/network/state_dict.hpp>
#include <convexpr/tensor/named_tensor.hpp>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace convexpr {

/// Options of `load_safetensors`.
struct LoadOptions {
  /// From a tensor's name in the file to its name in the network; a tensor whose name becomes empty
  /// is left out. Without it the names are the network's.
  std::function<std::string(std::string_view)> rename;
};

/// Sets every parameter and running statistic of a network from a file.
///
/// Requires   the file holds, after renaming, exactly the tensors of `state_dict(net)`, in any
///            order
/// Errors     FileError: the file is missing or damaged. StateDictError, whose message begins with
///            the file's name: a tensor is missing, too many, or has another shape. The network is
///            then unchanged
template <class Net>
void load_safetensors(Net& net, const std::filesystem::path& path,
                      const LoadOptions& options = {}) {
  std::vector<NamedTensor> dict = read_safetensors(path);
  if (options.rename) {
    for (NamedTensor& tensor : dict) tensor.name = options.rename(tensor.name);
    std::erase_if(dict, [](const NamedTensor& tensor) { return tensor.name.empty(); });
  }
  try {
    load_state_dict(net, dict);
  } catch (const StateDictError& error) {
    throw StateDictError(path.string() + ": " + error.what());
  }
}

/// Writes every parameter and running statistic of a network to a file.
///
/// Errors     FileError: the file cannot be written; one that was there is then as it was
/// See also   write_safetensors, which says how
template <class Net>
void save_safetensors(const Net& net, const std::filesystem::path& path) {
  write_safetensors(path, state_dict(net));
}

}  // namespace convexpr
