"""Whatever happens to the database in the middle of a call, the answer is true: stored, not stored, or not known."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import pytest
import sqlalchemy as sa

from postroom.api.pipeline.errors import UNKNOWN, UNSTORED
from postroom.api.routes.table import ROUTES
from postroom.cluster import heartbeat_store
from postroom.settings import Settings
from postroom.storage.database import Database
from postroom.storage.schema.sending import submission_recipients, submissions
from postroom.storage.tables import (
    account_settings,
    accounts,
    deliveries,
    events,
    meta,
    metadata,
    oauth2_apps,
    oauth2_consents,
    oauth2_refreshes,
)
from tests.api.conftest import IMAP, SMTP, Answer, Client, client_of
from tests.api.listening import announce
from tests.fakes.databases import opened
from tests.fakes.failing_database import FailingDatabase, Fault, contents
from tests.fakes.fault_proxy import FaultProxy
from tests.fakes.openid_provider import OpenIdProvider
from tests.fakes.ports import PortReservation

pytestmark = pytest.mark.long

# Sorted once: that takes a millisecond.
_TABLES: Final = metadata.sorted_tables


@dataclass
class Stage:
    """Where calls are prepared: `number` makes names that are used once."""

    client: Client
    provider: OpenIdProvider
    silent_port: int
    number: int = 0

    @property
    def name(self) -> str:
        return f"name{self.number}"

    @property
    def nobody(self) -> dict[str, Any]:
        """Settings of a server that refuses every connection."""
        return {**IMAP, "host": "127.0.0.1", "port": self.silent_port}

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask for what must work."""
        answer = await self.client.ask(method, path, body)
        assert answer.status == 200, answer.text
        return answer.body

    async def account(self, **more: Any) -> str:
        block = {} if "oauth2" in more else {"imap": IMAP}
        await self.ask("POST", "/v1/account", {"account": self.name, "name": "Jo", **block, **more})
        return f"/v1/account/{self.name}"

    async def app(self) -> str:
        await self.ask("POST", "/v1/oauth2", self.provider.application(id=self.name, imap=IMAP_SERVER))
        return f"/v1/oauth2/{self.name}"

    async def endpoint(self) -> str:
        body = {"url": f"http://127.0.0.1:{self.silent_port}/"}
        return f"/v1/webhooks/{(await self.ask('POST', '/v1/webhooks', body))['id']}"

    async def token(self) -> dict[str, str]:
        made: dict[str, str] = await self.ask("POST", "/v1/tokens", {"description": self.name})
        return made

    async def write(self, statement: sa.Executable) -> None:
        await self.client.db.write(lambda conn: conn.execute(statement) and None)


IMAP_SERVER: Final = {"host": "imap.example.com", "port": 993}
Prepared = tuple[str, Any]
"""The path and the body of a call."""


@dataclass(frozen=True)
class Case:
    """A call of one route. `stores` says that it changes something when it works.

    `aside` is what the gateway notes for itself, and nobody asks for: whether it can write, who renews a token.
    """

    method: str
    route: str
    prepare: Callable[[Stage], Awaitable[Prepared]] = field(repr=False)
    stores: bool = True
    aside: tuple[sa.Table, ...] = (meta, oauth2_refreshes)

    @property
    def tables(self) -> list[sa.Table]:
        """Where it stores what was asked for."""
        return [table for table in _TABLES if table not in self.aside]

    def __str__(self) -> str:
        return f"{self.method} {self.route} {self.prepare.__name__}"


async def new_account(stage: Stage) -> Prepared:
    return "/v1/account", {"account": stage.name, "name": "Jo", "imap": IMAP}


async def new_account_with_an_id_of_ours(stage: Stage) -> Prepared:
    return "/v1/account", {"account": None, "name": "Jo", "imap": IMAP}


async def account_again(stage: Stage) -> Prepared:
    await stage.account()
    return "/v1/account?upsert=true", {"account": stage.name, "name": "Other", "imap": IMAP}


async def account_by_consent(stage: Stage) -> Prepared:
    await stage.app()
    return "/v1/account", {
        "account": stage.name,
        "name": "Jo",
        "oauth2": {"provider": stage.name, "authorize": True, "redirectUrl": "https://app.example.com/"},
    }


async def change_of_account(stage: Stage) -> Prepared:
    return await stage.account(), {"name": "Other", "metadata": {"a": "b"}}


async def removal_of_account(stage: Stage) -> Prepared:
    return await stage.account(), None


