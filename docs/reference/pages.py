"""The pages of the reference: one per .proto file, an index and a list of types.

Every service, RPC, message, field, oneof, enum and enum value stands on exactly one
page. Pages need no script and nothing from elsewhere.
"""

from __future__ import annotations

from collections import defaultdict

from contract import Contract, Enum, File, Message, Service
from links import Links, page_of_file
from markup import Content, Html, code, element, joined, paragraphs, render
from sections import Facts, Sections, http_of, summary

INDEX, TYPES, STYLE = "index.html", "types.html", "style.css"

_INTRODUCTION = """
All services, with the HTTP request that each RPC becomes. `docs/contract.md` says what a caller
should know of them, `docs/json-mapping.md` how messages look as JSON.

In the JSON of a field, `[string]` is an array of strings, `{string}` an object with strings
under any keys, `a | b` either of the two.
"""


def write_pages(contract: Contract, style: str) -> dict[str, str]:
    """The text of every file of the reference, by its path in it."""
    facts = Facts(contract)
    pages = {
        INDEX: _index(contract, Links(contract, INDEX)),
        TYPES: _types(contract, Links(contract, TYPES)),
        STYLE: style,
    }
    for file in contract.files:
        pages[page_of_file(file)] = _file(file, facts, Links(contract, page_of_file(file)))
    return pages


def _stem(file: File) -> str:
    return file.name.split("/")[-1].removesuffix(".proto")


def _page(links: Links, title: str, *body: Content) -> str:
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("link", rel="stylesheet", href=links.path(STYLE)),
    )
    navigation = element(
        "nav", links.to_page(INDEX, "Services"), " ", links.to_page(TYPES, "Messages and enums")
    )
    content = element("html", head, element("body", navigation, element("main", *body)), lang="en")
    return "<!DOCTYPE html>\n" + render(content) + "\n"


def _by_package(files: list[File]) -> dict[str, list[File]]:
    packages: defaultdict[str, list[File]] = defaultdict(list)
    for file in files:
        packages[file.package].append(file)
    # What can be called comes first.
    ordered = sorted(packages.items(), key=lambda item: not any(f.services for f in item[1]))
    return dict(ordered)


def _index(contract: Contract, links: Links) -> str:
    body: list[Content] = [element("h1", "Reference of the contract"), paragraphs(_INTRODUCTION)]
    for package, files in _by_package(contract.files).items():
        body.append(element("h2", package))
        body += [_service(service, links) for file in files for service in file.services]
        others = [file for file in files if not file.services]
        if others:
            pages = [links.to_page(page_of_file(file), _stem(file)) for file in others]
            body.append(element("p", "Messages: ", joined(pages), "."))
    return _page(links, "Reference", *body)


def _service(service: Service, links: Links) -> Html:
    rows = [
        element(
            "tr",
            element("td", links.to(rpc.full_name, rpc.name)),
            element("td", code(http_of(rpc, service) or "local")),
            element("td", "stream" if rpc.server_streaming or rpc.client_streaming else ""),
        )
        for rpc in service.rpcs
    ]
    return element(
        "section",
        element("h3", links.to(service.full_name, service.name)),
        paragraphs(summary(service.comment)),
        element("table", rows),
    )


def _types(contract: Contract, links: Links) -> str:
    body: list[Content] = [element("h1", "Messages and enums")]
    for package, files in _by_package(contract.files).items():
        types: list[Message | Enum] = [found for file in files for found in file.messages]
        types += [found for file in files for found in file.enums]
        types.sort(key=lambda found: found.title.lower())
        items = [element("li", links.to(found.full_name, found.title)) for found in types]
        body += [element("h2", package), element("ul", items, class_="columns")]
    return _page(links, "Messages and enums", *body)


def _file(file: File, facts: Facts, links: Links) -> str:
    sections = Sections(facts, links)
    return _page(
        links,
        f"{_stem(file)} – {file.package}",
        element("h1", _stem(file)),
        element("p", code(file.name), " in ", code(file.package), class_="note"),
        element("div", paragraphs(file.comment), class_="comment"),
        [sections.service(service) for service in file.services],
        [sections.message(message) for message in file.messages],
        [sections.enum(enum) for enum in file.enums],
        [sections.field(extension) for extension in file.extensions],
    )
