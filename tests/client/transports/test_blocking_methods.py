"""Operations as methods; both kinds are asked for the same."""

from __future__ import annotations

import inspect
from types import SimpleNamespace
from typing import Any

import pytest

from postroom.client.operations import accounts
from postroom.client.transports.async_methods import AsyncGroup, AsyncListing, AsyncMethod
from postroom.client.transports.blocking_methods import BlockingGroup, BlockingListing, BlockingMethod
from tests.client.transports.cases import KINDS, Kind
from tests.fakes.scripted_http import ScriptedHttp, refusal, reply


class Few(BlockingGroup):
    get = BlockingMethod(accounts.get)
    list = BlockingListing(accounts.listed)


class AsyncFew(AsyncGroup):
    get = AsyncMethod(accounts.get)
    list = AsyncListing(accounts.listed)


@pytest.mark.parametrize("group", [Few, AsyncFew])
def test_a_method_has_the_signature_and_the_words_of_its_operation(group: Any) -> None:
    transport = SimpleNamespace(send=None)
    for method, operation in ((group(transport).get, accounts.get), (group(transport).list, accounts.listed)):
        assert inspect.signature(method) == inspect.signature(operation)
        assert method.__doc__ == operation.__doc__
    assert group.get.operation is accounts.get
    assert group.list.operation is accounts.listed


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
async def test_a_list_is_read_page_by_page_and_a_page_is_asked_for_again(kind: Kind) -> None:
    found = [{"account": f"a{number:02}"} for number in range(30)]
    pages = (
        reply(200, {"total": 30, "accounts": found[:20]}),
        refusal(503, "StorageUnavailable", "Retry-After: 0"),
        reply(200, {"total": 30, "accounts": found[19:]}),
    )
    with ScriptedHttp(*pages) as server:
        client = kind(server.url)
        assert await client.all("accounts.list", state="connected", page_size=20) == found
        await client.close()
    assert len(server.requests) == 3
    assert b"/v1/accounts?page=0&pageSize=20&state=connected " in server.requests[0]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
async def test_nothing_is_asked_before_somebody_wants_an_item(kind: Kind) -> None:
    with ScriptedHttp(reply(200, {"total": 0, "accounts": []})) as server:
        client = kind(server.url)
        assert await client.taken("accounts.list", 0) == []
        await client.close()
    assert server.requests == []