async def removal_with_revocation(stage: Stage) -> Prepared:
    await stage.app()
    oauth2 = {"provider": stage.name, "auth": {"user": stage.name}, "refreshToken": stage.provider.grant(stage.name)}
    await stage.account(oauth2=oauth2)
    return f"/v1/account/{stage.name}?revoke=true", None


def told(command: str) -> Callable[[Stage], Awaitable[Prepared]]:
    async def command_to_account(stage: Stage) -> Prepared:
        path = await stage.account()
        await stage.write(sa.update(accounts).values(state="connected"))
        return f"{path}/{command}", {command: True}

    return command_to_account


async def settings_to_try(stage: Stage) -> Prepared:
    return "/v1/verifyAccount", {"imap": stage.nobody, "smtp": stage.nobody}


async def grant_to_try(stage: Stage) -> Prepared:
    await stage.app()
    oauth2 = {"provider": stage.name, "auth": {"user": stage.name}, "refreshToken": stage.provider.grant(stage.name)}
    return "/v1/verifyAccount", {"imap": {"host": "127.0.0.1", "port": stage.silent_port}, "oauth2": oauth2}


async def link_to_sign_in(stage: Stage) -> Prepared:
    return "/v1/authentication/form", {"redirectUrl": "https://app.example.com/"}


async def account_to_examine(stage: Stage) -> Prepared:
    return f"{await stage.account(imap=stage.nobody)}/diagnosis", None


async def account_with_a_token_that_is_due(stage: Stage) -> Prepared:
    await stage.app()
    await stage.ask("POST", "/v1/settings", {"enableOAuthTokensApi": True})
    grant = {"accessToken": "old", "expires": "2020-01-01T00:00:00Z", "refreshToken": stage.provider.grant(stage.name)}
    await stage.account(oauth2={"provider": stage.name, "auth": {"user": stage.name}, **grant})
    return f"/v1/account/{stage.name}/oauth-token", None


async def account_to_examine_with_a_token_that_is_due(stage: Stage) -> Prepared:
    await account_with_a_token_that_is_due(stage)
    server = {"imap": {"host": "127.0.0.1", "port": stage.silent_port}}
    await stage.ask("PUT", f"/v1/account/{stage.name}", server)
    return f"/v1/account/{stage.name}/diagnosis", None


async def settings_to_examine(stage: Stage) -> Prepared:
    return "/v1/diagnosis", {"imap": stage.nobody}


async def new_token(stage: Stage) -> Prepared:
    return "/v1/tokens", {"description": stage.name}


async def new_token_by_the_older_path(stage: Stage) -> Prepared:
    return "/v1/token", {"description": stage.name}


async def removal_of_token(stage: Stage) -> Prepared:
    return f"/v1/tokens/{(await stage.token())['id']}", None


async def removal_of_token_by_itself(stage: Stage) -> Prepared:
    return f"/v1/token/{(await stage.token())['token']}", None


async def new_app(stage: Stage) -> Prepared:
    # Accounts that wait for the application are tried again with it.
    await stage.app()
    oauth2 = {"provider": stage.name, "auth": {"user": stage.name}}
    await stage.account(oauth2=oauth2)
    await stage.write(sa.update(accounts).values(state="authenticationError"))
    await stage.ask("DELETE", f"/v1/oauth2/{stage.name}")
    return "/v1/oauth2", stage.provider.application(id=stage.name, imap=IMAP_SERVER)


async def change_of_app(stage: Stage) -> Prepared:
    path, _ = await removal_of_app(stage)
    await stage.account(oauth2={"provider": stage.name, "auth": {"user": stage.name}})
    await stage.write(sa.update(accounts).values(state="authenticationError"))
    return path, {"title": "Another"}


async def removal_of_app(stage: Stage) -> Prepared:
    return await stage.app(), None


async def app_to_try(stage: Stage) -> Prepared:
    return f"{await stage.app()}/verify", {"testConnection": False}


async def change_of_settings(stage: Stage) -> Prepared:
    return "/v1/settings", {"pageBrandName": stage.name, "locale": None}


async def new_endpoint(stage: Stage) -> Prepared:
    return "/v1/webhooks", {"url": "https://app.example.com/hooks"}


async def change_of_endpoint(stage: Stage) -> Prepared:
    return await stage.endpoint(), {"description": stage.name}


async def switch_of_the_global_endpoint(stage: Stage) -> Prepared:
    return "/v1/webhooks/global", {"enabled": stage.number % 2 == 0}


async def removal_of_endpoint(stage: Stage) -> Prepared:
    return await stage.endpoint(), None


