// Five architectures as types, with the parameter counts that their authors and torchvision give,
// and one of them run.
#include <convexpr/convexpr.hpp>
#include <cstdio>
#include <iostream>

#include "architectures/alexnet.hpp"
#include "architectures/lenet5.hpp"
#include "architectures/resnet18.hpp"
#include "architectures/vgg16.hpp"
#include "command_line.hpp"

namespace cx = convexpr;

using LeNet5 = cx::Network<decltype(architectures::lenet5), cx::Input<1, 28, 28>>;
static_assert(LeNet5::parameter_count == 61'706);
static_assert(LeNet5::output_shape == cx::shape(10));

using AlexNet = cx::Network<decltype(architectures::alexnet), cx::Input<3, 224, 224>>;
static_assert(AlexNet::parameter_count == 61'100'840);
static_assert(AlexNet::output_shape == cx::shape(1000));

using Vgg16 = cx::Network<decltype(architectures::vgg16), cx::Input<3, 224, 224>>;
static_assert(Vgg16::parameter_count == 138'357'544);
static_assert(Vgg16::output_shape == cx::shape(1000));

using ResNet18 = cx::Network<decltype(architectures::resnet18), cx::Input<3, 224, 224>>;
static_assert(ResNet18::parameter_count == 11'689'512);
static_assert(ResNet18::shape_at<"layer4"> == cx::shape(512, 7, 7));
static_assert(ResNet18::output_shape == cx::shape(1000));

namespace {

template <class Net>
void print_row(const char* name) {
  std::printf("%-9s %12lld parameters %8.1f million MACs, arena %6.2f MB\n", name,
              Net::parameter_count, static_cast<double>(Net::macs) * 1e-6,
              static_cast<double>(Net::inference_arena_bytes) * 1e-6);
}

}  // namespace

static int show() {
  print_row<LeNet5>("LeNet-5");
  print_row<AlexNet>("AlexNet");
  print_row<Vgg16>("VGG-16");
  print_row<ResNet18>("ResNet-18");

  std::cout << '\n' << cx::summary<ResNet18>();

  ResNet18 net;
  cx::initialize(net, {.seed = 18});
  cx::Tensor<float, 3, 224, 224> x;
  x.fill(0.5F);
  const auto& y = net.forward(x);
  std::printf("ResNet-18, not trained, on a grey picture: first logit %.4f\n",
              static_cast<double>(y(0)));
  return 0;
}

int main(int argc, char** argv) {
  return command_line::run(argc, argv, "architectures",
                           "Prints five architectures with their sizes, and runs one of them.",
                           show);
}
