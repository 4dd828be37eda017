#!/usr/bin/env python3
"""Lays out the files of an image: a program, and the libraries that it is linked with.

The Dockerfile runs it where the program was built, so that the libraries are those which
it was built and tested with. OUT, a folder that does not exist, gets

  libraries/  files of Debian packages, and what a system needs to be one
  program/    the program without symbols, its licence, its bill of materials
  debug/      its symbols, by build id

A package comes with the files that a program can need, its copyright, and its entry in
dpkg's database, by which scanners know it. Only what is linked comes: no shell, no
package manager.
"""

import argparse
import fnmatch
import os
import pathlib
import re
import shutil
import subprocess
import sys

import sbom

# Beside libraries: the authorities that sign the upstream's certificate, and the names
# of the system.
_DATA_PACKAGES = ["base-files", "ca-certificates"]

# Compiled in, header by header, so that no library tells of them.
_COMPILED_IN = {
    "fireworks_grpc": ["nlohmann-json3-dev"],
    "fireworks_simulator": ["libboost-dev", "nlohmann-json3-dev"],
}

# Nothing at run time reads documentation or converts between character sets.
_UNNEEDED = [
    "/etc/ca-certificates/*", "/etc/ld.so.conf.d/*", "/etc/update-motd.d/*", "/usr/lib/*/audit/*",
    "/usr/lib/*/gconv/*", "/usr/lib/*/perl5/*", "/usr/sbin/*", "/usr/share/base-files/*",
    "/usr/share/bug/*", "/usr/share/ca-certificates/*", "/usr/share/doc/*", "/usr/share/gcc/*",
    "/usr/share/gdb/*", "/usr/share/lintian/*", "/usr/share/locale/*", "/usr/share/man/*",
]

_FILES = {
    "etc/passwd": "root:x:0:0:root:/:/nonexistent\nnonroot:x:65532:65532:nonroot:/:/nonexistent\n",
    "etc/group": "root:x:0:\nnonroot:x:65532:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}


def output_of(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def where(path):
    """The file itself, not its target: /lib/x is /usr/lib/x where /usr is merged."""
    folder, name = os.path.split(path)
    return os.path.join(os.path.realpath(folder), name)


def linked_libraries(program):
    """What the loader loads, itself included: names that it asks for, and files behind them."""
    told = output_of("ldd", program)
    if "not found" in told:
        sys.exit(f"root.py: a library of {program} is not installed:\n{told}")
    asked = [where(path) for path in re.findall(r"(?:^|=> |\t)(/\S+) \(0x", told, re.MULTILINE)]
    return set(asked) | {os.path.realpath(path) for path in asked}


def packages_of(files):
    """The Debian packages that have `files`, by today's path or that of before /usr was merged."""
    spellings = sorted({spelling for path in files
                        for spelling in (path, path[len("/usr"):] if path.startswith("/usr") else path)})
    # Fails if one spelling is unknown, as half of them are; says what it knows all the same.
    told = subprocess.run(["dpkg-query", "--search", *spellings], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    packages, known = set(), set()
    for line in told.splitlines():
        package, _, path = line.rpartition(": ")
        packages.add(package)
        known.add(where(path))
    unknown = files - known - {os.path.realpath(path) for path in known}
    if unknown:
        sys.exit(f"root.py: no package has {', '.join(sorted(unknown))}")
    return sorted(packages)


def is_needed(path, linked):
    if fnmatch.fnmatch(path, "/usr/share/doc/*/copyright"):
        return True
    if fnmatch.fnmatch(path, "/usr/lib*/lib*.so.*"):
        return path in linked
    return not any(fnmatch.fnmatch(path, pattern) for pattern in _UNNEEDED)


def copy_package(package, files, linked, root):
    copied = []
    for path in sorted({where(file) for file in files}):
        if not os.path.lexists(path) or not is_needed(path, linked):
            continue
        if os.path.isdir(path) and not os.path.islink(path):
            continue
        target = root / path.lstrip("/")
        # /lib and its like, which are there already.
        if os.path.lexists(target):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target, follow_symlinks=False)
        copied.append(path)
    info = root / "var/lib/dpkg/info"
    info.mkdir(parents=True, exist_ok=True)
    (info / f"{package}.list").write_text("".join(path + "\n" for path in copied), encoding="utf-8")


def lay_out_libraries(linked, packages, root):
    for name in ("bin", "lib", "lib64", "sbin"):
        if os.path.islink("/" + name):
            (root / "usr" / name).mkdir(parents=True)
            (root / name).symlink_to("usr/" + name)
    # dpkg leaves a line free between two packages.
    lists = output_of("dpkg-query", "--listfiles", *packages).rstrip("\n").split("\n\n")
    for package, files in zip(packages, lists, strict=True):
        copy_package(package, files.splitlines(), linked, root)
    (root / "var/lib/dpkg/status").write_text(output_of("dpkg-query", "--status", *packages),
                                              encoding="utf-8")
    # As update-ca-certificates makes it, without what this machine has added to it.
    authorities = sorted(pathlib.Path("/usr/share/ca-certificates/mozilla").glob("*.crt"))
    (root / "etc/ssl/certs").mkdir(parents=True)
    (root / "etc/ssl/certs/ca-certificates.crt").write_text(
        "".join(file.read_text(encoding="ascii") for file in authorities), encoding="ascii")
    for name, text in _FILES.items():
        (root / name).write_text(text, encoding="ascii")
    for name in ("dev", "proc", "run", "sys", "tmp"):
        (root / name).mkdir()
    (root / "tmp").chmod(0o1777)


def split_program(program, out):
    """Writes the program and its symbols; the build id, which both carry, leads to them."""
    notes = output_of("readelf", "--notes", program)
    build_id = re.search(r"Build ID: ([0-9a-f]{40})$", notes, re.MULTILINE)
    if not build_id:
        sys.exit(f"root.py: {program} has no build id")
    name = build_id.group(1)
    debug = out / "debug/usr/lib/debug/.build-id" / name[:2] / (name[2:] + ".debug")
    stripped = out / "program/usr/bin" / os.path.basename(program)
    debug.parent.mkdir(parents=True)
    stripped.parent.mkdir(parents=True)
    output_of("objcopy", "--only-keep-debug", "--compress-debug-sections", program, str(debug))
    output_of("objcopy", "--strip-all", program, str(stripped))
    debug.chmod(0o644)
    stripped.chmod(0o755)
    return stripped


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", default="0.0.0", help="of the program")
    parser.add_argument("program", metavar="PROGRAM", help="as Bazel built it, with symbols")
    parser.add_argument("out", metavar="OUT", type=pathlib.Path)
    arguments = parser.parse_args()
    os.umask(0o022)
    arguments.out.mkdir(parents=True)
    name = os.path.basename(arguments.program)
    linked = linked_libraries(arguments.program)
    packages = _DATA_PACKAGES + packages_of(linked)
    lay_out_libraries(linked, packages, arguments.out / "libraries")
    stripped = split_program(arguments.program, arguments.out)

    documents = arguments.out / "program/usr/share/doc" / name
    documents.mkdir(parents=True)
    shutil.copy(pathlib.Path(__file__).resolve().parents[2] / "LICENSE", documents / "copyright")
    bill = arguments.out / "program/usr/share/sbom" / f"{name}.spdx.json"
    bill.parent.mkdir(parents=True)
    bill.write_text(sbom.bill_of(stripped, arguments.version, packages, _COMPILED_IN.get(name, [])),
                    encoding="utf-8")


if __name__ == "__main__":
    main()
