// Writes the typed clients: for each service of the contract a header with a class that
// has a method per RPC. A build step:
//
//   generate_clients CONTRACT OUTPUT_FOLDER
//
// CONTRACT is a serialized FileDescriptorSet with source information.
#include <fstream>
#include <iostream>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"

namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;
using google::protobuf::SourceLocation;

// `fireworks.gateway.v1.Model` as C++ writes it.
std::string CppName(const Descriptor* type) {
  std::string nested = type->name();
  for (const Descriptor* outer = type->containing_type(); outer != nullptr;
       outer = outer->containing_type()) {
    nested = absl::StrCat(outer->name(), "_", nested);
  }
  return absl::StrCat("::", absl::StrReplaceAll(type->file()->package(), {{".", "::"}}),
                      "::", nested);
}

// The entries of a page, if `method` answers in pages.
const FieldDescriptor* Entries(const MethodDescriptor* method) {
  if (method->input_type()->FindFieldByName("page_token") == nullptr ||
      method->output_type()->FindFieldByName("next_page_token") == nullptr) {
    return nullptr;
  }
  const FieldDescriptor* entries = nullptr;
  for (int i = 0; i < method->output_type()->field_count(); ++i) {
    const FieldDescriptor* field = method->output_type()->field(i);
    if (!field->is_repeated() || field->is_map() || field->message_type() == nullptr) continue;
    if (entries != nullptr) return nullptr;
    entries = field;
  }
  return entries;
}

// The comment of `element` in its .proto.
template <typename Element>
std::string CommentOf(const Element* element, absl::string_view indent) {
  SourceLocation location;
  std::string comment;
  if (!element->GetSourceLocation(&location)) return comment;
  absl::string_view text = location.leading_comments;
  absl::ConsumeSuffix(&text, "\n");
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    absl::StrAppend(&comment, indent, "//", line, "\n");
  }
  return comment;
}

// One method of a client, with $name$s for what differs.
void AddMethod(const MethodDescriptor* method, std::string* out) {
  const char* form = R"(
  absl::StatusOr<$response$> $method$(const $request$& request,
      const CallOptions& options = {}) const {
    return Call<$response$>("$path$", request, options);
  }
)";
  std::string entry;
  std::string entries;
  if (method->client_streaming()) {
    form = R"(
  Upload<$request$, $response$> $method$(const CallOptions& options = {}) const {
    return Upload<$request$, $response$>(connection()->Write("$path$", options));
  }
)";
  } else if (method->server_streaming()) {
    form = R"(
  Stream<$response$> $method$(const $request$& request,
      const CallOptions& options = {}) const {
    return Read<$response$>("$path$", request, options);
  }

  // The same without anybody waiting for it: `on_message` and `on_done` run on gRPC's
  // threads, never two at a time, and must not block.
  std::shared_ptr<RunningCall> $method$Async(const $request$& request,
      std::function<void(const $response$&)> on_message,
      std::function<void(const absl::Status&, const ReceivedMetadata&)> on_done,
      const CallOptions& options = {}) const {
    return Subscribe<$response$>("$path$", request, std::move(on_message), std::move(on_done),
        options);
  }
)";
  } else if (const FieldDescriptor* field = Entries(method)) {
    entry = CppName(field->message_type());
    entries = field->lowercase_name();
    form = R"(
  // All pages, fetched as they are read.
  Pages<$entry$> $method$($request$ request, CallOptions options = {}) const {
    return List<$entry$, $response$>("$path$", std::move(request),
        [](auto* response) { return response->mutable_$entries$(); }, std::move(options));
  }

  // One page.
  absl::StatusOr<$response$> $method$Page(const $request$& request,
      const CallOptions& options = {}) const {
    return Call<$response$>("$path$", request, options);
  }
)";
  }
  absl::StrAppend(out, "\n", CommentOf(method, "  "));
  *out += absl::StrReplaceAll(
      absl::StripPrefix(form, "\n"), {{"$request$", CppName(method->input_type())},
             {"$response$", CppName(method->output_type())},
             {"$method$", method->name()},
             {"$path$", absl::StrCat(method->service()->full_name(), "/", method->name())},
             {"$entry$", entry},
             {"$entries$", entries}});
}

// `fireworks/inference/v1/chat_completion_service.proto` as `chat_completion_service`.
std::string Stem(const ServiceDescriptor* service) {
  std::string name = service->file()->name();
  name = name.substr(name.rfind('/') + 1);
  return name.substr(0, name.rfind('.'));
}

std::string Header(const ServiceDescriptor* service) {
  const std::string stem = Stem(service);
  const std::string guard =
      absl::StrCat("FIREWORKS_CLIENT_CPP_", absl::AsciiStrToUpper(stem), "_CLIENT_H_");
  const std::string type = absl::StrCat(service->name(), "Client");
  std::string out = absl::StrCat("// The client of ", service->full_name(),
                                 ". Made by generate_clients.cc from the contract.\n");
  absl::StrAppend(&out, "#ifndef ", guard, "\n#define ", guard, "\n\n");
  absl::StrAppend(&out, "#include <functional>\n#include <memory>\n#include <utility>\n\n",
                  "#include \"client/cpp/service_client.h\"\n", "#include \"",
                  absl::StrReplaceAll(service->file()->name(), {{".proto", ".pb.h"}}), "\"\n\n");
  absl::StrAppend(&out, "namespace fireworks::client {\n\n", CommentOf(service, ""), "class ", type,
                  " final : public ServiceClient {\n public:\n  explicit ", type,
                  "(std::shared_ptr<Connection> connection)\n",
                  "      : ServiceClient(std::move(connection)) {}\n");
  for (int i = 0; i < service->method_count(); ++i) AddMethod(service->method(i), &out);
  absl::StrAppend(&out, "};\n\n}  // namespace fireworks::client\n\n#endif  // ", guard, "\n");
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: generate_clients CONTRACT OUTPUT_FOLDER\n";
    return 2;
  }
  std::ifstream input(argv[1], std::ios::binary);
  google::protobuf::FileDescriptorSet contract;
  if (!contract.ParseFromIstream(&input)) {
    std::cerr << "generate_clients: " << argv[1] << " is no FileDescriptorSet\n";
    return 1;
  }
  DescriptorPool pool;
  for (const auto& proto : contract.file()) {
    // Files stand behind those that they import.
    const auto* file = pool.BuildFile(proto);
    if (file == nullptr) return 1;
    if (!absl::StartsWith(file->name(), "fireworks/")) continue;
    for (int i = 0; i < file->service_count(); ++i) {
      const std::string path = absl::StrCat(argv[2], "/", Stem(file->service(i)), "_client.h");
      std::ofstream out(path, std::ios::binary);
      out << Header(file->service(i));
      if (!out.flush()) {
        std::cerr << "generate_clients: " << path << " can't be written\n";
        return 1;
      }
    }
  }
  return 0;
}
