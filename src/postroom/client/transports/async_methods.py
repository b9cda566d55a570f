"""Makes operations into the methods of a client for asyncio."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from functools import wraps
from typing import Any, Generic, ParamSpec, Self, TypeVar, overload

from postroom.client.request import ApiRequest
from postroom.client.transports.asynchronous import AsyncTransport
from postroom.client.walking import Walk

__all__ = ["AsyncGroup", "AsyncListing", "AsyncMethod"]

P = ParamSpec("P")
T = TypeVar("T")


class AsyncGroup:
    """The operations of one noun, over the connections of a client."""

    __slots__ = ("transport",)

    def __init__(self, transport: AsyncTransport) -> None:
        self.transport = transport


class AsyncMethod(Generic[P, T]):
    """An operation as a method that is awaited for its answer."""

    def __init__(self, operation: Callable[P, ApiRequest[T]]) -> None:
        self.operation = operation
        self.__doc__ = operation.__doc__

    @overload
    def __get__(self, group: None, owner: type) -> Self: ...
    @overload
    def __get__(self, group: AsyncGroup, owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, group: AsyncGroup | None, owner: type) -> Self | Callable[P, Coroutine[Any, Any, T]]:
        if group is None:
            return self
        send = group.transport.send

        @wraps(self.operation)
        async def call(*args: P.args, **kwargs: P.kwargs) -> T:
            return await send(self.operation(*args, **kwargs))

        return call


class AsyncListing(Generic[P, T]):
    """An operation as a method that returns an asynchronous iterator over all items of a list."""

    def __init__(self, operation: Callable[P, Walk[T]]) -> None:
        self.operation = operation
        self.__doc__ = operation.__doc__

    @overload
    def __get__(self, group: None, owner: type) -> Self: ...
    @overload
    def __get__(self, group: AsyncGroup, owner: type) -> Callable[P, AsyncIterator[T]]: ...
    def __get__(self, group: AsyncGroup | None, owner: type) -> Self | Callable[P, AsyncIterator[T]]:
        if group is None:
            return self
        transport = group.transport

        @wraps(self.operation)
        def call(*args: P.args, **kwargs: P.kwargs) -> AsyncIterator[T]:
            return _walked(transport, self.operation(*args, **kwargs))

        return call


async def _walked(transport: AsyncTransport, walk: Walk[T]) -> AsyncIterator[T]:
    while (request := walk.request()) is not None:
        for item in walk.take(await transport.send(request)):
            yield item
