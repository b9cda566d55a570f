"""Run-time settings: defaults, changes, encryption at rest, and how soon others see a change."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from postroom.configuration.keys import Header, Snapshot, find_masked, shown
from postroom.configuration.runtime import RuntimeSettings
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox, SecretUnreadable
from postroom.storage.tables import settings

BOX = SecretBox(("a secret for tests",))


class Clock:
    """A clock that moves only when told to."""

    def __init__(self) -> None:
        self.now = 1_000_000

    def __call__(self) -> int:
        return self.now


async def test_first_start_makes_one_service_secret_and_keeps_it(db: Database) -> None:
    first = await RuntimeSettings(db, BOX).get()
    second = await RuntimeSettings(db, BOX).get()
    assert first.service_secret == second.service_secret
    assert len(bytes.fromhex(first.service_secret)) == 16
    assert (first.webhooks_enabled, first.webhooks, first.webhook_events) == (True, None, ("*",))


async def test_update_is_seen_at_once_and_null_restores_the_default(db: Database) -> None:
    runtime = RuntimeSettings(db, BOX)
    await runtime.get()
    changed = {"webhooks": "https://u:p@hooks.example/x", "webhookEvents": ["messageNew"], "notifyTextSize": 5}
    assert await runtime.update(changed) == list(changed)
    now = await runtime.get()
    assert (now.webhooks, now.webhook_events, now.notify_text_size) == (
        "https://u:p@hooks.example/x",
        ("messageNew",),
        5,
    )
    await runtime.update({"webhooks": None, "notifyTextSize": None})
    now = await runtime.get()
    assert (now.webhooks, now.notify_text_size, now.webhook_events) == (None, 2 * 1024 * 1024, ("messageNew",))


async def test_a_default_given_at_the_start_holds_until_a_value_is_stored(db: Database) -> None:
    runtime = RuntimeSettings(db, BOX, defaults={"serviceUrl": "https://start.example"})
    assert (await runtime.get()).service_url == "https://start.example"
    await runtime.update({"serviceUrl": "https://set.example"})
    assert (await runtime.get()).service_url == "https://set.example"
    await runtime.update({"serviceUrl": None})
    assert (await runtime.get()).service_url == "https://start.example"


async def test_a_reset_service_secret_is_a_new_one(db: Database) -> None:
    runtime = RuntimeSettings(db, BOX)
    before = (await runtime.get()).service_secret
    await runtime.update({"serviceSecret": None})
    after = (await runtime.get()).service_secret
    assert after
    assert after != before


async def test_a_change_made_elsewhere_is_seen_within_a_second_without_any_hint(db: Database) -> None:
    clock = Clock()
    here, elsewhere = RuntimeSettings(db, BOX, clock), RuntimeSettings(db, BOX, clock)
    await here.get()
    await elsewhere.update({"inboxNewOnly": True})
    here._hints.take()
    assert (await here.get()).inbox_new_only is False
    clock.now += 1000
    assert (await here.get()).inbox_new_only is True


async def test_secrets_are_not_readable_in_the_database(db: Database) -> None:
    runtime = RuntimeSettings(db, BOX)
    headers = [{"key": "X-Key", "value": "sesame"}]
    secret = {"serviceSecret": "tell nobody", "webhooks": "https://joe:sesame@x.example/"}
    await runtime.update({**secret, "webhooksCustomHeaders": headers})
    rows = await db.read(lambda conn: str(conn.execute(sa.text("SELECT name, value FROM settings")).all()))
    assert "sesame" not in rows
    assert "tell nobody" not in rows
    now = await runtime.get()
    assert now.webhooks_custom_headers == (Header("X-Key", "sesame"),)
    assert "sesame" not in repr(now)
    assert "tell nobody" not in repr(now)


async def test_what_is_shown_names_no_secret(db: Database) -> None:
    runtime = RuntimeSettings(db, BOX)
    await runtime.update(
        {
            "webhooks": "https://joe:sesame@x.example/in?a=1",
            "webhooksCustomHeaders": [{"key": "X-Key", "value": "sesame"}, {"key": "X-Empty", "value": ""}],
        }
    )
    seen = shown(await runtime.get())
    assert seen["webhooks"] == "https://******:******@x.example/in?a=1"
    assert seen["webhooksCustomHeaders"] == [{"key": "X-Key", "value": "******"}, {"key": "X-Empty", "value": ""}]
    assert seen["serviceSecret"] is True
    assert find_masked(seen) == ["webhooks", "webhooksCustomHeaders"]
    assert find_masked({"serviceSecret": "******"}) == ["serviceSecret"]
    assert find_masked({"webhooks": "https://joe:sesame@x.example/"}) == []


async def test_a_setting_that_cannot_be_opened_is_named_and_repaired_by_sending_it_anew(db: Database) -> None:
    runtime = RuntimeSettings(db, BOX)
    await runtime.update({"serviceSecret": "known"})
    damaged = sa.update(settings).where(settings.c.name == "serviceSecret").values(value="v1.abcdef01.damaged")
    await db.write(lambda conn: conn.execute(damaged) and None)
    found = await RuntimeSettings(db, BOX).get()
    with pytest.raises(SecretUnreadable, match="the setting 'serviceSecret'"):
        found.demand("webhooks", "serviceSecret")
    # What was signed with the lost secret does not pass, and nobody can guess the one in its place.
    assert len({"known", found.service_secret, (await RuntimeSettings(db, BOX).get()).service_secret}) == 3
    await runtime.update({"serviceSecret": "new"})
    assert (await RuntimeSettings(db, BOX).get()).service_secret == "new"


async def test_a_setting_that_cannot_be_opened_leaves_the_others_as_they_are(db: Database) -> None:
    runtime = RuntimeSettings(db, BOX)
    await runtime.update({"webhooks": "https://a.example/", "authServer": "https://b.example/", "notifyText": False})
    damaged = sa.update(settings).where(settings.c.name == "webhooks").values(value="v1.abcdef01.damaged")
    await db.write(lambda conn: conn.execute(damaged) and None)
    found = await RuntimeSettings(db, BOX).get()
    assert set(found.unreadable) == {"webhooks"}
    assert (found.webhooks, found.posts_everything) == (None, True)
    assert (found.demand("authServer").auth_server, found.notify_text) == ("https://b.example/", False)
    await runtime.update({"webhooks": None})
    found = await RuntimeSettings(db, BOX).get()
    assert (dict(found.unreadable), found.posts_everything) == ({}, False)


async def read_and_fresh(settings: RuntimeSettings) -> Snapshot:
    """Read the settings until no query is needed. On PostgreSQL the hint of a change may come late."""
    read = await settings.get()
    while settings.fresh() is not read:
        read = await settings.get()
    return read


async def test_settings_that_were_read_need_no_query_until_they_change(db: Database) -> None:
    settings = RuntimeSettings(db, BOX)
    assert settings.fresh() is None
    assert (await read_and_fresh(settings)).notify_text_size != 5
    await settings.update({"notifyTextSize": 5})
    assert settings.fresh() is None
    assert (await read_and_fresh(settings)).notify_text_size == 5


async def test_it_is_known_what_somebody_has_set(db: Database) -> None:
    runtime = RuntimeSettings(db, BOX, defaults={"serviceUrl": "https://x.example"})
    assert await runtime.chosen() == frozenset()
    assert runtime.defaults().service_url == "https://x.example"
    await runtime.update({"notifyText": True, "webhooks": "https://y.example"})
    assert await runtime.chosen() >= {"notifyText", "webhooks"}
    await runtime.update({"notifyText": None})
    assert "notifyText" not in await runtime.chosen()
