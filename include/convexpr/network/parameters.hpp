// The parameters of a network, which several networks may own together.
#pragma once

#include <atomic>
#include <convexpr/tensor/aligned_buffer.hpp>
#include <memory>
#include <mutex>
#include <span>
#include <utility>

namespace convexpr::detail {

/// An array of floats that start as zeros. Copies are deep, as of any value; `with_another` is how
/// one array gets two owners, and it lives as long as one of them.
///
/// Behind the parameters the array has room for what is prepared of them: `prepared` makes that when
/// somebody may have changed them since it last did, once for all threads that ask.
class Parameters final {
 public:
  Parameters(std::size_t floats, std::size_t prepared_floats)
      : shared_(std::make_shared<Shared>(floats, prepared_floats)) {}

  Parameters(const Parameters& other)
      : shared_(other.shared_ ? std::make_shared<Shared>(*other.shared_) : nullptr) {}
  Parameters(Parameters&& other) noexcept = default;
  ~Parameters() = default;

  /// The values change for all that own the array.
  Parameters& operator=(const Parameters& other) {
    if (shared_ && other.shared_) {
      shared_->take(*other.shared_);
    } else {
      *this = Parameters(other);
    }
    return *this;
  }
  /// Likewise; an array of one owner is replaced.
  Parameters& operator=(Parameters&& other) noexcept {
    if (shared_.use_count() > 1 && other.shared_) {
      shared_->take(*other.shared_);  // of equal size: nothing is allocated
    } else {
      shared_ = std::move(other.shared_);
    }
    return *this;
  }

  /// The same array for another owner.
  Parameters with_another() { return Parameters(shared_); }

  /// The parameters, to be changed now: what is written into them after the next `prepared` is
  /// noticed only if they were asked for again.
  std::span<float> span() {
    if (!shared_) return {};
    shared_->is_prepared.store(false, std::memory_order_release);
    return {shared_->array.data(), shared_->floats};
  }
  std::span<const float> span() const {
    if (!shared_) return {};
    return {std::as_const(shared_->array).data(), shared_->floats};
  }

  /// The parameters and what `prepare(float*)` makes of them.
  template <class Prepare>
  const float* prepared(Prepare prepare) const {
    Shared& s = *shared_;
    if (!s.is_prepared.load(std::memory_order_acquire)) {
      const std::lock_guard lock(s.preparing);
      if (!s.is_prepared.load(std::memory_order_relaxed)) {
        prepare(s.array.data());
        s.is_prepared.store(true, std::memory_order_release);
      }
    }
    return s.array.data();
  }

 private:
  struct Shared {
    Shared(std::size_t own, std::size_t prepared_floats)
        : array(own + prepared_floats), floats(own) {}
    Shared(const Shared& other) : array(other.array), floats(other.floats) {}
    void take(const Shared& other) {
      array = other.array;
      is_prepared.store(false, std::memory_order_release);
    }

    AlignedBuffer<float> array;
    std::size_t floats;
    std::atomic<bool> is_prepared = false;
    std::mutex preparing;
  };
  explicit Parameters(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

  std::shared_ptr<Shared> shared_;
};

}  // namespace convexpr::detail
