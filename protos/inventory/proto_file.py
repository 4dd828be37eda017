"""A .proto file of the management API, new or to be appended to."""

import re
import textwrap

import phrases

OPTION = "fireworks.options.v1"
IMPORTS = {
    "google.api.http": "google/api/annotations.proto",
    "google.protobuf.FieldMask": "google/protobuf/field_mask.proto",
    "google.protobuf.Timestamp": "google/protobuf/timestamp.proto",
    "google.protobuf.Duration": "google/protobuf/duration.proto",
    OPTION: "fireworks/options/v1/options.proto",
}


def wrap(text, indent):
    lines = []
    for paragraph in text.split("\n\n"):
        if lines:
            lines.append(" " * indent + "//")
        lines += [" " * indent + "// " + line
                  for line in textwrap.wrap(paragraph, 80 - indent - 3, break_on_hyphens=False)]
    return lines


class ProtoFile:
    """One .proto file, new or to be appended to."""

    def __init__(self, path, types, comments):
        self._path, self._types = path, types
        self._types_text, self._service = [], None
        self._title = comments.get(path.name, phrases.of_file(path.stem))

    def add_type(self, block):
        self._types_text.append(block)

    def add_rpcs(self, service, rpcs, comment):
        self._service = (service, rpcs, comment)

    def write(self):
        text = self._path.read_text() if self._path.exists() else None
        body = "\n\n".join(self._types_text)
        if text is None:
            parts = [self._service_text()] if self._service else []
            text = self._header() + "\n\n".join(parts + [body]) + "\n"
        else:
            if self._service:
                end = text.index("\n}\n", text.index("\nservice "))
                text = text[:end] + "\n\n" + "\n\n".join(self._service[1]) + text[end:]
            text = text.rstrip("\n") + "\n\n" + body + "\n"
        self._path.write_text(self._with_imports(text))

    def _service_text(self):
        name, rpcs, comment = self._service
        return "\n".join(wrap(comment, 0) + [f"service {name} {{", "\n\n".join(rpcs), "}"])

    def _header(self):
        return "\n".join(wrap(self._title, 0) + [
            'syntax = "proto3";', "", "package fireworks.gateway.v1;", "",
            'option go_package = "github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks/'
            'gateway/v1;gatewayv1";',
            "option java_multiple_files = true;",
            'option java_package = "com.fireworks.grpc.gateway.v1";', "", ""])

    def _with_imports(self, text):
        code = re.sub(r"//.*", "", text)
        used = {path for mark, path in IMPORTS.items() if mark in code}
        for name in set(re.findall(r"(?:^|[\s(,<])([A-Z]\w+)[.\s)>]", code)):
            stem = self._types.get(name)
            if stem and stem != self._path.stem and not re.search(rf"(message|enum) {name} ", code):
                used.add(f"fireworks/gateway/v1/{stem}.proto")
        lines = "".join(f'import "{path}";\n' for path in sorted(used))
        text = re.sub(r'^import "[^"]+";\n', "", text, flags=re.M)
        text = re.sub(r"(package fireworks.gateway.v1;\n\n)\n*", r"\1", text)
        package = "package fireworks.gateway.v1;\n\n"
        return text.replace(package, package + (lines + "\n" if lines else ""), 1)
