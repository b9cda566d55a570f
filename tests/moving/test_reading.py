"""The inventory of an EmailEngine, read over its API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from postroom.moving.reading import read_api
from postroom.moving.source import SourceFailed
from tests.fakes.emailengine import TOKEN, FakeEmailEngine
from tests.moving import documents


@pytest.fixture
def engine() -> Iterator[FakeEmailEngine]:
    running = FakeEmailEngine(
        accounts=[documents.password_account("ada"), documents.oauth2_account("ben+1@example.com")],
        apps=[documents.gmail_app()],
        settings={"webhooks": "https://u:geheim@example.com/hook", "serviceSecret": "geheim", "notifyText": True},
        routes=[{"id": "r", "name": "Orders", "enabled": True}],
        totals={"templates": 3, "tokens": 1},
    )
    with running:
        yield running


def test_everything_is_read_and_secrets_are_masked(engine: FakeEmailEngine) -> None:
    seen: list[tuple[int, int]] = []
    found = read_api(engine.url, TOKEN, progress=lambda read, of: seen.append((read, of)))
    assert found.accounts["ada"] == documents.password_account("ada", password=documents.MASK)
    assert found.accounts["ben+1@example.com"]["email"] == "ben+1@example.com@example.com"
    assert found.apps == {"AAAB": documents.gmail_app(secret=documents.MASK)}
    assert found.settings["webhooks"] == "https://******:******@example.com/hook"
    assert (found.settings["serviceSecret"], found.settings["notifyText"]) == (True, True)
    assert [route["name"] for route in found.routes] == ["Orders"]
    assert found.counted == {"templates": 3, "gateways": 0, "blocklists": 0, "tokens": 1, "outbox": 0}
    assert found.unread == ()
    assert seen == [(0, 2), (1, 2), (2, 2)]


def test_all_pages_are_read() -> None:
    with FakeEmailEngine(accounts=[documents.password_account(f"a{number}") for number in range(5)]) as engine:
        engine.largest_page = 2
        assert list(read_api(engine.url, TOKEN).accounts) == ["a0", "a1", "a2", "a3", "a4"]
        assert engine.asked.count("/v1/accounts") == 3


def test_an_account_that_is_deleted_meanwhile_is_left_out(engine: FakeEmailEngine) -> None:
    engine.gone = {"ada"}
    assert list(read_api(engine.url, TOKEN).accounts) == ["ben+1@example.com"]


def test_an_older_version_is_asked_for_each_setting(engine: FakeEmailEngine) -> None:
    engine.unknown_settings = {"imapIndexer", "notifyText"}
    found = read_api(engine.url, TOKEN)
    assert found.settings["webhooks"] == "https://******:******@example.com/hook"
    assert "notifyText" not in found.settings
    assert found.unread == ()


def test_parts_that_are_not_shown_are_told_and_the_rest_is_read(engine: FakeEmailEngine) -> None:
    engine.forbidden = {"/v1/oauth2", "/v1/settings", "/v1/tokens"}
    found = read_api(engine.url, TOKEN)
    assert len(found.accounts) == 2
    assert [sentence.partition(":")[0] for sentence in found.unread] == [
        "EmailEngine did not show the OAuth2 applications",
        "EmailEngine did not show the settings",
        "EmailEngine did not show the tokens",
    ]


def test_without_the_accounts_there_is_nothing_to_plan(engine: FakeEmailEngine) -> None:
    engine.forbidden = {"/v1/accounts"}
    with pytest.raises(SourceFailed, match="refused the token for GET /v1/accounts"):
        read_api(engine.url, TOKEN)
