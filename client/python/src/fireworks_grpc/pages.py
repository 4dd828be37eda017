"""The pages of a List method, as one sequence of items."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Iterator
from typing import Any, Callable, Optional

from google.protobuf.message import Message


def items_field(response: Message) -> str:
    """The name of the list's field: the one that repeats messages."""
    for field in response.DESCRIPTOR.fields:
        if _is_repeated(field) and field.message_type is not None and not field.message_type.GetOptions().map_entry:
            return str(field.name)
    raise TypeError(f"{response.DESCRIPTOR.full_name} is no list")


def _is_repeated(field: Any) -> bool:
    # protobuf 7 has no label, protobuf 4 no is_repeated.
    if hasattr(field, "is_repeated"):
        return bool(field.is_repeated)
    return bool(field.label == field.LABEL_REPEATED)


def next_request(request: Any, response: Any) -> Optional[Any]:
    """The request of the page after `response`, or None after the last.

    The management API has page tokens; the Responses API has a cursor, `after`.
    """
    fields = request.DESCRIPTOR.fields_by_name
    if "page_token" in fields:
        name, value = "page_token", response.next_page_token
    elif "after" in fields and response.has_more:
        name, value = "after", response.last_id
    else:
        return None
    if not value:
        return None
    if value == getattr(request, name):
        raise RuntimeError(f"the page after {value!r} is that page itself")
    following = type(request)()
    following.CopyFrom(request)
    setattr(following, name, value)
    return following


class Pager:
    """Iterates over items and asks for pages as they are needed; `pages` has the responses themselves."""

    def __init__(self, fetch: Callable[[Any], Any], request: Any, limit: Optional[int]) -> None:
        self._fetch = fetch
        self._request = request
        self._limit = limit

    def pages(self) -> Iterator[Any]:
        request = self._request
        while request is not None:
            response = self._fetch(request)
            yield response
            request = next_request(request, response)

    def __iter__(self) -> Iterator[Any]:
        left = self._limit
        if left is not None and left <= 0:
            return
        for page in self.pages():
            for item in getattr(page, items_field(page)):
                yield item
                if left is not None:
                    left -= 1
                    if left == 0:
                        return


class AsyncPager:
    """As Pager, for `async for`."""

    def __init__(self, fetch: Callable[[Any], Awaitable[Any]], request: Any, limit: Optional[int]) -> None:
        self._fetch = fetch
        self._request = request
        self._limit = limit

    async def pages(self) -> AsyncIterator[Any]:
        request = self._request
        while request is not None:
            response = await self._fetch(request)
            yield response
            request = next_request(request, response)

    async def __aiter__(self) -> AsyncIterator[Any]:
        left = self._limit
        if left is not None and left <= 0:
            return
        async for page in self.pages():
            for item in getattr(page, items_field(page)):
                yield item
                if left is not None:
                    left -= 1
                    if left == 0:
                        return
