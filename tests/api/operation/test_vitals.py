"""The health of a process, with a real database."""

from __future__ import annotations

from dataclasses import replace

from postroom.configuration.keys import SEALED
from postroom.storage.sealing.secrets import SecretBox
from postroom.storage.sealing.soundness import Soundness
from tests.api.conftest import Client


async def test_a_healthy_gateway_has_no_reasons_and_no_warnings(client: Client) -> None:
    assert await client.api.vitals.reasons() == []
    assert await client.api.vitals.warnings() == []


async def test_the_reasons_of_other_rooms_come_first(client: Client) -> None:
    vitals = replace(client.api.vitals, checks={"well": lambda: None, "ill": lambda: "no supervisor is running"})
    assert await vitals.reasons() == ["no supervisor is running"]


async def test_a_database_that_is_closed_is_one_reason(client: Client) -> None:
    await client.db.close()
    reasons = await client.api.vitals.reasons()
    assert reasons == ["the database does not answer"]
    await client.db.start()


PLACES = ("accounts", "settings")


async def test_secrets_that_this_key_does_not_open_are_counted_by_place(client: Client) -> None:
    await client.register("ada")
    other = Soundness(client.db, SecretBox(("another secret",)), SEALED)
    vitals = replace(client.api.vitals, soundness=other)
    await other.look(set())
    # The secret that signs webhooks was made when the settings were read for the registration.
    told = [f"{place}: the stored secrets of 1 cannot be opened; postroom doctor names them" for place in PLACES]
    assert await vitals.warnings() == told
    # Health says that the database is away; that nothing is known of secrets then is no news.
    await client.db.close()
    assert await vitals.warnings() == []
    await client.db.start()
