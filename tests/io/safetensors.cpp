#define BOOST_TEST_MODULE safetensors
#include <boost/test/unit_test.hpp>
#include <convexpr/io/safetensors.hpp>
#include <convexpr/layers/layers.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../data/temporary_folder.hpp"

namespace cx = convexpr;
using namespace convexpr_tests;

namespace {

constexpr auto chain = cx::named<"stem">(cx::conv2d<5, {.kernel = {3, 1}}> | cx::relu) |
                       cx::conv2d<3, {.kernel = 1, .bias = false}>;
using Net = cx::Network<decltype(chain), cx::Input<2, 6, 4>>;

/// The network's tensors, each value another one.
std::vector<cx::NamedTensor> counted(const Net& net) {
  auto dict = cx::state_dict(net);
  float next = 0.5F;
  for (auto& tensor : dict) {
    for (float& value : tensor.values) value = next += 0.25F;
  }
  return dict;
}

template <class Error>
std::string refusal(Net& net, const std::filesystem::path& path,
                    const cx::LoadOptions& options = {}) {
  return message_of<Error>([&] { cx::load_safetensors(net, path, options); });
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_network_that_was_saved_is_loaded_as_it_was) {
  const TemporaryFolder folder;
  Net saved;
  cx::load_state_dict(saved, counted(saved));
  cx::save_safetensors(saved, folder.path / "x");
  Net loaded;
  BOOST_TEST((cx::state_dict(loaded) != cx::state_dict(saved)));
  cx::load_safetensors(loaded, folder.path / "x");
  BOOST_TEST((cx::state_dict(loaded) == counted(saved)));
}

BOOST_AUTO_TEST_CASE(names_are_mapped_and_tensors_left_out) {
  const TemporaryFolder folder;
  Net net;
  auto dict = counted(net);
  const auto expected = dict;
  for (auto& tensor : dict) tensor.name = "model." + tensor.name;
  dict.push_back({.name = "steps", .shape = {1}, .values = {3.0F}});
  cx::write_safetensors(folder.path / "x", dict);
  cx::load_safetensors(net, folder.path / "x", {.rename = [](std::string_view name) {
                         return name == "steps" ? std::string() : std::string(name.substr(6));
                       }});
  BOOST_TEST((cx::state_dict(net) == expected));
}

BOOST_AUTO_TEST_CASE(a_file_that_does_not_fit_is_refused_by_its_name_and_changes_nothing) {
  const TemporaryFolder folder;
  const auto path = folder.path / "x";
  Net net;
  const auto before = cx::state_dict(net);
  const auto whole = counted(net);

  auto dict = whole;
  dict.pop_back();
  cx::write_safetensors(path, dict);
  BOOST_TEST(refusal<cx::StateDictError>(net, path).starts_with(path.string() + ": tensor"));
  dict = whole;
  dict.push_back({.name = "more", .shape = {1}, .values = {3.0F}});
  cx::write_safetensors(path, dict);
  BOOST_TEST(contains(refusal<cx::StateDictError>(net, path), "\"more\""));
  dict = whole;
  std::swap(dict[0].shape[2], dict[0].shape[3]);
  cx::write_safetensors(path, dict);
  BOOST_TEST(contains(refusal<cx::StateDictError>(net, path), dict[0].name));
  const cx::LoadOptions all_alike{.rename = [](std::string_view) { return "stem.0.weight"; }};
  BOOST_TEST(refusal<cx::StateDictError>(net, path, all_alike) != "nothing");

  BOOST_TEST(refusal<cx::FileError>(net, folder.path / "absent") != "nothing");
  BOOST_TEST((cx::state_dict(net) == before));
}