async def rotation(stage: Stage) -> Prepared:
    return f"{await stage.endpoint()}/rotate", {"overlap": 60}


async def trial_of_endpoint(stage: Stage) -> Prepared:
    return f"{await stage.endpoint()}/test", None


async def replay(stage: Stage) -> Prepared:
    path, since = await stage.endpoint(), "2020-01-01T00:00:00Z"
    await stage.account()
    for number in range(4):
        await announce(stage.client, stage.name, "messageNew", uid=number)
    await stage.write(sa.update(events).values(routed=True))
    return f"{path}/replay", {"since": since, "account": stage.name}


async def delivery_again(stage: Stage) -> Prepared:
    path, body = await replay(stage)
    await stage.ask("POST", path, body)
    await stage.write(sa.update(deliveries).values(state="delivered", finished_at=1))
    endpoint = path.removesuffix("/replay")
    shown = await stage.ask("GET", f"{endpoint}/deliveries")
    return f"{endpoint}/deliveries/{shown['deliveries'][0]['id']}/replay", None


async def letter(stage: Stage) -> Prepared:
    body = {"from": "jo@example.com", "to": "ada@example.com", "subject": "Offer", "text": "Hello"}
    return f"{await stage.account(smtp=SMTP)}/submit", body


async def submitted(stage: Stage, state: str = "queued") -> str:
    path, body = await letter(stage)
    queue_id = (await stage.ask("POST", path, body))["queueId"]
    this = submissions.c.queue_id == queue_id
    await stage.write(sa.update(submissions).where(this).values(state=state))
    if state != "queued":
        its = submission_recipients.c.submission.in_(sa.select(submissions.c.id).where(this))
        await stage.write(sa.update(submission_recipients).where(its).values(state="unknown"))
    return f"/v1/outbox/{queue_id}"


async def cancellation(stage: Stage) -> Prepared:
    return await submitted(stage), None


async def another_try(stage: Stage) -> Prepared:
    return f"{await submitted(stage, 'failed')}/retry", None


async def decision(stage: Stage) -> Prepared:
    return f"{await submitted(stage, 'unknown')}/resolve", {"as": "sent"}


async def pause_of_account(stage: Stage) -> Prepared:
    return f"{await stage.account(smtp=SMTP)}/sending", {"paused": True}


async def pause_of_all(stage: Stage) -> Prepared:
    return "/v1/settings/queue/submit", {"paused": stage.number % 2 == 1}


async def drain(stage: Stage) -> Prepared:
    await stage.client.db.write(partial(heartbeat_store.enter, node=stage.name, host="h", version="1"))
    return f"/v1/nodes/{stage.name}/drain", None


async def end_of_drain(stage: Stage) -> Prepared:
    path, _ = await drain(stage)
    await stage.ask("POST", path)
    return path, None


_RENEWAL: Final = (meta, oauth2_refreshes, account_settings)
_A: Final = "/v1/account/{account}"
_W: Final = "/v1/webhooks/{id}"
_O: Final = "/v1/outbox/{queueId}"
CASES: Final = (
    Case("POST", "/v1/account", new_account),
    Case("POST", "/v1/account", new_account_with_an_id_of_ours),
    Case("POST", "/v1/account", account_again),
    Case("POST", "/v1/account", account_by_consent),
    Case("PUT", _A, change_of_account),
    Case("DELETE", _A, removal_of_account),
    Case("DELETE", _A, removal_with_revocation),
    *(Case("PUT", f"{_A}/{command}", told(command)) for command in ("reconnect", "disconnect", "sync", "flush")),
    Case("POST", "/v1/verifyAccount", settings_to_try, stores=False),
    # The successor of a refresh token that a trial used up is kept for the registration.
    Case("POST", "/v1/verifyAccount", grant_to_try, stores=False, aside=(meta, oauth2_refreshes, oauth2_consents)),
    Case("POST", "/v1/authentication/form", link_to_sign_in),
    Case("POST", f"{_A}/diagnosis", account_to_examine, stores=False),
    Case("POST", "/v1/diagnosis", settings_to_examine, stores=False),
    Case("POST", f"{_A}/diagnosis", account_to_examine_with_a_token_that_is_due, stores=False, aside=_RENEWAL),
    Case("GET", f"{_A}/oauth-token", account_with_a_token_that_is_due, stores=False, aside=_RENEWAL),
    Case("POST", "/v1/tokens", new_token),
    Case("POST", "/v1/token", new_token_by_the_older_path),
    Case("DELETE", "/v1/tokens/{id}", removal_of_token),
    Case("DELETE", "/v1/token/{token}", removal_of_token_by_itself),
    Case("POST", "/v1/oauth2", new_app),
    Case("PUT", "/v1/oauth2/{app}", change_of_app),
    Case("DELETE", "/v1/oauth2/{app}", removal_of_app),
    # The result of the last check is noted with the application.
    Case("POST", "/v1/oauth2/{app}/verify", app_to_try, stores=False, aside=(meta, oauth2_refreshes, oauth2_apps)),
    Case("POST", "/v1/settings", change_of_settings),
    Case("POST", "/v1/webhooks", new_endpoint),
    Case("PUT", _W, change_of_endpoint),
    Case("PUT", _W, switch_of_the_global_endpoint),
    Case("DELETE", _W, removal_of_endpoint),
    Case("POST", f"{_W}/rotate", rotation),
    Case("POST", f"{_W}/test", trial_of_endpoint, stores=False),
    Case("POST", f"{_W}/replay", replay),
    Case("POST", f"{_W}/deliveries/{{delivery}}/replay", delivery_again),
    Case("POST", f"{_A}/submit", letter),
    Case("DELETE", _O, cancellation),
    Case("POST", f"{_O}/retry", another_try),
    Case("POST", f"{_O}/resolve", decision),
    Case("PUT", f"{_A}/sending", pause_of_account),
    Case("PUT", "/v1/settings/queue/submit", pause_of_all),
    Case("POST", "/v1/nodes/{id}/drain", drain),
    Case("DELETE", "/v1/nodes/{id}/drain", end_of_drain),
)


