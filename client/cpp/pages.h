// All entries of a list, however many pages it takes:
//
//   auto models = client.ListModels(request);
//   for (const auto& model : models) Show(model);
//   if (!models.status().ok()) Report(models.status());
//
// Pages are fetched while they are read. Not thread-safe.
#ifndef FIREWORKS_CLIENT_CPP_PAGES_H_
#define FIREWORKS_CLIENT_CPP_PAGES_H_

#include <cstddef>
#include <functional>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace fireworks::client {

template <typename T>
class Pages {
 public:
  using value_type = T;
  // Fetches the page of `token`, which is empty for the first one, appends its entries,
  // and makes `token` that of the next page, empty for none.
  using Fetch = std::function<absl::Status(std::string* token, std::vector<T>* entries)>;

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = const T*;
    using reference = const T&;

    reference operator*() const { return pages_->entries_[pages_->next_]; }
    pointer operator->() const { return &**this; }
    Iterator& operator++() {
      ++pages_->next_;
      if (!pages_->HasEntry()) pages_ = nullptr;
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(const Iterator& other) const { return pages_ == other.pages_; }
    bool operator!=(const Iterator& other) const { return pages_ != other.pages_; }

   private:
    friend class Pages;
    explicit Iterator(Pages* pages) : pages_(pages) {}

    // Null at the end.
    Pages* pages_;
  };

  explicit Pages(Fetch fetch) : fetch_(std::move(fetch)) {}

  // Goes on where reading stopped. An entry is valid until the next one is read.
  Iterator begin() { return Iterator(HasEntry() ? this : nullptr); }
  Iterator end() { return Iterator(nullptr); }

  // At the end: OK when the list is complete, else why it is not.
  const absl::Status& status() const { return status_; }

 private:
  // Whether there is an entry at next_, after fetching for it.
  bool HasEntry() {
    while (next_ == entries_.size()) {
      if (complete_ || !status_.ok()) return false;
      entries_.clear();
      next_ = 0;
      const std::string token = token_;
      status_ = fetch_(&token_, &entries_);
      if (!status_.ok()) continue;
      complete_ = token_.empty();
      if (!complete_ && token_ == token) {
        status_ = absl::InternalError(
            "the list does not end: a page named itself as the next one");
      }
    }
    return true;
  }

  Fetch fetch_;
  std::string token_;
  std::vector<T> entries_;
  std::size_t next_ = 0;
  bool complete_ = false;
  absl::Status status_;
};

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_PAGES_H_
