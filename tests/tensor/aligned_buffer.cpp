#define BOOST_TEST_MODULE aligned_buffer
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <convexpr/tensor/aligned_buffer.hpp>
#include <cstdint>
#include <limits>
#include <numeric>

using convexpr::AlignedBuffer;

namespace {

bool aligned(const void* p) { return reinterpret_cast<std::uintptr_t>(p) % 64 == 0; }

AlignedBuffer<float> counted(std::size_t size) {
  AlignedBuffer<float> buffer(size);
  std::iota(buffer.data(), buffer.data() + size, 1.0F);
  return buffer;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_size_is_aligned_and_starts_as_zeros) {
  for (std::size_t size = 1; size < 70; ++size) {
    const AlignedBuffer<float> buffer(size);
    BOOST_TEST(aligned(buffer.data()));
    BOOST_TEST(buffer.span().size() == size);
    BOOST_TEST(std::ranges::all_of(buffer.span(), [](float v) { return v == 0.0F; }));
  }
}

BOOST_AUTO_TEST_CASE(an_empty_buffer_has_no_memory) {
  const AlignedBuffer<double> buffer;
  BOOST_TEST(buffer.size() == 0U);
  BOOST_TEST(buffer.data() == nullptr);
  const AlignedBuffer<double> copy = buffer;
  BOOST_TEST(copy.size() == 0U);
}

BOOST_AUTO_TEST_CASE(copies_are_deep) {
  const auto a = counted(17);
  auto b = a;
  b.data()[3] = -1.0F;
  BOOST_TEST(a.data()[3] == 4.0F);
  BOOST_TEST(b.data()[16] == 17.0F);

  AlignedBuffer<float> larger(40);
  const float* memory = larger.data();
  larger = a;
  BOOST_TEST(larger.size() == 17U);
  BOOST_TEST(larger.data() == memory);
  BOOST_TEST(std::ranges::equal(larger.span(), a.span()));

  AlignedBuffer<float> smaller(5);
  smaller = a;
  BOOST_TEST(std::ranges::equal(smaller.span(), a.span()));
  const auto& self = smaller;
  smaller = self;
  BOOST_TEST(std::ranges::equal(smaller.span(), a.span()));
}

BOOST_AUTO_TEST_CASE(a_move_takes_the_memory_and_leaves_an_empty_buffer) {
  auto a = counted(9);
  const float* memory = a.data();
  AlignedBuffer<float> b = std::move(a);
  BOOST_TEST(b.data() == memory);
  BOOST_TEST(a.size() == 0U);
  AlignedBuffer<float> c(2);
  c = std::move(b);
  BOOST_TEST(c.data() == memory);
  BOOST_TEST(c.size() == 9U);
  BOOST_TEST(b.size() == 0U);
}

BOOST_AUTO_TEST_CASE(resizing_keeps_what_stays_and_zeroes_what_comes) {
  auto a = counted(10);
  const float* memory = a.data();
  a.resize(4);
  a.resize(10);
  BOOST_TEST(a.data() == memory);
  BOOST_TEST(a.data()[3] == 4.0F);
  for (std::size_t i = 4; i < 10; ++i) BOOST_TEST(a.data()[i] == 0.0F);
  a.resize(33);
  BOOST_TEST(aligned(a.data()));
  BOOST_TEST(a.data()[3] == 4.0F);
  BOOST_TEST(a.data()[32] == 0.0F);
  BOOST_TEST(a.capacity() == 33U);
}

BOOST_AUTO_TEST_CASE(a_size_whose_bytes_overflow_is_refused) {
  auto a = counted(3);
  const std::size_t absurd = std::numeric_limits<std::size_t>::max() / 2;
  BOOST_CHECK_THROW(a.resize(absurd), std::bad_array_new_length);
  BOOST_TEST(a.size() == 3U);
  BOOST_TEST(a.data()[2] == 3.0F);
}
