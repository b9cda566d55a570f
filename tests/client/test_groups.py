"""The operations by their nouns: both clients offer the same, and every operation there is."""

from __future__ import annotations

import inspect
from types import ModuleType

from postroom.client.groups import asynchronous, blocking
from postroom.client.operations import (
    accounts,
    events,
    folders,
    installation,
    messages,
    oauth2,
    outbox,
    submissions,
    tokens,
    webhooks,
)
from postroom.client.transports.async_methods import AsyncGroup, AsyncListing, AsyncMethod
from postroom.client.transports.blocking_methods import BlockingGroup, BlockingListing, BlockingMethod

OPERATIONS = (accounts, events, folders, installation, messages, oauth2, outbox, submissions, tokens, webhooks)
NOT_METHODS = {"stream_request", "changes_request"}
"""Operations that are streams."""


def groups(module: ModuleType, base: type) -> dict[str, type]:
    found = inspect.getmembers(module, lambda each: inspect.isclass(each) and issubclass(each, base))
    return {name: each for name, each in found if each is not base}


def offered(group: type) -> dict[str, tuple[object, bool]]:
    """What a group offers: the operation of each method, and whether it is a list."""
    methods = (BlockingMethod, AsyncMethod, BlockingListing, AsyncListing)
    found = {name: each for name, each in vars(group).items() if isinstance(each, methods)}
    return {name: (each.operation, isinstance(each, BlockingListing | AsyncListing)) for name, each in found.items()}


def test_both_clients_offer_the_same() -> None:
    of_blocking, of_async = groups(blocking, BlockingGroup), groups(asynchronous, AsyncGroup)
    assert {f"Async{name}" for name in of_blocking} == set(of_async)
    for name, group in of_blocking.items():
        other = of_async[f"Async{name}"]
        assert offered(group) == offered(other)
        assert group.__doc__ == other.__doc__
        public = {member for member in vars(group) if not member.startswith("_")}
        assert public == {member for member in vars(other) if not member.startswith("_")}


def test_every_operation_is_offered_by_its_name() -> None:
    used = {operation for group in groups(blocking, BlockingGroup).values() for operation, _ in offered(group).values()}
    public = {
        function
        for module in OPERATIONS
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_") and name not in NOT_METHODS
    }
    assert used == public
