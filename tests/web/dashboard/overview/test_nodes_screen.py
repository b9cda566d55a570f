"""The nodes, and making one hand over its accounts."""

from __future__ import annotations

import pytest

from postroom.cluster.node import Node
from postroom.web.dashboard.overview.nodes_screen import node_line
from tests.web.dashboard.overview.conftest import Installation


def node(**told: object) -> Node:
    usual = {"id": "a", "host": "h", "version": "1", "started_at": 0, "heartbeat_at": 0, "draining": False}
    counts = {"accounts": 1, "load": None, "taken_over": 0, "handed_over": 0, "age": 0}
    return Node(**{**usual, **counts, **told})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ({}, "live"),
        ({"draining": True}, "draining"),
        ({"age": 8_000}, "lost"),
        ({"age": 8_000, "draining": True}, "lost"),
    ],
)
def test_the_state_of_a_node(told: dict[str, object], state: str) -> None:
    assert node_line(node(**told)).state == state


def test_the_load_of_a_node_that_tells_it_and_of_one_that_does_not() -> None:
    told = node_line(node(load={"cpu": 0.5, "memory": 3 * 2**20, "waiting": {"host": 2, "node": 3}}))
    assert (told.cpu, told.memory, told.waiting) == (0.5, 3, 5)
    silent = node_line(node())
    assert (silent.cpu, silent.memory, silent.waiting) == (None, None, 0)


async def test_nodes_are_listed_with_their_load(installation: Installation) -> None:
    await installation.join("one", accounts=12, load={"cpu": 0.25, "memory": 2**27})
    await installation.join("two", accounts=None, draining=True)
    async with installation.site.operator() as person:
        text = (await person.open("/dashboard/nodes")).text
        part = (await person.open("/dashboard/nodes", **{"hx-request": "true"})).text
    assert 'data-node="one"' in text
    assert "128 MiB" in text
    assert 'data-state="draining"' in text
    assert "1 takes accounts" in text
    assert "<html" not in part
    assert 'data-node="two"' in part


async def test_a_node_is_drained_and_takes_accounts_again(installation: Installation) -> None:
    await installation.join("one")

    async def draining() -> bool:
        (found,) = await installation.site.gateway.desk.nodes.all()
        return found.draining

    async with installation.site.operator() as person:
        answer = await person.press("/dashboard/nodes/one/drain")
        assert (answer.status, answer.location) == (303, "/dashboard/nodes")
        assert await draining()
        assert "The node one hands over its accounts." in (await person.open("/dashboard/nodes")).text
        await person.press("/dashboard/nodes/one/end-drain")
        assert not await draining()


async def test_a_node_that_has_left_cannot_be_drained(installation: Installation) -> None:
    async with installation.site.operator() as person:
        answer = await person.press("/dashboard/nodes/gone/drain")
        assert (answer.status, answer.location) == (303, "/dashboard/nodes")
        assert "The node gone has left already." in (await person.open("/dashboard/nodes")).text


async def test_the_last_node_that_takes_accounts_is_drained_with_a_warning(installation: Installation) -> None:
    await installation.join("one")
    async with installation.site.operator() as person:
        assert "No other node takes accounts" in (await person.open("/dashboard/nodes")).text
        await installation.join("two")
        assert "No other node takes accounts" not in (await person.open("/dashboard/nodes")).text
