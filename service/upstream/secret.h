// A string that can't be printed by accident.
#ifndef FIREWORKS_SERVICE_UPSTREAM_SECRET_H_
#define FIREWORKS_SERVICE_UPSTREAM_SECRET_H_

#include <string>
#include <utility>

namespace fireworks::upstream {

// Holds a secret such as an API key. Has no stream operator and no conversion:
// whoever wants the bytes must say Reveal, which is easy to search for. The
// bytes are overwritten when the last owner lets go.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret& other);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  bool empty() const { return value_.empty(); }
  const std::string& Reveal() const { return value_; }

 private:
  void Wipe();
  std::string value_;
};

}  // namespace fireworks::upstream

#endif  // FIREWORKS_SERVICE_UPSTREAM_SECRET_H_
