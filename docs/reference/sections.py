"""The elements of one .proto file as sections of its page.

Each carries its full name as `id`, and its comment in a `div` of class `comment`.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections import defaultdict
from collections.abc import Iterable

import words
from contract import Contract, Enum, Field, Message, Rpc, Service, types_of_calls
from links import Links
from markup import Content, Html, code, element, joined, paragraphs, prose


@dataclasses.dataclass(frozen=True)
class Use:
    """An RPC or a field that names a type."""

    full_name: str
    text: str


class Facts:
    """What a section must know of the rest of the contract."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.with_json = types_of_calls(contract)
        self.uses: defaultdict[str, list[Use]] = defaultdict(list)
        for file in contract.files:
            for service in file.services:
                for rpc in service.rpcs:
                    for name in dict.fromkeys((rpc.request, rpc.response)):
                        use = Use(rpc.full_name, f"{service.name}.{rpc.name}")
                        self.uses[name].append(use)
            for message in file.messages:
                for field in message.fields:
                    use = Use(field.full_name, f"{message.title}.{field.name}")
                    self.uses[field.type.name].append(use)
            for extension in file.extensions:
                self.uses[extension.type.name].append(Use(extension.full_name, extension.name))


def http_of(rpc: Rpc, service: Service) -> str:
    """Verb and path; a stream has its unary twin's. Empty: the RPC has none."""
    name = rpc.mapping.stream.stream_of or rpc.name
    twin = next(candidate for candidate in service.rpcs if candidate.name == name)
    return " ".join(words.verb_and_path(twin)).strip()


def summary(comment: str) -> str:
    """The first paragraph."""
    return comment.split("\n\n")[0]


class Sections:
    def __init__(self, facts: Facts, links: Links) -> None:
        self._facts = facts
        self._contract = facts.contract
        self._links = links

    def service(self, service: Service) -> Html:
        return element(
            "section",
            element("h2", "service ", self._links.to(service.full_name, service.name)),
            _comment(service.comment),
            [self._rpc(rpc, service) for rpc in service.rpcs],
            id=service.full_name,
        )

    def _rpc(self, rpc: Rpc, service: Service) -> Html:
        http = http_of(rpc, service)
        notes = words.request_words(rpc, self._contract) + words.method_words(rpc)
        return element(
            "section",
            element("h3", "rpc ", self._links.to(rpc.full_name, rpc.name)),
            element(
                "p",
                "stream " if rpc.client_streaming else "",
                self._links.type(rpc.request),
                " → ",
                "stream " if rpc.server_streaming else "",
                self._links.type(rpc.response),
                class_="signature",
            ),
            element("p", code(http), class_="http") if http else "",
            _comment(rpc.comment),
            _list(prose(note) for note in notes),
            id=rpc.full_name,
        )

    def message(self, message: Message) -> Html:
        has_json = message.full_name in self._facts.with_json
        shape = words.shape_words(message, self._contract) if has_json else ""
        oneofs = {oneof.name: oneof for oneof in message.oneofs}
        members: list[Content] = []
        # The arms of a oneof stand together.
        for name, fields in itertools.groupby(message.fields, lambda field: field.oneof):
            rows = [self.field(field, message) for field in fields]
            if not name:
                members += rows
                continue
            head = element("p", "oneof ", self._links.to(oneofs[name].full_name, name))
            comment = _comment(oneofs[name].comment)
            members.append(
                element("div", head, comment, rows, class_="oneof", id=oneofs[name].full_name)
            )
        return element(
            "section",
            element("h2", "message ", self._links.to(message.full_name, message.title)),
            _comment(message.comment),
            element("p", prose(shape), class_="note") if shape else "",
            self._used_in(message.full_name),
            members,
            id=message.full_name,
        )

    def field(self, field: Field, message: Message | None = None) -> Html:
        """A field of `message`, or an extension."""
        notes = words.field_words(field, message)
        return element(
            "div",
            element(
                "p",
                self._links.to(field.full_name, field.name),
                " ",
                element("span", self._type(field), class_="type"),
                f" = {field.number}",
                self._json(field, message),
                [[" ", element("span", prose(note), class_="flag")] for note in notes],
            ),
            element("p", "Extends ", code(field.extends), ".") if field.extends else "",
            _comment(field.comment),
            class_="field",
            id=field.full_name,
        )

    def _type(self, field: Field) -> Content:
        name = self._links.type(field.type.name)
        if field.map_key:
            return [f"map<{field.map_key}, ", name, ">"]
        label = "repeated " if field.repeated else "optional " if field.optional else ""
        return [label, name]

    def _json(self, field: Field, message: Message | None) -> Content:
        """The field's key and the JSON of its value."""
        if message is None or message.full_name not in self._facts.with_json:
            return ""
        if field.mapping.extra:
            return ""
        form = words.field_form(field, message, self._contract)
        key = f'"{field.json_name}": ' if words.has_key(field, message) else ""
        return [" ", element("code", key + form, class_="json")]

    def enum(self, enum: Enum) -> Html:
        values = [
            element(
                "div",
                element("p", self._links.to(value.full_name, value.name), f" = {value.number}"),
                _comment(value.comment),
                class_="field",
                id=value.full_name,
            )
            for value in enum.values
        ]
        return element(
            "section",
            element("h2", "enum ", self._links.to(enum.full_name, enum.title)),
            _comment(enum.comment),
            self._used_in(enum.full_name),
            values,
            id=enum.full_name,
        )

    def _used_in(self, full_name: str) -> Content:
        uses = self._facts.uses[full_name]
        if not uses:
            return ""
        places = [self._links.to(use.full_name, use.text) for use in uses]
        return element("p", "Used in ", joined(places), ".", class_="note")


def _comment(comment: str) -> Html:
    return element("div", paragraphs(comment), class_="comment")


def _list(items: Iterable[Content]) -> Content:
    found = [element("li", item) for item in items]
    return element("ul", found) if found else ""
