"""Protos to C++: one rule, on the system's protoc and gRPC plug-in."""

GOOGLEAPIS_STEMS = [
    "google/api/annotations",
    "google/api/http",
    "google/rpc/code",
    "google/rpc/error_details",
    "google/rpc/status",
]

def cc_protos(name, srcs, deps = [], grpc = False, visibility = None):
    """Generates and compiles C++ for `srcs`.

    Args:
      name: the cc_library's name; `<name>_srcs` holds the .proto files.
      srcs: .proto files, named as other files import them.
      deps: other cc_protos that `srcs` import, or //bazel:googleapis.
      grpc: whether to generate gRPC stubs too.
      visibility: as everywhere.
    """
    native.filegroup(name = name + "_srcs", srcs = srcs, visibility = visibility)
    stems = []
    for src in srcs:
        stem = src.split(":")[-1][:-len(".proto")]
        stems.append(stem)
    outs = []
    for stem in stems:
        outs += [stem + ".pb.h", stem + ".pb.cc"]
        if grpc:
            outs += [stem + ".grpc.pb.h", stem + ".grpc.pb.cc"]

    command = "$(location @system//:protoc) -I{} -Iexternal/system/googleapis --cpp_out=$(RULEDIR)".format(
        native.package_name(),
    )
    tools = ["@system//:protoc"]
    if grpc:
        command += " --plugin=protoc-gen-grpc=$(location @system//:grpc_cpp_plugin) --grpc_out=$(RULEDIR)"
        tools.append("@system//:grpc_cpp_plugin")
    native.genrule(
        name = name + "_gen",
        srcs = srcs,
        outs = outs,
        cmd = " ".join([command] + ["$(location %s)" % src for src in srcs]),
        tools = tools + ["@system//:googleapis_protos"] + [dep + "_srcs" for dep in deps],
    )
    native.cc_library(
        name = name,
        srcs = [out for out in outs if out.endswith(".cc")],
        hdrs = [out for out in outs if out.endswith(".h")],
        includes = ["."],
        # Generated code is not ours to keep free of warnings.
        copts = ["-w"],
        visibility = visibility,
        deps = deps + ["@system//:grpc" if grpc else "@system//:protobuf"],
        # Reflection and routes find descriptors by name; the linker must keep them.
        alwayslink = True,
    )
