"""System packages as one Bazel repository, `@system`.

Each entry becomes a cc_library whose flags come from pkg-config. The library's
version is part of its compile flags, so that an upgrade of the Debian package
rebuilds what uses it.
"""

# name -> (pkg-config modules, further targets it needs)
_PACKAGES = {
    "absl": (
        [
            "absl_flags",
            "absl_flags_parse",
            "absl_flags_usage",
            "absl_flat_hash_map",
            "absl_flat_hash_set",
            "absl_random_random",
            "absl_span",
            "absl_status",
            "absl_statusor",
            "absl_strings",
            "absl_str_format",
            "absl_synchronization",
            "absl_time",
        ],
        [],
    ),
    "benchmark": (["benchmark"], []),
    "curl": (["libcurl"], []),
    "grpc": (["grpc++"], ["absl", "protobuf"]),
    "gtest": (["gmock", "gtest"], []),
    "hiredis": (["hiredis"], []),
    "json": (["nlohmann_json"], []),
    "openssl": (["openssl"], []),
    "prometheus": (["prometheus-cpp-pull", "prometheus-cpp-core"], []),
    "protobuf": (["protobuf"], []),
}

_LIBRARY = """
cc_library(
    name = "{name}",
    defines = {defines},
    includes = [],
    linkopts = {linkopts},
    deps = {deps},
)
"""

_EXTRA = """
# Header-only.
cc_library(
    name = "boost",
    linkopts = ["-pthread"],
)

# Comes with prometheus-cpp, and without a description for pkg-config.
cc_library(
    name = "civetweb",
    linkopts = ["-lcivetweb", "-pthread"],
)

filegroup(
    name = "protoc",
    srcs = ["bin/protoc"],
)

filegroup(
    name = "grpc_cpp_plugin",
    srcs = ["bin/grpc_cpp_plugin"],
)

filegroup(
    name = "googleapis_protos",
    srcs = glob(["googleapis/google/api/*.proto", "googleapis/google/rpc/*.proto"]),
)

filegroup(
    name = "health_proto",
    srcs = ["grpc/health/v1/health.proto"],
)

filegroup(
    name = "reflection_protos",
    srcs = [
        "grpc/reflection/v1/reflection.proto",
        "grpc/reflection/v1alpha/reflection.proto",
    ],
)
"""

_GOOGLEAPIS = "/usr/share/gocode/src/github.com/gogo/googleapis"
_GRPC_PROTO_ROOTS = [
    # Debian 12 (grpc-proto), then Debian 13.
    "/usr/share/grpc-proto",
    "/usr/share/protobuf",
]
_GRPC_PROTOS = [
    "grpc/health/v1/health.proto",
    "grpc/reflection/v1/reflection.proto",
    "grpc/reflection/v1alpha/reflection.proto",
]

def _pkg_config(ctx, tool, arguments):
    result = ctx.execute([tool] + arguments)
    if result.return_code != 0:
        fail("pkg-config {}: {}\nRun scripts/setup.sh to install what the build needs.".format(
            " ".join(arguments),
            result.stderr,
        ))
    return result.stdout.strip()

def _which(ctx, tool):
    path = ctx.which(tool)
    if path == None:
        fail("{} is not installed. Run scripts/setup.sh.".format(tool))
    return path

def _system_packages_impl(ctx):
    tool = _which(ctx, "pkg-config")
    build = ["package(default_visibility = [\"//visibility:public\"])", _EXTRA]
    for name, (modules, deps) in _PACKAGES.items():
        flags = _pkg_config(ctx, tool, ["--libs"] + modules).split(" ")
        version = _pkg_config(ctx, tool, ["--modversion", modules[0]]).split("\n")[0]
        linkopts = ["-Wl,--as-needed"]
        for flag in flags:
            if flag and flag not in linkopts:
                linkopts.append(flag)
        build.append(_LIBRARY.format(
            name = name,
            defines = repr(["SYSTEM_{}_VERSION='\"{}\"'".format(name.upper(), version)]),
            linkopts = repr(linkopts),
            deps = repr([":" + dep for dep in deps]),
        ))
    ctx.file("BUILD.bazel", "\n".join(build))
    ctx.symlink(_which(ctx, "protoc"), "bin/protoc")
    ctx.symlink(_which(ctx, "grpc_cpp_plugin"), "bin/grpc_cpp_plugin")
    ctx.symlink(_GOOGLEAPIS + "/google", "googleapis/google")
    for proto in _GRPC_PROTOS:
        for root in _GRPC_PROTO_ROOTS:
            if ctx.path(root + "/" + proto).exists:
                ctx.symlink(root + "/" + proto, proto)
                break

system_packages = repository_rule(
    implementation = _system_packages_impl,
    configure = True,
    local = True,
)
