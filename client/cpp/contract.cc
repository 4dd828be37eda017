#include "client/cpp/contract.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "client/cpp/contract_data.h"
#include "client/cpp/suggestion.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/stubs/logging.h"

namespace fireworks::client {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::FileDescriptorSet;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;
using google::protobuf::SourceLocation;

namespace {

template <typename Element>
std::string LeadingComment(const Element* element) {
  SourceLocation location;
  std::string comment;
  if (!element->GetSourceLocation(&location)) return comment;
  absl::string_view text = location.leading_comments;
  absl::ConsumeSuffix(&text, "\n");
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    absl::ConsumePrefix(&line, " ");
    absl::StrAppend(&comment, comment.empty() ? "" : "\n", line);
  }
  return comment;
}

bool NamesService(const ServiceDescriptor* service, absl::string_view name) {
  return absl::EqualsIgnoreCase(service->full_name(), name) ||
         absl::EqualsIgnoreCase(service->name(), name);
}

}  // namespace

const Contract& Contract::Get() {
  static const Contract contract;
  return contract;
}

Contract::Contract() : messages_(&pool_) {
  FileDescriptorSet set;
  GOOGLE_CHECK(set.ParseFromArray(kContractData, static_cast<int>(kContractSize)));
  for (const auto& proto : set.file()) {
    const FileDescriptor* file = pool_.BuildFile(proto);
    GOOGLE_CHECK(file != nullptr) << proto.name();
    for (int i = 0; i < file->service_count(); ++i) services_.push_back(file->service(i));
  }
  std::sort(services_.begin(), services_.end(),
            [](const auto* a, const auto* b) { return a->full_name() < b->full_name(); });
}

absl::StatusOr<const ServiceDescriptor*> Contract::FindService(absl::string_view name) const {
  std::vector<std::string> names;
  for (const ServiceDescriptor* service : services_) {
    if (NamesService(service, name)) return service;
    names.push_back(service->name());
  }
  const std::string last(name.substr(name.rfind('.') + 1));
  return absl::NotFoundError(absl::StrCat("there is no service '", name, "'",
                                          DidYouMean(Suggestions(last, names))));
}

absl::StatusOr<const MethodDescriptor*> Contract::FindMethod(absl::string_view name) const {
  absl::string_view path = absl::StripPrefix(name, "/");
  std::string service_name;
  const std::size_t end = path.find_last_of("/.");
  if (end != absl::string_view::npos) service_name = std::string(path.substr(0, end));
  const absl::string_view method_name = path.substr(end == absl::string_view::npos ? 0 : end + 1);

  std::vector<const MethodDescriptor*> found;
  std::vector<std::string> names;
  for (const ServiceDescriptor* service : services_) {
    if (!service_name.empty() && !NamesService(service, service_name)) continue;
    for (int i = 0; i < service->method_count(); ++i) {
      const MethodDescriptor* method = service->method(i);
      if (absl::EqualsIgnoreCase(method->name(), method_name)) found.push_back(method);
      names.push_back(service_name.empty() ? method->name() : ShortNameOf(method));
    }
  }
  if (found.size() == 1) return found.front();
  if (found.size() > 1) {
    names.clear();
    for (const MethodDescriptor* method : found) names.push_back(ShortNameOf(method));
    return absl::NotFoundError(
        absl::StrCat("more than one service has a '", method_name, "'", DidYouMean(names)));
  }
  if (names.empty()) return FindService(service_name).status();
  const std::string wrong =
      service_name.empty()
          ? std::string(method_name)
          : absl::StrCat(service_name.substr(service_name.rfind('.') + 1), "/", method_name);
  return absl::NotFoundError(
      absl::StrCat("there is no method '", name, "'", DidYouMean(Suggestions(wrong, names))));
}

std::vector<std::string> Contract::MethodNames() const {
  std::vector<std::string> names;
  for (const ServiceDescriptor* service : services_) {
    for (int i = 0; i < service->method_count(); ++i) {
      names.push_back(ShortNameOf(service->method(i)));
    }
  }
  return names;
}

std::unique_ptr<google::protobuf::Message> Contract::New(const Descriptor* type) const {
  return std::unique_ptr<google::protobuf::Message>(messages_.GetPrototype(type)->New());
}

std::string PathOf(const MethodDescriptor* method) {
  return absl::StrCat(method->service()->full_name(), "/", method->name());
}

std::string ShortNameOf(const MethodDescriptor* method) {
  return absl::StrCat(method->service()->name(), "/", method->name());
}

std::string CommentOf(const ServiceDescriptor* service) { return LeadingComment(service); }
std::string CommentOf(const MethodDescriptor* method) { return LeadingComment(method); }
std::string CommentOf(const FieldDescriptor* field) { return LeadingComment(field); }

const FieldDescriptor* EntriesOf(const MethodDescriptor* method) {
  const Descriptor* page = method->output_type();
  if (method->input_type()->FindFieldByName("page_token") == nullptr ||
      page->FindFieldByName("next_page_token") == nullptr) {
    return nullptr;
  }
  const FieldDescriptor* entries = nullptr;
  for (int i = 0; i < page->field_count(); ++i) {
    const FieldDescriptor* field = page->field(i);
    if (!field->is_repeated() || field->is_map() || field->message_type() == nullptr) continue;
    // Which of two lists goes on with the next page can't be told.
    if (entries != nullptr) return nullptr;
    entries = field;
  }
  return entries;
}

}  // namespace fireworks::client
