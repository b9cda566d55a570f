"""One suite for all kinds of mail server: what callers get does not depend on what the server can do."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from postroom.settings import Settings
from tests.api.conftest import TOKEN, Client, client_of
from tests.api.handlers.mail.conftest import connect
from tests.flows.mail_cases import CHANGES, MAILBOX, READS, Case, differences
from tests.live.dovecot import Dovecot, DovecotOptions, capabilities_without

pytestmark = pytest.mark.long

KINDS = {
    "QRESYNC": None,
    "CONDSTORE": capabilities_without("QRESYNC"),
    "bare": "IMAP4rev1",
}


@pytest.fixture(scope="module", params=list(KINDS))
def server(request: pytest.FixtureRequest, dovecot: Dovecot) -> Iterator[Dovecot]:
    """A Dovecot that offers what servers of this kind offer."""
    capability = KINDS[request.param]
    if capability is None:
        yield dovecot
        return
    with Dovecot(DovecotOptions(imap_capability=capability)) as limited:
        yield limited


class _Filled:
    """A client of an account whose mailbox holds the messages of `MAILBOX`."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.ids: dict[str, str] = {}

    async def learn(self) -> None:
        """Learn the ids of the messages, as a caller does: from lists."""
        for path in ("INBOX", "Entw%C3%BCrfe", "%5CTrash"):
            answer = await self.client.get(f"/v1/account/a/messages?path={path}")
            assert answer.status == 200, answer.text
            for message in answer.body["messages"]:
                name = message["messageId"].partition("@")[0].strip("<").replace("old", "deleted")
                self.ids[name] = message["id"]
                self.ids[f"{name}.text"] = message["text"]["id"]
                for attachment in message.get("attachments", []):
                    self.ids[f"{name}.attachment"] = attachment["id"]

    def put_in(self, value: Any) -> Any:
        """Put the ids where their names stand."""
        text = json.dumps(value, default=repr) if not isinstance(value, str) else value
        for name, id_ in self.ids.items():
            text = text.replace(f"{{{name}}}", id_)
        return text

    async def problems(self, case: Case) -> list[str]:
        """Send the request of a case; return what is wrong with the answer."""
        body = None if case.body is None else json.loads(self.put_in(case.body))
        answer = await self.client.ask(case.method, self.put_in(case.path), body)
        if answer.status != case.status:
            return [f"{case.name}: status {answer.status}: {answer.text[:300]}"]
        shown = answer.text if answer.body is None else answer.body
        found = [f"{case.name}: {each}" for each in differences(shown, self._expected(case.shows))]
        for each in case.then:
            found += [f"{case.name}: {problem}" for problem in await self.problems(each)]
        return found

    def _expected(self, shows: Any) -> Any:
        match shows:
            case str():
                return self.put_in(shows)
            case dict():
                return {name: self._expected(value) for name, value in shows.items()}
            case list():
                return [self._expected(each) for each in shows]
        return shows


def _fill(server: Dovecot, user: str) -> None:
    with server.side_door(user) as session:
        for mailbox, content, flags in MAILBOX.values():
            if mailbox not in ("INBOX", "Trash"):
                session.create(mailbox)
            status, told = session.append(mailbox, f"({' '.join(flags)})", "", content)
            assert status == "OK", told


@asynccontextmanager
async def filled(server: Dovecot, sqlite_url: str, folder: Path, user: str) -> AsyncIterator[_Filled]:
    _fill(server, user)
    settings = Settings(token=TOKEN, data_dir=folder, _env_file=None)
    async with client_of(sqlite_url, settings) as client:
        await connect(client, server.port, user)
        made = _Filled(client)
        await made.learn()
        yield made


async def test_reads(server: Dovecot, sqlite_url: str, tmp_path: Path) -> None:
    async with filled(server, sqlite_url, tmp_path, "reads") as mailbox:
        assert [each for case in READS for each in await mailbox.problems(case)] == []


@pytest.mark.parametrize("case", CHANGES, ids=lambda case: case.name.replace(" ", "-"))
async def test_changes(server: Dovecot, sqlite_url: str, tmp_path: Path, case: Case) -> None:
    async with filled(server, sqlite_url, tmp_path, f"changes-{CHANGES.index(case)}") as mailbox:
        assert await mailbox.problems(case) == []


def test_differences_are_found() -> None:
    shown = {"a": 1, "b": [{"c": 2}], "d": "more"}
    assert differences(shown, {"a": 1, "b": [{"c": ...}]}) == []
    assert differences(shown, {"a": 2}) == ["answer.a: 1, expected 2"]
    assert differences(shown, {"b": [{"c": 3}], "e": 1}) == ["answer.e is missing", "answer.b[0].c: 2, expected 3"]
    assert differences(shown, {"b": []}) == ["answer.b: [{'c': 2}], expected []"]
    assert differences(shown, {"a": lambda value: value > 1}) == ["answer.a: 1 is not as it must be"]
