// The parameters of a network, which several networks may own together.
#pragma once

#include <atomic>
#include <convexpr/tensor/aligned_buffer.hpp>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <utility>

namespace convexpr::detail {

/// A number that no parameters have had before.
inline std::uint64_t next_version() {
  static std::atomic<std::uint64_t> last = 0;
  return ++last;
}

/// Of which version of the parameters something has been made.
class Prepared final {
 public:
  /// Calls `prepare()` unless what it makes is there for that version; once for all threads that ask.
  template <class Prepare>
  void update(std::uint64_t version, Prepare prepare) {
    if (made_.load(std::memory_order_acquire) == version) return;
    const std::lock_guard lock(making_);
    if (made_.load(std::memory_order_relaxed) == version) return;
    prepare();
    made_.store(version, std::memory_order_release);
  }

 private:
  std::atomic<std::uint64_t> made_ = 0;
  std::mutex making_;
};

/// What a network makes of parameters for itself. Copies make their own.
class PreparedWeights final {
 public:
  explicit PreparedWeights(std::size_t floats) : array_(floats) {}
  PreparedWeights(const PreparedWeights& other) : array_(other.array_.size()) {}
  PreparedWeights& operator=(const PreparedWeights& other) {
    if (this != &other) *this = PreparedWeights(other);
    return *this;
  }
  PreparedWeights(PreparedWeights&&) noexcept = default;
  PreparedWeights& operator=(PreparedWeights&&) noexcept = default;
  ~PreparedWeights() = default;

  /// What `prepare(float*)` makes of that version of the parameters.
  template <class Prepare>
  const float* of(std::uint64_t version, Prepare prepare) const {
    prepared_->update(version, [&] { prepare(array_.data()); });
    return std::as_const(array_).data();
  }

 private:
  mutable AlignedBuffer<float> array_;
  std::unique_ptr<Prepared> prepared_ = std::make_unique<Prepared>();
};

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
    shared_->version.store(next_version(), std::memory_order_release);
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
    s.prepared.update(version(), [&] { prepare(s.array.data()); });
    return s.array.data();
  }

  /// A number that is another one when somebody may have changed the parameters.
  std::uint64_t version() const { return shared_->version.load(std::memory_order_acquire); }

 private:
  struct Shared {
    Shared(std::size_t own, std::size_t prepared_floats)
        : array(own + prepared_floats), floats(own) {}
    Shared(const Shared& other) : array(other.array), floats(other.floats) {}
    void take(const Shared& other) {
      array = other.array;
      version.store(next_version(), std::memory_order_release);
    }

    AlignedBuffer<float> array;
    std::size_t floats;
    std::atomic<std::uint64_t> version = next_version();
    Prepared prepared;
  };
  explicit Parameters(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

  std::shared_ptr<Shared> shared_;
};

}  // namespace convexpr::detail
