// One stream, one unary call and one upload that wait in the middle until they are told to
// go on.
#ifndef FIREWORKS_TESTS_ROLLOUT_HELD_CALLS_H_
#define FIREWORKS_TESTS_ROLLOUT_HELD_CALLS_H_

#include <memory>
#include <string>
#include <thread>

#include "fireworks/gateway/v1/dataset_service.grpc.pb.h"
#include "grpcpp/channel.h"
#include "tests/e2e/call_context.h"
#include "tests/e2e/chat.h"
#include "tests/simulator/simulator.h"

namespace fireworks::rollout {

// To be used by one thread. `simulator` is not owned and must live longer.
class HeldCalls {
 public:
  // Begins them. They are on their way when it returns.
  HeldCalls(const std::shared_ptr<grpc::Channel>& channel, simulator::Simulator* simulator);
  ~HeldCalls();

  HeldCalls(const HeldCalls&) = delete;
  HeldCalls& operator=(const HeldCalls&) = delete;

  // Lets them go on, and expects that each ends whole. Once.
  void ExpectToEndWell();

 private:
  simulator::Simulator* const simulator_;

  e2e::CallContext stream_context_;
  std::unique_ptr<e2e::ChatService::Stub> chat_;
  std::unique_ptr<e2e::ChatReader> stream_;

  e2e::CallContext unary_context_;
  e2e::ChatResponse unary_response_;
  grpc::Status unary_status_;  // unary_caller_ writes it

  e2e::CallContext upload_context_;
  std::unique_ptr<fireworks::gateway::v1::DatasetService::Stub> datasets_;
  fireworks::gateway::v1::FileUploadResponse upload_response_;
  std::unique_ptr<grpc::ClientWriter<fireworks::gateway::v1::UploadDatasetFileRequest>> upload_;

  std::thread unary_caller_;
};

}  // namespace fireworks::rollout

#endif  // FIREWORKS_TESTS_ROLLOUT_HELD_CALLS_H_
