"""HTML, escaped where it is made: text goes in as str, markup comes out as Html."""

from __future__ import annotations

import dataclasses
import html
import re
from collections.abc import Iterable
from typing import Union

_WITHOUT_END = {"link", "meta"}


@dataclasses.dataclass(frozen=True)
class Html:
    """Markup that is complete and escaped."""

    text: str


# What an element holds: text, markup, or a row of both.
Content = Union[str, Html, Iterable["Content"]]


def render(content: Content) -> str:
    if isinstance(content, Html):
        return content.text
    if isinstance(content, str):
        return html.escape(content, quote=False)
    return "".join(render(part) for part in content)


def element(tag: str, *content: Content, **attributes: str) -> Html:
    """`<tag …>content</tag>`. `class_` is the attribute class; empty ones are left out."""
    written = "".join(
        f' {name.rstrip("_")}="{html.escape(value)}"' for name, value in attributes.items() if value
    )
    if tag in _WITHOUT_END:
        return Html(f"<{tag}{written}>")
    return Html(f"<{tag}{written}>{render(content)}</{tag}>")


def code(text: str) -> Html:
    return element("code", text)


def prose(text: str) -> Html:
    """Text with `code` between backticks."""
    parts = re.split(r"`([^`]*)`", text)
    return Html("".join(render(code(part) if i % 2 else part) for i, part in enumerate(parts)))


def paragraphs(text: str) -> Html:
    """A comment: paragraphs are apart by a blank line, lines in them run on."""
    return Html(
        "".join(
            element("p", prose(" ".join(paragraph.split()))).text
            for paragraph in re.split(r"\n\s*\n", text)
            if paragraph.strip()
        )
    )


def joined(parts: Iterable[Content], between: str = ", ") -> list[Content]:
    row: list[Content] = []
    for part in parts:
        if row:
            row.append(between)
        row.append(part)
    return row
