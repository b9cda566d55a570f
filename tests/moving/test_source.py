"""Asking an EmailEngine: what it refuses, and what is told then."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from postroom.moving.source import EmailEngine, NothingThere, SourceFailed, open_source
from postroom.words.strangers import NO_SECRETS
from tests.fakes.emailengine import TOKEN, FakeEmailEngine
from tests.fakes.ports import PortReservation
from tests.moving import documents


@pytest.fixture
def engine() -> Iterator[FakeEmailEngine]:
    with FakeEmailEngine(accounts=[documents.password_account()]) as running:
        yield running


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def source(engine: FakeEmailEngine, pauses: list[float]) -> Iterator[EmailEngine]:
    opened = open_source(f"{engine.url}/v1/", TOKEN, pause=pauses.append)
    with opened.http:
        yield opened


def test_an_address_may_end_in_the_path_of_the_api(source: EmailEngine) -> None:
    assert source.get("/v1/account/ada")["name"] == "Ada"


def test_what_is_not_there_is_told_apart(source: EmailEngine) -> None:
    with pytest.raises(NothingThere, match="/v1/account/nobody"):
        source.get("/v1/account/nobody")


def test_a_busy_server_is_asked_again_when_it_says(
    source: EmailEngine, engine: FakeEmailEngine, pauses: list[float]
) -> None:
    engine.busy = 2
    assert source.get("/v1/account/ada")["name"] == "Ada"
    assert pauses == [7.0, 7.0]


@pytest.mark.parametrize(("said", "seconds"), [("9" * 400, 30.0), ("²", 1.0), ("soon", 1.0)])
def test_no_server_decides_on_a_pause_alone(pauses: list[float], said: str, seconds: float) -> None:
    def answer(_request: httpx.Request) -> httpx.Response:
        busy = not pauses
        return (
            httpx.Response(429, headers=[(b"retry-after", said.encode("latin-1"))])
            if busy
            else httpx.Response(200, json={})
        )

    with httpx.Client(base_url="http://e.example", transport=httpx.MockTransport(answer)) as http:
        assert EmailEngine(http, NO_SECRETS, pauses.append).get("/v1/settings") == {}
    assert pauses == [seconds]


def test_a_host_that_no_resolver_takes_is_told() -> None:
    with open_source("http://a..b", TOKEN).http as http, pytest.raises(SourceFailed, match="Check its address"):
        EmailEngine(http, NO_SECRETS).get("/v1/settings")


def test_a_server_that_stays_busy_is_given_up(
    source: EmailEngine, engine: FakeEmailEngine, pauses: list[float]
) -> None:
    engine.busy = 100
    with pytest.raises(SourceFailed, match="429: Rate limit exceeded"):
        source.get("/v1/account/ada")
    assert len(pauses) == 5


def test_a_wrong_token_is_named_and_not_shown(engine: FakeEmailEngine) -> None:
    with open_source(engine.url, "geheim").http as http:
        source = EmailEngine(http, open_source(engine.url, "geheim").secrets)
        with pytest.raises(SourceFailed, match="refused the token") as refused:
            source.get("/v1/accounts")
    assert "geheim" not in str(refused.value)


def test_nobody_at_the_address_is_told_with_the_address_alone() -> None:
    reserved = PortReservation()
    source = open_source(f"http://user:geheim@127.0.0.1:{reserved.port}", TOKEN)
    with source.http, pytest.raises(SourceFailed, match=f"http://127.0.0.1:{reserved.port}") as failed:
        source.get("/v1/accounts")
    reserved.release()
    assert "geheim" not in str(failed.value)


@pytest.mark.parametrize(
    ("url", "token"), [("http://[", TOKEN), ("a.example", TOKEN), ("http://a.example", "tökeñ\u2028")]
)
def test_an_address_or_a_token_that_cannot_be_used_is_refused(url: str, token: str) -> None:
    with pytest.raises(SourceFailed, match="cannot be used"):
        open_source(url, token)


@pytest.mark.parametrize("body", [b"<html>", b"[1]"])
def test_another_server_is_recognised(
    engine: FakeEmailEngine, source: EmailEngine, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "answer", lambda _target, _authorization: (200, body))
    with pytest.raises(SourceFailed, match="is this the address of an EmailEngine"):
        source.get("/v1/accounts")


def test_words_of_the_server_are_made_fit(
    engine: FakeEmailEngine, source: EmailEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"message": f"no\x1b[31m {TOKEN}"}
    monkeypatch.setattr(engine, "answer", lambda _target, _authorization: (500, said))
    with pytest.raises(SourceFailed) as failed:
        source.get("/v1/accounts")
    assert TOKEN not in str(failed.value)
    assert "\x1b" not in str(failed.value)
