"""The client for asyncio."""

from __future__ import annotations

import inspect

from postroom.client.asynchronous import AsyncPostroom
from postroom.client.blocking import Postroom
from tests.client.transports.cases import TOKEN


async def test_both_clients_have_the_same_groups_and_take_the_same() -> None:
    async with AsyncPostroom("http://h", TOKEN) as client:
        with Postroom("http://h", TOKEN) as other:
            groups = {name: type(value).__name__ for name, value in vars(client).items() if not name.startswith("_")}
            others = {name: f"Async{type(value).__name__}" for name, value in vars(other).items() if name[0] != "_"}
    assert groups == others
    assert len(groups) == 12
    assert list(inspect.signature(AsyncPostroom).parameters) == list(inspect.signature(Postroom).parameters)
