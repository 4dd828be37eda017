"""C++ libraries for builds without Bazel: headers, one archive and other files in a .tar.gz."""

def _relative(file, strip_folders):
    # Generated files live below bazel-out; short paths do not show that.
    path = file.short_path
    for folder in strip_folders:
        if path.startswith(folder):
            return path[len(folder):]
    return path

def _cc_package_impl(ctx):
    lines = []
    inputs = []
    for dep in ctx.attr.deps:
        info = dep[CcInfo]
        for header in info.compilation_context.headers.to_list():
            lines.append("header\t{}\t{}/{}".format(
                header.path,
                ctx.attr.include_folder,
                _relative(header, ctx.attr.strip_folders),
            ))
            inputs.append(header)
        for linker_input in info.linking_context.linker_inputs.to_list():
            for library in linker_input.libraries:
                # Position independent, so that shared libraries can be made of it.
                archive = library.pic_static_library or library.static_library
                if archive != None:
                    lines.append("archive\t{}\t".format(archive.path))
                    inputs.append(archive)
    for target, place in ctx.attr.files.items():
        file = target.files.to_list()[0]
        lines.append("file\t{}\t{}".format(file.path, place))
        inputs.append(file)

    manifest = ctx.actions.declare_file(ctx.label.name + ".manifest")
    ctx.actions.write(manifest, "\n".join(lines) + "\n")
    arguments = ctx.actions.args()
    arguments.add_all([manifest, ctx.outputs.out])
    arguments.add_all([ctx.attr.top, ctx.attr.archive, ctx.attr.version])
    ctx.actions.run(
        executable = ctx.executable._tool,
        arguments = [arguments],
        inputs = inputs + [manifest],
        outputs = [ctx.outputs.out],
        mnemonic = "CcPackage",
        use_default_shell_env = True,
    )

cc_package = rule(
    implementation = _cc_package_impl,
    doc = "A .tar.gz of the headers and code of `deps` and all that those depend on in this repository.",
    attrs = {
        "archive": attr.string(mandatory = True, doc = "lib/libNAME.a holds the code."),
        "deps": attr.label_list(mandatory = True, providers = [CcInfo]),
        "files": attr.label_keyed_string_dict(
            allow_files = True,
            doc = "Further files and their places; @VERSION@ and @ARCHIVE@ in them are filled in.",
        ),
        "include_folder": attr.string(mandatory = True),
        "out": attr.output(mandatory = True),
        "strip_folders": attr.string_list(doc = "What headers are not included with."),
        "top": attr.string(mandatory = True, doc = "The folder in the archive."),
        "version": attr.string(mandatory = True),
        "_tool": attr.label(
            default = "//bazel:cc_package",
            executable = True,
            cfg = "host",
        ),
    },
)
