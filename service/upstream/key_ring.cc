#include "service/upstream/key_ring.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace fireworks::upstream {
namespace {

absl::Status CheckFiles(const KeyRingOptions::Label& label) {
  if (label.files.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("key label ", label.name, ": needs a file"));
  }
  std::set<absl::string_view> seen;
  for (const std::string& file : label.files) {
    if (file.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("key label ", label.name, ": a file's name must not be empty"));
    }
    if (!seen.insert(file).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("key label ", label.name, ": ", file, " is listed twice"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckOptions(const KeyRingOptions& options) {
  std::set<absl::string_view> seen;
  for (const KeyRingOptions::Label& label : options.labels) {
    if (label.name.empty()) return absl::InvalidArgumentError("key label: must not be empty");
    if (!seen.insert(label.name).second) {
      return absl::InvalidArgumentError(absl::StrCat("key label ", label.name, " comes twice"));
    }
    const absl::Status files = CheckFiles(label);
    if (!files.ok()) return files;
  }
  if (seen.count(options.default_label) == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("default key label \"", options.default_label, "\": there is no such label"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::string_view KeyStateName(KeyState state) {
  switch (state) {
    case KeyState::kActive:
      return "active";
    case KeyState::kStandby:
      return "standby";
    case KeyState::kRefused:
      return "refused";
  }
  return "unknown";
}

absl::string_view KeyEventName(KeyEvent::Kind kind) {
  switch (kind) {
    case KeyEvent::Kind::kReplaced:
      return "replaced";
    case KeyEvent::Kind::kRefused:
      return "refused";
    case KeyEvent::Kind::kRestored:
      return "restored";
    case KeyEvent::Kind::kUnreadable:
      return "unreadable";
    case KeyEvent::Kind::kReadable:
      return "readable";
  }
  return "unknown";
}

// --- The start.

absl::StatusOr<std::unique_ptr<KeyRing>> KeyRing::Create(const KeyRingOptions& options) {
  const absl::Status checked = CheckOptions(options);
  if (!checked.ok()) return checked;
  std::unique_ptr<KeyRing> ring(new KeyRing(options));
  const absl::Status loaded = ring->Load();
  if (!loaded.ok()) return loaded;
  return ring;
}

KeyRing::KeyRing(const KeyRingOptions& options)
    : now_(options.now ? options.now : &absl::Now), default_label_(options.default_label) {
  for (const KeyRingOptions::Label& from : options.labels) {
    Label label;
    label.name = from.name;
    for (const std::string& file : from.files) {
      Source source;
      source.file = file;
      label.sources.push_back(std::move(source));
    }
    labels_.push_back(std::move(label));
  }
}

absl::Status KeyRing::Load() {
  std::lock_guard<std::mutex> lock(mutex_);
  for (Label& label : labels_) {
    for (Source& source : label.sources) {
      absl::StatusOr<ApiKeyFile> file = ReadApiKeyFile(source.file);
      if (!file.ok()) return file.status();
      Take(*file, &source);
    }
    Choose(&label);
  }
  return absl::OkStatus();
}

void KeyRing::Take(const ApiKeyFile& file, Source* source) const {
  source->key = std::make_shared<ApiKey>(file.key);
  source->version = file.version;
  source->refresh = refreshes_;
  source->written = file.version.modified();
  source->refusal = 0;
  source->since = now_();
}

// --- Which key new requests get.

absl::StatusOr<std::shared_ptr<const ApiKey>> KeyRing::Pick(absl::string_view label) const {
  const absl::string_view name = label.empty() ? default_label_ : label;
  std::lock_guard<std::mutex> lock(mutex_);
  for (const Label& candidate : labels_) {
    if (candidate.name == name) return candidate.sources[candidate.in_use].key;
  }
  return absl::NotFoundError("there is no upstream key of that label");
}

bool KeyRing::HasLabel(absl::string_view label) const {
  return std::any_of(labels_.begin(), labels_.end(),
                     [label](const Label& candidate) { return candidate.name == label; });
}

bool KeyRing::Preferred(const Source& a, const Source& b) {
  const bool a_refused = a.refusal != 0;
  const bool b_refused = b.refusal != 0;
  if (a_refused != b_refused) return b_refused;
  if (a.refusal != b.refusal) return a.refusal < b.refusal;
  if (a.problem.ok() != b.problem.ok()) return a.problem.ok();
  if (a.refresh != b.refresh) return a.refresh > b.refresh;
  return a.written > b.written;
}

void KeyRing::Choose(Label* label) const {
  // The first of equals, as listed.
  const auto best = std::min_element(label->sources.begin(), label->sources.end(), &Preferred);
  label->in_use = static_cast<std::size_t>(best - label->sources.begin());
  for (Source& source : label->sources) {
    const bool in_use = &source == &*best;
    const KeyState state = source.refusal != 0 ? KeyState::kRefused
                           : in_use            ? KeyState::kActive
                                               : KeyState::kStandby;
    if (state == source.state) continue;
    source.state = state;
    source.since = now_();
  }
}

// --- Files that change.

std::vector<KeyEvent> KeyRing::Refresh() {
  std::lock_guard<std::mutex> refreshing(refresh_mutex_);
  std::vector<absl::StatusOr<ApiKeyFile>> looks;
  for (const Label& label : labels_) {
    for (const Source& source : label.sources) looks.push_back(ReadApiKeyFile(source.file));
  }

  std::vector<KeyEvent> events;
  std::lock_guard<std::mutex> lock(mutex_);
  ++refreshes_;
  auto look = looks.begin();
  for (Label& label : labels_) {
    for (Source& source : label.sources) Apply(*look++, label, &source, &events);
    Choose(&label);
  }
  return events;
}

void KeyRing::Apply(const absl::StatusOr<ApiKeyFile>& look, const Label& label, Source* source,
                    std::vector<KeyEvent>* events) const {
  const absl::Status problem = std::exchange(source->problem, look.status());
  if (!look.ok()) {
    if (problem != look.status()) {
      events->push_back(EventOf(KeyEvent::Kind::kUnreadable, label, *source,
                                absl::StrCat(look.status().message(),
                                             "; the last good key of it is kept")));
    }
    return;
  }
  if (!source->key->SameAs(ApiKey(look->key))) {
    const std::string before = source->key->fingerprint();
    Take(*look, source);
    events->push_back(EventOf(KeyEvent::Kind::kReplaced, label, *source,
                              absl::StrCat("in the place of ", before)));
    return;
  }
  if (!problem.ok()) {
    events->push_back(
        EventOf(KeyEvent::Kind::kReadable, label, *source, "the file holds the same key"));
  }
  const bool rewritten = std::exchange(source->version, look->version) != look->version;
  if (rewritten && source->refusal != 0) {
    source->refusal = 0;
    events->push_back(
        EventOf(KeyEvent::Kind::kRestored, label, *source, "the file was written anew"));
  }
}

// --- What upstream says.

std::vector<KeyEvent> KeyRing::Refused(const ApiKey& key) {
  std::vector<KeyEvent> events;
  std::lock_guard<std::mutex> lock(mutex_);
  ++refusals_;
  for (Label& label : labels_) {
    std::vector<const Source*> marked;
    for (Source& source : label.sources) {
      if (!source.key->SameAs(key)) continue;
      if (source.refusal == 0) marked.push_back(&source);
      source.refusal = refusals_;
    }
    Choose(&label);
    for (const Source* source : marked) {
      events.push_back(EventOf(KeyEvent::Kind::kRefused, label, *source, WhatIsUsed(label)));
    }
  }
  return events;
}

std::vector<KeyEvent> KeyRing::Accepted(const ApiKey& key) {
  std::vector<KeyEvent> events;
  std::lock_guard<std::mutex> lock(mutex_);
  for (Label& label : labels_) {
    const Source& used = label.sources[label.in_use];
    if (used.refusal == 0 || !used.key->SameAs(key)) continue;
    for (Source& source : label.sources) {
      if (!source.key->SameAs(key)) continue;
      source.refusal = 0;
      events.push_back(
          EventOf(KeyEvent::Kind::kRestored, label, source, "upstream has accepted it again"));
    }
    Choose(&label);
  }
  return events;
}

// --- What people are told.

std::vector<KeyStatus> KeyRing::List() const {
  std::vector<KeyStatus> list;
  std::lock_guard<std::mutex> lock(mutex_);
  for (const Label& label : labels_) {
    for (const Source& source : label.sources) {
      KeyStatus status;
      status.label = label.name;
      status.file = source.file;
      status.fingerprint = source.key->fingerprint();
      status.state = source.state;
      status.in_use = &source == &label.sources[label.in_use];
      status.since = source.since;
      status.problem = std::string(source.problem.message());
      list.push_back(std::move(status));
    }
  }
  return list;
}

KeyEvent KeyRing::EventOf(KeyEvent::Kind kind, const Label& label, const Source& source,
                          std::string detail) {
  return {kind, label.name, source.file, source.key->fingerprint(), std::move(detail)};
}

std::string KeyRing::WhatIsUsed(const Label& label) {
  const Source& used = label.sources[label.in_use];
  return absl::StrCat(used.refusal == 0 ? "new requests use " : "no good key is left; still used: ",
                      used.key->fingerprint(), " of ", used.file);
}

}  // namespace fireworks::upstream
