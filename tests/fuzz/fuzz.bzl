"""Fuzz targets: one rule for the fuzzer and for the test that replays its corpus."""

def fuzz_target(name, deps):
    """Makes a fuzzer of `<name>.cc` and a test of its corpus.

    Args:
      name: of the target; its inputs are in corpus/<name>.
      deps: of `<name>.cc`, which defines LLVMFuzzerTestOneInput.
    """
    native.cc_library(
        name = name,
        testonly = True,
        srcs = [name + ".cc"],
        deps = deps + [":check"],
        # Nothing in the fuzzer asks for its entry by name.
        alwayslink = True,
    )

    # Needs clang: built by scripts/fuzz.sh alone.
    native.cc_binary(
        name = name + "_fuzzer",
        testonly = True,
        linkopts = ["-fsanitize=fuzzer"],
        tags = ["manual"],
        deps = [":" + name],
    )
    corpus = native.glob(["corpus/%s/*" % name])
    native.cc_test(
        name = name + "_replay_test",
        size = "small",
        args = ["$(location %s)" % file for file in corpus],
        data = corpus,
        deps = [
            ":" + name,
            ":replay_main",
        ],
    )
