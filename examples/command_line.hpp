// What the programs here have in common: --help, and one sentence for what is wrong.
#pragma once

#include <boost/program_options.hpp>
#include <exception>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace command_line {

namespace options = boost::program_options;

/// An option whose default is what the variable holds.
template <class T>
options::typed_value<T>* option(T& variable, const char* unit) {
  std::ostringstream shown;
  shown << variable;
  return options::value(&variable)->default_value(variable, shown.str())->value_name(unit);
}

/// A check of a count, for `notifier`.
inline auto at_least_one(std::string name) {
  return [name = std::move(name)](auto value) {
    if (value < 1) throw std::invalid_argument(name + " must be at least 1");
  };
}

/// Reads the arguments into the variables that `description` is bound to, then runs `work`.
///
/// Gives the exit status: what `work` returns, 0 if that is nothing, and after --help; 1, with one
/// sentence on the standard error, where an argument is wrong or `work` throws.
template <class Work>
int run(int argc, char** argv, const std::string& program, const std::string& purpose,
        options::options_description description, Work work) {
  try {
    description.add_options()("help,h", "print this help and exit");
    options::variables_map arguments;
    options::store(options::command_line_parser(argc, argv)
                       .options(description)
                       .positional(options::positional_options_description())
                       .run(),
                   arguments);
    if (arguments.count("help") > 0) {
      std::cout << "usage: " << program << " [options]\n\n" << purpose << "\n\n" << description;
      return 0;
    }
    options::notify(arguments);
    if constexpr (std::is_void_v<decltype(work())>) {
      work();
      return 0;
    } else {
      return work();
    }
  } catch (const std::exception& error) {
    std::cerr << program << ": " << error.what() << '\n';
    return 1;
  }
}

/// The same for a program that takes no options but --help.
template <class Work>
int run(int argc, char** argv, const std::string& program, const std::string& purpose, Work work) {
  return run(argc, argv, program, purpose, options::options_description("Options"), work);
}

}  // namespace command_line