def test_every_route_that_may_change_something_is_here() -> None:
    # The others change the mailbox at its server, within the time that the caller allows.
    ours = [route for route in ROUTES if "X-EE-Timeout" not in route.headers]
    changing = {(route.method, route.path) for route in ours if route.method != "GET"}
    assert {(case.method, case.route) for case in CASES} >= changing


@asynccontextmanager
async def staged(
    url: str, settings: Settings, wrap: Callable[[Database], Database] = lambda db: db
) -> AsyncIterator[Stage]:
    port = PortReservation()
    try:
        async with OpenIdProvider() as provider, client_of(url, settings, wrap=wrap) as client:
            stage = Stage(client, provider, port.port)
            await stage.ask("POST", "/v1/settings", {"serviceUrl": "https://postroom.example.com"})
            # The service secret is made when it is first needed, which is here.
            await stage.ask("GET", "/v1/settings")
            yield stage
    finally:
        port.release()


@pytest.fixture(autouse=True)
def _small_batches_and_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A replay takes several transactions, and waiting for the database takes no time."""
    monkeypatch.setattr("postroom.webhooks.history.deliveries.BATCH", 2)
    monkeypatch.setattr("postroom.storage.outage._PAUSE", 0.01)
    monkeypatch.setattr("postroom.submission.accepting.service._PAUSES_AFTER_UNKNOWN", (0.01,))


def check_truth(answer: Answer, case: Case, changed: bool, *, lost: bool) -> None:
    """`changed` says whether the database holds something else than before; `lost`, that a commit had no answer."""
    if answer.status == 200:
        assert changed == case.stores, "it says that it was stored"
        return
    assert answer.status == 503, answer.text
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.body["error"] == answer.body["message"]
    if answer.body["code"] == "OutcomeUnknown":
        # A submission can be repeated under its key, and says so.
        is_repeatable = "Idempotency-Key" in answer.body["message"]
        assert is_repeatable if case.prepare is letter else answer.body["message"] == UNKNOWN
        assert lost
        assert case.stores, "nothing was asked to be stored"
    else:
        assert (answer.body["code"], answer.body["message"]) == ("StorageUnavailable", UNSTORED)
        assert not changed, "it says that nothing was stored"


@pytest.mark.parametrize("fault", ["before", "after", "blink"])
@pytest.mark.parametrize("case", CASES, ids=str)
async def test_at_whatever_call_the_database_goes_away_the_answer_is_true(
    sqlite_url: str, settings: Settings, case: Case, fault: Fault
) -> None:
    answers = []
    async with staged(sqlite_url, settings, FailingDatabase) as stage:
        db = stage.client.db
        assert isinstance(db, FailingDatabase)
        while True:
            stage.number += 1
            path, body = await case.prepare(stage)
            before = await db.read(partial(contents, tables=case.tables))
            # Settings and tokens are remembered for a second; here each call reads them anew.
            stage.client.api.runtime._forget()
            db.fail(stage.number, fault)
            answer = await stage.client.ask(case.method, path, body)
            db.heal()
            after = await db.read(partial(contents, tables=case.tables))
            check_truth(answer, case, after != before, lost=fault != "before" and db.hits > 0)
            answers.append(answer.status)
            if not db.hits:
                break
    assert answers[-1] == 200
    assert len(answers) > 1 or not case.stores, "it went away at least once"


@pytest.mark.postgres
async def test_on_postgresql_a_lost_answer_and_a_lost_commit_are_told_apart_from_a_failure(
    postgres_url: str, settings: Settings
) -> None:
    parts = sa.make_url(postgres_url)
    async with opened(postgres_url) as near, FaultProxy(str(parts.host), int(parts.port or 5432)) as proxy:
        far = parts.set(host=proxy.host, port=proxy.port).render_as_string(hide_password=False)
        async with staged(far, settings) as stage:
            for case in CASES:
                for fault in ("answer", "commit", "statement"):
                    stage.number += 1
                    path, body = await case.prepare(stage)
                    before = await near.read(partial(contents, tables=case.tables))
                    losses = proxy.losses
                    if fault == "statement":
                        await proxy.refuse()
                        proxy.cut()
                    else:
                        {"answer": proxy.lose_answer, "commit": proxy.lose}[fault](b"COMMIT")
                    answer = await stage.client.ask(case.method, path, body)
                    await proxy.accept()
                    proxy.heal()
                    changed = await near.read(partial(contents, tables=case.tables)) != before
                    lost = proxy.losses > losses
                    assert lost or fault == "statement" or not case.stores, str(case)
                    try:
                        check_truth(answer, case, changed, lost=lost)
                    except AssertionError as error:
                        error.add_note(f"{case}, {fault}: {answer.text}")
                        raise


async def test_what_was_stored_is_shown_though_the_database_is_away_by_then(
    sqlite_url: str, settings: Settings
) -> None:
    """The secret of an endpoint is answered once: an answer that cannot be given again must be given."""
    async with staged(sqlite_url, settings, FailingDatabase) as stage:
        db = stage.client.db
        assert isinstance(db, FailingDatabase)
        for path, body in (
            ("/v1/webhooks", {"url": "https://app.example.com/hooks"}),
            ("/v1/tokens", {"description": "x"}),
            ("/v1/oauth2", stage.provider.application(imap=IMAP_SERVER)),
        ):
            # After the one write, nothing can be read or written.
            writes = 0
            write = db.write

            async def write_once(*args: Any, _write: Any = write, **more: Any) -> Any:
                nonlocal writes
                writes += 1
                result = await _write(*args, **more)
                db.fail(1, "before")
                return result

            db.write = write_once  # type: ignore[method-assign]
            answer = await stage.client.post(path, body)
            del db.write
            db.heal()
            assert (answer.status, writes) == (200, 1), answer.text


async def test_a_replay_that_was_cut_short_says_where_to_go_on(sqlite_url: str, settings: Settings) -> None:
    async with staged(sqlite_url, settings, FailingDatabase) as stage:
        db = stage.client.db
        assert isinstance(db, FailingDatabase)
        stage.number = 1
        path, body = await replay(stage)
        # The second of three batches: two of five events are stored.
        db.fail(2, "after")
        cut = await stage.client.post(path, body)
        db.heal()
        assert {**cut.body, "after": 0} == {"success": False, "queued": 2, "complete": False, "after": 0}
        rest = await stage.client.post(path, {**body, "after": cut.body["after"]})
        # The outcome of the second batch was not known, and it had been stored: what is queued stays as it is.
        assert (rest.body["complete"], rest.body["queued"]) == (True, 1)
        shown = await stage.client.get(path.removesuffix("replay") + "deliveries")
        assert shown.body["total"] == 5


async def test_a_removal_tells_what_became_of_the_grant(sqlite_url: str, settings: Settings) -> None:
    async with staged(sqlite_url, settings) as stage:
        path, _ = await removal_with_revocation(stage)
        done = {"success": True, "account": stage.name, "deleted": True}
        assert await stage.ask("DELETE", path) == {**done, "revoked": True}
        assert len(stage.provider.revoked) == 1
        stage.number += 1
        path, _ = await removal_with_revocation(stage)
        await stage.provider.__aexit__()
        assert await stage.ask("DELETE", path) == {**done, "account": stage.name, "revoked": False}
        stage.number += 1
        await stage.account()
        assert (await stage.ask("DELETE", f"/v1/account/{stage.name}?revoke=true"))["revoked"] is False
        stage.number += 1
        assert "revoked" not in await stage.ask("DELETE", await stage.account())
