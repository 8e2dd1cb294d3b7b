// What the compiler made of two networks: the inception block of GoogLeNet, and LeNet-5 as it is
// trained. Prints both plans as tables and writes them as pictures.
//
//     inspect_plan                      inception_3a.svg, lenet5_training.svg and .dot, here
//     inspect_plan --folder /tmp        there
#include <convexpr/convexpr.hpp>
#include <convexpr/inspect/plan_drawing.hpp>
#include <convexpr/tensor/file_error.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "architectures/googlenet.hpp"
#include "architectures/lenet5.hpp"
#include "command_line.hpp"

namespace cx = convexpr;

using Block = cx::Network<decltype(architectures::inception<64, 96, 128, 16, 32, 32>),
                          cx::Input<192, 28, 28>>;
using LeNet = cx::Network<decltype(architectures::lenet5), cx::Input<1, 28, 28>>;

// What should stay so is held while compiling.
static_assert(Block::plan.copies == 0);  // each branch writes its channels where the whole lies
static_assert(Block::plan.steps.size() <= 6);  // three of the convolutions run as one step
static_assert(Block::plan.step_of(0) == Block::plan.step_of(1));      // the first ReLU rides
static_assert(Block::plan.arena_bytes == Block::plan.busiest_bytes);  // no arena can be smaller
static_assert(LeNet::training_plan.saved_bytes < LeNet::training_plan.arena_bytes);
static_assert(LeNet::training_plan.arena_bytes == LeNet::training_arena_bytes);

namespace {

/// Gives `write` a file, and says so.
template <class Write>
void write_file(const std::filesystem::path& path, Write write) {
  std::ofstream file(path);
  write(file);
  file.close();
  if (!file) throw cx::FileError(path, "the file cannot be written");
  std::cout << path.string() << '\n';
}

void show(const std::string& folder) {
  std::cout << "Inception 3a, forward\n" << cx::plan_table<Block>();
  std::cout << "\nLeNet-5, a pass of training\n" << cx::plan_table<LeNet, cx::Mode::training>();
  const std::filesystem::path to = folder;
  write_file(to / "inception_3a.svg", [](std::ostream& out) { cx::write_plan_svg<Block>(out); });
  write_file(to / "lenet5_training.svg",
             [](std::ostream& out) { cx::write_plan_svg<LeNet, cx::Mode::training>(out); });
  write_file(to / "lenet5_training.dot",
             [](std::ostream& out) { cx::write_plan_dot<LeNet, cx::Mode::training>(out); });
}

}  // namespace

int main(int argc, char** argv) {
  std::string folder = ".";
  command_line::options::options_description description("Options");
  description.add_options()("folder", command_line::option(folder, "FOLDER"),
                            "where the pictures go");
  return command_line::run(argc, argv, "inspect_plan",
                           "Prints the plans of two networks and draws them.", description,
                           [&] { show(folder); });
}
