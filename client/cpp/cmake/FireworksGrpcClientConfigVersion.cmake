# Versions fit by the rules of semantic versioning; before 1.0 each 0.x is another one.
set(PACKAGE_VERSION "@VERSION@")
string(REGEX MATCH "^(0\\.)?[0-9]+" _fireworks_grpc_client_series "${PACKAGE_VERSION}")
string(REGEX MATCH "^(0\\.)?[0-9]+" _fireworks_grpc_client_wanted "${PACKAGE_FIND_VERSION}")
set(PACKAGE_VERSION_COMPATIBLE FALSE)
if(PACKAGE_FIND_VERSION STREQUAL ""
   OR (_fireworks_grpc_client_series STREQUAL _fireworks_grpc_client_wanted
       AND NOT PACKAGE_VERSION VERSION_LESS PACKAGE_FIND_VERSION))
  set(PACKAGE_VERSION_COMPATIBLE TRUE)
endif()
if(PACKAGE_VERSION STREQUAL PACKAGE_FIND_VERSION)
  set(PACKAGE_VERSION_EXACT TRUE)
endif()
unset(_fireworks_grpc_client_series)
unset(_fireworks_grpc_client_wanted)
