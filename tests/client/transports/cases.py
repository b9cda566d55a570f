"""Both transports behind one face, so that what one does the other is asked for too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, Protocol

from postroom.client.asynchronous import AsyncPostroom
from postroom.client.blocking import Postroom
from postroom.client.retries import Retries

TOKEN = "the-token-of-these-tests"
QUICK = Retries(first_wait=0.001, longest_wait=0.02)

Kind = Callable[..., "Either"]


class Either(Protocol):
    """A client of one kind: `call` an operation by its dotted name, or `all` items of a list."""

    async def call(self, name: str, *args: Any, **more: Any) -> Any: ...

    async def all(self, name: str, *args: Any, **more: Any) -> list[Any]: ...

    async def taken(self, name: str, count: int, *args: Any, **more: Any) -> list[Any]: ...

    async def close(self) -> None: ...


class Blocking:
    """The client without asyncio, in a thread."""

    def __init__(self, url: str, *, retries: Retries = QUICK, **more: Any) -> None:
        self.client = Postroom(url, TOKEN, retries=retries, **more)

    async def call(self, name: str, *args: Any, **more: Any) -> Any:
        return await asyncio.to_thread(_method(self.client, name), *args, **more)

    async def all(self, name: str, *args: Any, **more: Any) -> list[Any]:
        return await asyncio.to_thread(lambda: list(_method(self.client, name)(*args, **more)))

    async def taken(self, name: str, count: int, *args: Any, **more: Any) -> list[Any]:
        def take() -> list[Any]:
            items: Iterator[Any] = _method(self.client, name)(*args, **more)
            return [next(items) for _ in range(count)]

        return await asyncio.to_thread(take)

    async def close(self) -> None:
        await asyncio.to_thread(self.client.close)


class Asynchronous:
    """The client for asyncio."""

    def __init__(self, url: str, *, retries: Retries = QUICK, **more: Any) -> None:
        self.client = AsyncPostroom(url, TOKEN, retries=retries, **more)

    async def call(self, name: str, *args: Any, **more: Any) -> Any:
        answer: Awaitable[Any] = _method(self.client, name)(*args, **more)
        return await answer

    async def all(self, name: str, *args: Any, **more: Any) -> list[Any]:
        return [item async for item in _method(self.client, name)(*args, **more)]

    async def taken(self, name: str, count: int, *args: Any, **more: Any) -> list[Any]:
        items: AsyncIterator[Any] = _method(self.client, name)(*args, **more)
        return [await anext(items) for _ in range(count)]

    async def close(self) -> None:
        await self.client.close()


def _method(client: object, name: str) -> Callable[..., Any]:
    found: Any = client
    for part in name.split("."):
        found = getattr(found, part)
    return found  # type: ignore[no-any-return]


KINDS: tuple[Kind, ...] = (Blocking, Asynchronous)
