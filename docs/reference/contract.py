"""The contract as the reference shows it: read from a descriptor set.

Everything keeps its fully qualified name without a leading dot, which is also its
anchor in the reference; of an enum's value that is the enum's name and its own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

# Numbers of descriptor.proto's fields: paths in SourceCodeInfo are made of them.
_FILE_SYNTAX, _FILE_MESSAGE, _FILE_ENUM, _FILE_SERVICE, _FILE_EXTENSION = 12, 4, 5, 6, 7
_MESSAGE_FIELD, _MESSAGE_NESTED, _MESSAGE_ENUM, _MESSAGE_ONEOF = 2, 3, 4, 8
_ENUM_VALUE, _SERVICE_METHOD = 2, 2

_Path = tuple[int, ...]
_FieldProto = descriptor_pb2.FieldDescriptorProto


@dataclasses.dataclass(frozen=True)
class EnumValue:
    full_name: str
    name: str
    number: int
    comment: str


@dataclasses.dataclass(frozen=True)
class Enum:
    full_name: str
    title: str  # Within its package: Account.State.
    comment: str
    values: list[EnumValue]


@dataclasses.dataclass(frozen=True)
class Type:
    """Of a field or of a map's values: a scalar's name, or a message's or enum's."""

    name: str
    kind: str  # "scalar", "message" or "enum".


@dataclasses.dataclass(frozen=True)
class Field:
    full_name: str
    name: str
    number: int
    comment: str
    type: Type
    map_key: str  # The scalar that keys the map; empty: no map.
    repeated: bool  # False for maps.
    optional: bool  # Written `optional`.
    oneof: str  # Name of the oneof; empty: in none.
    json_name: str
    mapping: Any  # fireworks.options.v1.FieldMapping
    extends: str  # What an extension extends; empty: an ordinary field.


@dataclasses.dataclass(frozen=True)
class Oneof:
    full_name: str
    name: str
    comment: str


@dataclasses.dataclass(frozen=True)
class Message:
    full_name: str
    title: str  # Within its package: ChatMessage.Content.
    comment: str
    fields: list[Field]
    oneofs: list[Oneof]
    mapping: Any  # fireworks.options.v1.MessageMapping
    dialect: Any  # fireworks.options.v1.Dialect


@dataclasses.dataclass(frozen=True)
class Rpc:
    full_name: str
    name: str
    comment: str
    request: str
    response: str
    client_streaming: bool
    server_streaming: bool
    http: Any  # google.api.HttpRule, or None.
    mapping: Any  # fireworks.options.v1.MethodMapping


@dataclasses.dataclass(frozen=True)
class Service:
    full_name: str
    name: str
    comment: str
    rpcs: list[Rpc]


@dataclasses.dataclass(frozen=True)
class File:
    """One .proto file. Nested types follow the one they stand in."""

    name: str
    package: str
    comment: str
    services: list[Service]
    messages: list[Message]
    enums: list[Enum]
    extensions: list[Field]


@dataclasses.dataclass(frozen=True)
class Contract:
    files: list[File]
    messages: dict[str, Message]
    enums: dict[str, Enum]


def load(descriptor_set: bytes, package: str = "fireworks.") -> Contract:
    """Reads the files whose package begins with `package`; others are imports.

    The descriptor set must hold all imports, and comments.
    """
    plain = descriptor_pb2.FileDescriptorSet.FromString(descriptor_set)
    pool = descriptor_pool.DescriptorPool()
    for file in plain.file:
        pool.AddSerializedFile(file.SerializeToString())
    # Types made from the set itself know its options; Python's own do not. This is
    # the interface of protobuf 3.21, which is Debian's.
    factory = message_factory.MessageFactory(pool)
    factory.GetMessages([file.name for file in plain.file])
    set_type = factory.GetPrototype(pool.FindMessageTypeByName("google.protobuf.FileDescriptorSet"))
    options = _Options(pool, factory)
    files = [
        _FileReader(file, options).read()
        for file in set_type.FromString(descriptor_set).file
        if file.package.startswith(package)
    ]
    files.sort(key=lambda file: file.name)
    return Contract(
        files=files,
        messages={message.full_name: message for file in files for message in file.messages},
        enums={enum.full_name: enum for file in files for enum in file.enums},
    )


class _Options:
    """Reads custom options; one that is not set is its empty message."""

    def __init__(
        self, pool: descriptor_pool.DescriptorPool, factory: message_factory.MessageFactory
    ) -> None:
        self._pool = pool
        self._factory = factory

    def get(self, options: Any, extension: str) -> Any:
        descriptor = self._pool.FindExtensionByName(extension)
        if options.HasExtension(descriptor):
            return options.Extensions[descriptor]
        return self._factory.GetPrototype(descriptor.message_type)()

    def find(self, options: Any, extension: str) -> Any | None:
        descriptor = self._pool.FindExtensionByName(extension)
        return options.Extensions[descriptor] if options.HasExtension(descriptor) else None


class _FileReader:
    """One FileDescriptorProto as a File."""

    def __init__(self, file: Any, options: _Options) -> None:
        self._file = file
        self._options = options
        self._comments: dict[_Path, str] = {
            tuple(location.path): location.leading_comments
            for location in file.source_code_info.location
        }
        self._messages: list[Message] = []
        self._enums: list[Enum] = []

    def read(self) -> File:
        file = self._file
        for i, message in enumerate(file.message_type):
            self._read_message(message, (_FILE_MESSAGE, i), "")
        for i, enum in enumerate(file.enum_type):
            self._read_enum(enum, (_FILE_ENUM, i), "")
        return File(
            name=file.name,
            package=file.package,
            comment=self._comment((_FILE_SYNTAX,)),
            services=[self._service(s, (_FILE_SERVICE, i)) for i, s in enumerate(file.service)],
            messages=self._messages,
            enums=self._enums,
            extensions=[
                self._field(extension, (_FILE_EXTENSION, i), file.package, {}, [])
                for i, extension in enumerate(file.extension)
            ],
        )

    def _comment(self, path: _Path) -> str:
        """Without the blank that follows each `//`."""
        lines = self._comments.get(path, "").splitlines()
        return "\n".join(line.removeprefix(" ") for line in lines).strip()

    def _service(self, service: Any, path: _Path) -> Service:
        full_name = f"{self._file.package}.{service.name}"
        return Service(
            full_name=full_name,
            name=service.name,
            comment=self._comment(path),
            rpcs=[
                Rpc(
                    full_name=f"{full_name}.{method.name}",
                    name=method.name,
                    comment=self._comment((*path, _SERVICE_METHOD, i)),
                    request=method.input_type.removeprefix("."),
                    response=method.output_type.removeprefix("."),
                    client_streaming=method.client_streaming,
                    server_streaming=method.server_streaming,
                    http=self._options.find(method.options, "google.api.http"),
                    mapping=self._options.get(method.options, "fireworks.options.v1.method"),
                )
                for i, method in enumerate(service.method)
            ],
        )

    def _read_message(self, message: Any, path: _Path, outer: str) -> None:
        title = outer + message.name
        full_name = f"{self._file.package}.{title}"
        maps = {
            f".{full_name}.{nested.name}": nested
            for nested in message.nested_type
            if nested.options.map_entry
        }
        # `optional` is a oneof of one field to the compiler, and none to a reader.
        hidden = {field.oneof_index for field in message.field if field.proto3_optional}
        names = ["" if i in hidden else oneof.name for i, oneof in enumerate(message.oneof_decl)]
        self._messages.append(
            Message(
                full_name=full_name,
                title=title,
                comment=self._comment(path),
                fields=[
                    self._field(field, (*path, _MESSAGE_FIELD, i), full_name, maps, names)
                    for i, field in enumerate(message.field)
                ],
                oneofs=[
                    Oneof(f"{full_name}.{name}", name, self._comment((*path, _MESSAGE_ONEOF, i)))
                    for i, name in enumerate(names)
                    if name
                ],
                mapping=self._options.get(message.options, "fireworks.options.v1.message"),
                dialect=self._options.get(self._file.options, "fireworks.options.v1.dialect"),
            )
        )
        for i, nested in enumerate(message.nested_type):
            if not nested.options.map_entry:
                self._read_message(nested, (*path, _MESSAGE_NESTED, i), title + ".")
        for i, enum in enumerate(message.enum_type):
            self._read_enum(enum, (*path, _MESSAGE_ENUM, i), title + ".")

    def _read_enum(self, enum: Any, path: _Path, outer: str) -> None:
        full_name = f"{self._file.package}.{outer}{enum.name}"
        values = [
            EnumValue(
                full_name=f"{full_name}.{value.name}",
                name=value.name,
                number=value.number,
                comment=self._comment((*path, _ENUM_VALUE, i)),
            )
            for i, value in enumerate(enum.value)
        ]
        self._enums.append(Enum(full_name, outer + enum.name, self._comment(path), values))

    def _field(
        self, field: Any, path: _Path, scope: str, maps: dict[str, Any], oneofs: list[str]
    ) -> Field:
        entry = maps.get(field.type_name)
        return Field(
            full_name=f"{scope}.{field.name}",
            name=field.name,
            number=field.number,
            comment=self._comment(path),
            type=_type(field if entry is None else entry.field[1]),
            map_key="" if entry is None else _type(entry.field[0]).name,
            repeated=field.label == _FieldProto.LABEL_REPEATED and entry is None,
            optional=field.proto3_optional,
            oneof=oneofs[field.oneof_index] if field.HasField("oneof_index") else "",
            json_name=field.json_name,
            mapping=self._options.get(field.options, "fireworks.options.v1.field"),
            extends=field.extendee.removeprefix("."),
        )


def _type(field: Any) -> Type:
    if field.type == _FieldProto.TYPE_MESSAGE:
        return Type(field.type_name.removeprefix("."), "message")
    if field.type == _FieldProto.TYPE_ENUM:
        return Type(field.type_name.removeprefix("."), "enum")
    return Type(_FieldProto.Type.Name(field.type).removeprefix("TYPE_").lower(), "scalar")


def types_of_calls(contract: Contract) -> set[str]:
    """Full names of the messages that requests and answers of upstream calls are
    made of: those that have a JSON form. Types of other packages are not followed."""
    found: set[str] = set()
    open_names = [
        name
        for rpc in all_rpcs(contract)
        if not rpc.mapping.local
        for name in (rpc.request, rpc.response)
    ]
    while open_names:
        name = open_names.pop()
        if name in found or name not in contract.messages:
            continue
        found.add(name)
        open_names += [f.type.name for f in contract.messages[name].fields]
    return found


def all_rpcs(contract: Contract) -> Iterator[Rpc]:
    for file in contract.files:
        for service in file.services:
            yield from service.rpcs
