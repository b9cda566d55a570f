"""Makes operations into the methods of a client for programs without asyncio."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Generic, ParamSpec, Self, TypeVar, overload

from postroom.client.request import ApiRequest
from postroom.client.transports.blocking import BlockingTransport
from postroom.client.walking import Walk

__all__ = ["BlockingGroup", "BlockingListing", "BlockingMethod"]

P = ParamSpec("P")
T = TypeVar("T")


class BlockingGroup:
    """The operations of one noun, over the connections of a client."""

    __slots__ = ("transport",)

    def __init__(self, transport: BlockingTransport) -> None:
        self.transport = transport


class BlockingMethod(Generic[P, T]):
    """An operation as a method that returns its answer."""

    def __init__(self, operation: Callable[P, ApiRequest[T]]) -> None:
        self.operation = operation
        self.__doc__ = operation.__doc__

    @overload
    def __get__(self, group: None, owner: type) -> Self: ...
    @overload
    def __get__(self, group: BlockingGroup, owner: type) -> Callable[P, T]: ...
    def __get__(self, group: BlockingGroup | None, owner: type) -> Self | Callable[P, T]:
        if group is None:
            return self
        send = group.transport.send

        @wraps(self.operation)
        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            return send(self.operation(*args, **kwargs))

        return call


class BlockingListing(Generic[P, T]):
    """An operation as a method that returns an iterator over all items of a list."""

    def __init__(self, operation: Callable[P, Walk[T]]) -> None:
        self.operation = operation
        self.__doc__ = operation.__doc__

    @overload
    def __get__(self, group: None, owner: type) -> Self: ...
    @overload
    def __get__(self, group: BlockingGroup, owner: type) -> Callable[P, Iterator[T]]: ...
    def __get__(self, group: BlockingGroup | None, owner: type) -> Self | Callable[P, Iterator[T]]:
        if group is None:
            return self
        transport = group.transport

        @wraps(self.operation)
        def call(*args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
            return _walked(transport, self.operation(*args, **kwargs))

        return call


def _walked(transport: BlockingTransport, walk: Walk[T]) -> Iterator[T]:
    while (request := walk.request()) is not None:
        yield from walk.take(transport.send(request))
