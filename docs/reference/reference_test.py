#!/usr/bin/env python3
"""The reference is complete and whole.

Completeness is measured against the descriptor set itself, which this reads with
code of its own.
"""

from __future__ import annotations

import html.parser
import pathlib
import posixpath
import unittest
import zipfile
from collections import Counter
from collections.abc import Iterator
from typing import Any

from google.protobuf import descriptor_pb2

REFERENCE = pathlib.Path("docs/reference/reference.zip")
DESCRIPTOR_SET = pathlib.Path("protos/contract.binpb")

WITHOUT_END = {"link", "meta"}


class Page(html.parser.HTMLParser):
    """One page: its anchors, its links, and the comment of each anchored element."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.ids: list[str] = []
        self.links: list[str] = []
        self.comments: Counter[str] = Counter()  # Letters of the comment, by id.
        self.text = ""
        self.problems: list[str] = []
        self._open: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()
        if self._open:
            self.problems.append(f"never closed: {[tag for tag, _ in self._open]}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        for name in ("href", "src"):
            if name in attributes:
                self.links.append(attributes[name] or "")
        if "id" in attributes:
            self.ids.append(attributes["id"] or "")
        if tag not in WITHOUT_END:
            self._open.append((tag, attributes))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1][0] != tag:
            self.problems.append(f"</{tag}> at {self.getpos()} closes nothing")
        else:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self.text += data
        commented = False
        for _, attributes in reversed(self._open):
            commented = commented or attributes.get("class") == "comment"
            if commented and attributes.get("id"):
                self.comments[str(attributes["id"])] += len(data.strip())
                return


def elements(descriptor_set: Any) -> Iterator[str]:
    """Full names of all that the reference must show."""

    def of_enum(enum: Any, scope: str) -> Iterator[str]:
        yield f"{scope}.{enum.name}"
        yield from (f"{scope}.{enum.name}.{value.name}" for value in enum.value)

    def of_message(message: Any, scope: str) -> Iterator[str]:
        name = f"{scope}.{message.name}"
        yield name
        yield from (f"{name}.{field.name}" for field in message.field)
        optional = {field.oneof_index for field in message.field if field.proto3_optional}
        for i, oneof in enumerate(message.oneof_decl):
            if i not in optional:
                yield f"{name}.{oneof.name}"
        for nested in message.nested_type:
            if not nested.options.map_entry:
                yield from of_message(nested, name)
        for enum in message.enum_type:
            yield from of_enum(enum, name)

    for file in descriptor_set.file:
        if not file.package.startswith("fireworks."):
            continue
        for service in file.service:
            yield f"{file.package}.{service.name}"
            yield from (f"{file.package}.{service.name}.{rpc.name}" for rpc in service.method)
        for message in file.message_type:
            yield from of_message(message, file.package)
        for enum in file.enum_type:
            yield from of_enum(enum, file.package)
        yield from (f"{file.package}.{extension.name}" for extension in file.extension)


class ReferenceTest(unittest.TestCase):
    files: dict[str, str]
    pages: dict[str, Page]
    expected: list[str]

    @classmethod
    def setUpClass(cls) -> None:
        with zipfile.ZipFile(REFERENCE) as archive:
            cls.files = {name: archive.read(name).decode("utf-8") for name in archive.namelist()}
        cls.pages = {n: Page(text) for n, text in cls.files.items() if n.endswith(".html")}
        descriptor_set = descriptor_pb2.FileDescriptorSet.FromString(DESCRIPTOR_SET.read_bytes())
        cls.expected = list(elements(descriptor_set))

    def test_there_is_something_to_check(self) -> None:
        self.assertGreater(len(self.expected), 3000)
        self.assertGreater(len(self.pages), 100)
        self.assertIn("reference/index.html", self.pages)

    def test_pages_are_well_formed(self) -> None:
        for name, page in self.pages.items():
            self.assertEqual(page.problems, [], name)

    def test_every_element_stands_on_one_page_once(self) -> None:
        shown = Counter(anchor for page in self.pages.values() for anchor in page.ids)
        expected = Counter(self.expected)
        self.assertEqual(expected - shown, Counter(), "missing")
        self.assertEqual(shown - expected, Counter(), "invented, or shown twice")

    def test_every_element_has_a_comment(self) -> None:
        for name, page in self.pages.items():
            for anchor in page.ids:
                self.assertGreater(page.comments[anchor], 0, f"{anchor} in {name}")

    def test_every_link_leads_somewhere(self) -> None:
        for name, page in self.pages.items():
            self.assertNotEqual(page.links, [], name)
            for link in page.links:
                path, _, anchor = link.partition("#")
                target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
                target = target if path else name
                self.assertIn(target, self.files, f"{link} in {name}")
                if anchor:
                    self.assertIn(anchor, self.pages[target].ids, f"{link} in {name}")

    def test_every_page_can_be_reached_from_the_index(self) -> None:
        reached: set[str] = set()
        left = ["reference/index.html"]
        while left:
            name = left.pop()
            if name in reached or name not in self.pages:
                continue
            reached.add(name)
            folder = posixpath.dirname(name)
            for link in self.pages[name].links:
                path = link.partition("#")[0]
                left.append(posixpath.normpath(posixpath.join(folder, path)) if path else name)
        self.assertEqual(set(self.pages) - reached, set())

    def test_every_backtick_has_become_code(self) -> None:
        for name, page in self.pages.items():
            self.assertNotIn("`", page.text, name)

    def test_pages_have_no_script(self) -> None:
        for name, text in self.files.items():
            self.assertNotIn("<script", text, name)


if __name__ == "__main__":
    unittest.main()
