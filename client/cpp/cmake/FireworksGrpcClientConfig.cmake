# find_package(FireworksGrpcClient) defines the imported target
# FireworksGrpcClient::client: headers, library, and what these need of Debian's gRPC,
# Protobuf and Abseil.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
find_dependency(Protobuf)
find_dependency(absl CONFIG)
find_dependency(gRPC CONFIG)

# This file is in PREFIX/lib/cmake/FireworksGrpcClient; the prefix may be anywhere.
get_filename_component(_fireworks_grpc_client_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

if(NOT TARGET FireworksGrpcClient::client)
  add_library(FireworksGrpcClient::client STATIC IMPORTED)
  set_target_properties(FireworksGrpcClient::client PROPERTIES
    IMPORTED_LOCATION "${_fireworks_grpc_client_prefix}/lib/lib@ARCHIVE@.a"
    IMPORTED_LINK_INTERFACE_LANGUAGES CXX
    INTERFACE_COMPILE_FEATURES cxx_std_17
    INTERFACE_INCLUDE_DIRECTORIES "${_fireworks_grpc_client_prefix}/include/fireworks-grpc-client"
    INTERFACE_LINK_LIBRARIES "gRPC::grpc++;protobuf::libprotobuf;absl::cord;absl::status;absl::statusor;absl::strings;absl::synchronization;absl::time;Threads::Threads"
  )
endif()
unset(_fireworks_grpc_client_prefix)
