#include "service/server/reflection_answer.h"

#include "google/protobuf/descriptor.pb.h"
#include "grpcpp/support/status.h"

namespace fireworks::server {
namespace {

namespace v1 = grpc::reflection::v1;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

const FileDescriptor* FileOfExtension(const v1::ExtensionRequest& request) {
  const DescriptorPool& pool = *DescriptorPool::generated_pool();
  const auto* type = pool.FindMessageTypeByName(request.containing_type());
  if (type == nullptr) return nullptr;
  const auto* extension = pool.FindExtensionByNumber(type, request.extension_number());
  return extension == nullptr ? nullptr : extension->file();
}

// The file that a request is about; null when there is none.
const FileDescriptor* FindFile(const v1::ServerReflectionRequest& request) {
  const DescriptorPool& pool = *DescriptorPool::generated_pool();
  switch (request.message_request_case()) {
    case v1::ServerReflectionRequest::kFileByFilename:
      return pool.FindFileByName(request.file_by_filename());
    case v1::ServerReflectionRequest::kFileContainingSymbol:
      return pool.FindFileContainingSymbol(request.file_containing_symbol());
    case v1::ServerReflectionRequest::kFileContainingExtension:
      return FileOfExtension(request.file_containing_extension());
    default:
      return nullptr;
  }
}

void SetError(grpc::StatusCode code, const char* message, v1::ServerReflectionResponse* response) {
  response->mutable_error_response()->set_error_code(code);
  response->mutable_error_response()->set_error_message(message);
}

void AnswerExtensions(const std::string& type_name, v1::ServerReflectionResponse* response) {
  const DescriptorPool& pool = *DescriptorPool::generated_pool();
  const auto* type = pool.FindMessageTypeByName(type_name);
  if (type == nullptr) {
    SetError(grpc::StatusCode::NOT_FOUND, "no such type", response);
    return;
  }
  std::vector<const FieldDescriptor*> extensions;
  pool.FindAllExtensions(type, &extensions);
  auto* numbers = response->mutable_all_extension_numbers_response();
  numbers->set_base_type_name(type_name);
  for (const FieldDescriptor* extension : extensions) {
    numbers->add_extension_number(extension->number());
  }
}

}  // namespace

v1::ServerReflectionResponse ReflectionAnswers::Answer(
    const v1::ServerReflectionRequest& request) {
  v1::ServerReflectionResponse response;
  response.set_valid_host(request.host());
  *response.mutable_original_request() = request;
  switch (request.message_request_case()) {
    case v1::ServerReflectionRequest::kListServices:
      for (const std::string& service : *services_) {
        response.mutable_list_services_response()->add_service()->set_name(service);
      }
      break;
    case v1::ServerReflectionRequest::kAllExtensionNumbersOfType:
      AnswerExtensions(request.all_extension_numbers_of_type(), &response);
      break;
    case v1::ServerReflectionRequest::MESSAGE_REQUEST_NOT_SET:
      SetError(grpc::StatusCode::INVALID_ARGUMENT, "the request asks for nothing", &response);
      break;
    default:
      if (const FileDescriptor* file = FindFile(request)) {
        AppendFiles(*file, /*again=*/true, response.mutable_file_descriptor_response());
      } else {
        SetError(grpc::StatusCode::NOT_FOUND, "not found", &response);
      }
  }
  return response;
}

void ReflectionAnswers::AppendFiles(const FileDescriptor& file, bool again,
                                    v1::FileDescriptorResponse* files) {
  if (!sent_.insert(&file).second && !again) return;
  google::protobuf::FileDescriptorProto described;
  file.CopyTo(&described);
  files->add_file_descriptor_proto(described.SerializeAsString());
  for (int i = 0; i < file.dependency_count(); ++i) {
    AppendFiles(*file.dependency(i), /*again=*/false, files);
  }
}

}  // namespace fireworks::server
