"""Which page an element stands on, and links from page to page.

An element's anchor is its full name. Pages are called after .proto files.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from contract import Contract, File
from markup import Content, Html, element


def page_of_file(file: File) -> str:
    return file.name.removesuffix(".proto") + ".html"


def full_names(file: File) -> Iterator[str]:
    """Of all that a file defines."""
    for service in file.services:
        yield service.full_name
        yield from (rpc.full_name for rpc in service.rpcs)
    for message in file.messages:
        yield message.full_name
        yield from (oneof.full_name for oneof in message.oneofs)
        yield from (field.full_name for field in message.fields)
    for enum in file.enums:
        yield enum.full_name
        yield from (value.full_name for value in enum.values)
    yield from (extension.full_name for extension in file.extensions)


class Links:
    """Links that stand on one page."""

    def __init__(self, contract: Contract, page: str) -> None:
        self._page = page
        self._pages = {
            name: page_of_file(file) for file in contract.files for name in full_names(file)
        }
        self._packages = {file.package for file in contract.files}

    def to_page(self, page: str, *content: Content) -> Html:
        return element("a", *content, href=self.path(page))

    def to(self, full_name: str, *content: Content) -> Html:
        page = self._pages[full_name]
        path = "" if page == self._page else self.path(page)
        return element("a", *content, href=f"{path}#{full_name}")

    def type(self, name: str) -> Content:
        """A type's name without its package, as a link; others in full."""
        if name not in self._pages:
            return name
        package = max((p for p in self._packages if name.startswith(p + ".")), key=len)
        return self.to(name, name.removeprefix(package + "."))

    def path(self, page: str) -> str:
        return posixpath.relpath(page, posixpath.dirname(self._page) or ".")
