"""A client that somebody generates from our document works: every operation of it is called against a real gateway."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from postroom.mail.ids import attachment_id, read_message_id
from tests.fakes.imap_server import FakeImapServer
from tests.fakes.openid_provider import OpenIdProvider
from tests.fakes.webhook_receiver import WebhookReceiver
from tests.flows.gateway import TOKEN, Gateway, sooner_or_later
from tests.flows.generated import PACKAGE, Generated, Operations, generate, undescribed
from tests.house.modules import PROJECT

ACCOUNT = "a/b c@example.test"
LETTER = b"From: ann@example.test\r\nSubject: Report\r\nMessage-ID: <report@example.test>\r\n\r\nSee below.\r\n"


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    """A gateway of its own: its settings are changed, and its node gives its accounts away."""
    async with Gateway(tmp_path_factory.mktemp("gateway")) as running:
        yield running
        assert not [line for line in running.log if "Traceback" in line]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def generated(gateway: Gateway, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Generated]:
    """The client made from what the gateway serves."""
    with await generate(gateway.url, tmp_path_factory.mktemp("client")) as made:
        yield made


async def test_every_operation_can_be_called_and_its_answer_is_typed(gateway: Gateway, generated: Generated) -> None:
    async with (
        FakeImapServer() as mail,
        WebhookReceiver() as receiver,
        OpenIdProvider() as provider,
        Operations(generated, gateway.url) as operations,
    ):
        story = Story(operations, generated.models, mail)
        await story.of_the_operator(gateway.url)
        hook = await story.of_a_webhook(receiver.url)
        await story.of_an_account()
        await story.of_folders()
        await story.of_messages()
        await story.of_changes()
        await story.of_sending(partial(become, gateway.folder))
        await story.of_events(hook)
        await story.of_tokens()
        await story.of_oauth2(provider)
        await story.of_the_end(hook)
        assert set(generated.operations) - operations.called == set()


async def test_an_error_is_a_typed_answer_too(gateway: Gateway, generated: Generated) -> None:
    models = generated.models
    async with Operations(generated, gateway.url) as operations:
        refused = await operations.call("registerAccount", body=models.NewAccount(account="a", name=""), status=400)
        assert isinstance(refused, models.Error)
        assert (refused.code, refused.status_code) == ("InvalidInput", 400)
        assert ("name", '"name" must not be empty') in [(field.key, field.message) for field in refused.fields]
        unknown = await operations.call("getAccount", "nobody", status=404)
        assert (unknown.code, unknown.message) == (
            "AccountNotFound",
            "Account record was not found for requested ID",
        )


async def test_the_example_of_the_documentation_works(
    gateway: Gateway, generated: Generated, capsys: pytest.CaptureFixture[str]
) -> None:
    await gateway.register("documented", {"host": "127.0.0.1", "port": 1, "secure": False, "disabled": True})
    await gateway.reaches("documented", "unset")
    page = (PROJECT / "docs/api.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names = {"URL": gateway.url, "TOKEN": TOKEN}
    await asyncio.to_thread(exec, example.replace("postroom_client", PACKAGE), names)
    assert "documented unset" in capsys.readouterr().out
    await gateway.delete("documented")


async def test_what_a_generator_would_leave_out_is_noticed(tmp_path: Path) -> None:
    answer: dict[str, Any] = {"200": {"description": "OK", "content": {"application/json": {"schema": {}}}}}
    answer["200"]["content"]["application/json"]["schema"]["$ref"] = "#/components/schemas/Missing"
    operation = {"operationId": "getIt", "tags": ["A"], "responses": answer}
    document = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {"/a": {"get": operation}}}

    async def serve(_request: web.BaseRequest) -> web.Response:
        return web.json_response(document)

    runner = web.ServerRunner(web.Server(serve))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        with pytest.raises(AssertionError, match="WARNING"):
            await generate(f"http://127.0.0.1:{runner.addresses[0][1]}", tmp_path)
    finally:
        await runner.cleanup()


async def test_a_member_that_is_not_described_would_be_noticed(generated: Generated) -> None:
    page = {"total": 0, "page": 0, "pages": 0, "query": False, "state": "*", "accounts": [], "surprise": 1}
    assert undescribed(generated.models.AccountsPage.from_dict(page)) == [".surprise"]


def become(folder: Path, queue_id: str, state: str) -> None:
    """Give a message the state that an attempt would have given it."""
    with closing(sqlite3.connect(folder / "data" / "postroom.db")) as database, database:
        database.execute("UPDATE submissions SET state = ? WHERE queue_id = ?", (state, queue_id))
        ours = "submission = (SELECT id FROM submissions WHERE queue_id = ?)"
        database.execute(f"UPDATE submission_recipients SET state = 'unknown' WHERE {ours}", (queue_id,))


class Story:
    """What the operations are called for, in an order in which each has something to answer."""

    def __init__(self, operations: Operations, models: ModuleType, mail: FakeImapServer) -> None:
        self._call = operations.call
        self._stream = operations.first_of_stream
        self._models = models
        self._mail = mail

    def imap(self, **more: Any) -> Any:
        """Typed settings of the fake mail server."""
        auth = self._models.Auth(user="ada", pass_="pass")
        return self._models.IMAP(host=self._mail.host, port=self._mail.port, secure=False, auth=auth, **more)

    async def of_the_operator(self, url: str) -> None:
        call, models = self._call, self._models
        assert (await call("getHealth")).success is True
        assert (await call("getLiveness")).success is True
        assert (await call("getOpenapiDocument")).additional_properties["openapi"] == "3.1.0"
        assert (await call("getSwaggerDocument")).additional_properties["info"]["title"] == "Postroom"
        assert (await call("getReference")).startswith("<!doctype html>")
        assert "postroom_accounts" in await call("getMetrics")
        assert await call("getLog", "nobody") == "No logs found for nobody\n"
        change = models.SettingsChange(service_url=url, enable_o_auth_tokens_api=True, webhooks_enabled=True)
        changed = await call("changeSettings", body=change)
        assert sorted(changed.updated) == ["enableOAuthTokensApi", "serviceUrl", "webhooksEnabled"]
        assert (await call("getSettings", service_url=True)).service_url == url

    async def of_a_webhook(self, url: str) -> str:
        call, models = self._call, self._models
        made = await call("createWebhook", body=models.NewEndpoint(url=url, events=[models.EventFilter.VALUE_0]))
        assert made.secret.startswith("whsec_")
        assert made.id in [each.id for each in (await call("listWebhooks")).webhooks]
        assert (await call("getWebhook", made.id)).deliveries.pending == 0
        change = models.EndpointChange(description="All mail")
        assert (await call("updateWebhook", made.id, body=change)).description == "All mail"
        assert (await call("rotateWebhookSecret", made.id)).secret != made.secret
        assert (await call("testWebhook", made.id)).success is True
        return str(made.id)

    async def of_an_account(self) -> None:
        call, models = self._call, self._models
        trial = await call("verifyAccount", body=models.Verify(imap=self.imap(), mailboxes=True))
        assert (trial.imap.success, trial.imap.server.greeting != "") == (True, True)
        assert "INBOX" in [each.path for each in trial.mailboxes]
        assert (await call("diagnoseSettings", body=models.Examine(imap=self.imap()))).verdict.class_ == "none"
        body = models.NewAccount(account=ACCOUNT, name="Ada", imap=self.imap(), smtp=False)
        registered = await call("registerAccount", body=body)
        assert (registered.account, registered.state, registered.created) == (ACCOUNT, models.State.INIT, True)
        await self._connected()
        await self._look_at_the_account()
        await self._command_the_account()

    async def _connected(self) -> None:
        async def so() -> bool:
            return bool((await self._call("getAccount", ACCOUNT)).state == self._models.State.CONNECTED)

        await sooner_or_later(so, 60, "the account connected")

    async def _look_at_the_account(self) -> None:
        call, models = self._call, self._models
        account = await call("getAccount", ACCOUNT, quota=True)
        assert (account.imap.host, account.imap.auth.pass_) == (self._mail.host, "******")
        assert (account.server.greeting != "", account.sync.folders.done > 0) == (True, True)
        listed = await call("listAccounts", state=models.State.CONNECTED, query="example.test")
        assert [(each.account, each.health) for each in listed.accounts] == [(ACCOUNT, models.Health.HEALTHY)]
        at_host = await call("listAccounts", health=models.Health.HEALTHY, provider=account.imap.host)
        assert ACCOUNT in [each.account for each in at_host.accounts]
        entries = (await call("listStateChanges", ACCOUNT)).timeline
        assert entries[-1].state == models.State.INIT
        assert (await call("diagnoseAccount", ACCOUNT)).success is True

    async def _command_the_account(self) -> None:
        call, models = self._call, self._models
        assert (await call("syncAccount", ACCOUNT)).sync is True
        assert (await call("flushAccount", ACCOUNT, body=models.Flush(flush=True))).flush is True
        change = models.AccountChange(name="Ada L.", imap=models.IMAPChange(partial=True, resync_delay=900))
        assert (await call("updateAccount", ACCOUNT, body=change)).success is True
        # Nothing is ever sent there: a change of the servers ends lent sessions, so it is made before they are lent.
        server = {"host": self._mail.host, "port": self._mail.port, "secure": False}
        smtp = {"smtp": {**server, "auth": {"user": "ada", "pass": "pass"}}}
        assert (await call("updateAccount", ACCOUNT, body=models.AccountChange.from_dict(smtp))).success is True
        assert (await call("disconnectAccount", ACCOUNT)).disconnect is True
        assert (await call("reconnectAccount", ACCOUNT, body=models.Reconnect(reconnect=True))).reconnect is True
        form = models.NewForm(redirect_url="https://app.example.com/")
        assert "/accounts/new?data=" in (await call("createSignInLink", body=form)).url
        # A provider of the table, so that nobody is asked.
        assert (await call("findServers", email="ada@gmail.com")).imap.host == "imap.gmail.com"

    async def of_folders(self) -> None:
        call, models = self._call, self._models
        await self._connected()
        assert "INBOX" in [each.path for each in (await call("listFolders", ACCOUNT, counters=True)).mailboxes]
        made = await call("createFolder", ACCOUNT, body=models.NewFolder.from_dict({"path": ["Work", "2026"]}))
        assert (made.path, made.created) == ("Work/2026", True)
        change = models.FolderChange.from_dict({"path": "Work/2026", "newPath": "Work/2027"})
        assert (await call("changeFolder", ACCOUNT, body=change)).renamed is True
        assert (await call("deleteFolder", ACCOUNT, path="Work/2027")).deleted is True

    async def of_messages(self) -> None:
        call, models = self._call, self._models
        self._mail.append("ada", LETTER)
        (message,) = (await call("listMessages", ACCOUNT, path="INBOX")).messages
        assert message.subject == "Report"
        whole = await call("getMessage", ACCOUNT, message.id, text_type=models.GetMessageTextType("plain"))
        assert whole.text.plain == "See below.\n"
        assert (await call("getText", ACCOUNT, whole.text.id)).plain == "See below.\n"
        id_ = read_message_id(message.id)
        # Any part can be downloaded; this message has one.
        assert await call("getAttachment", ACCOUNT, attachment_id(id_.number, id_.uid, "1")) == b"See below.\r\n"
        assert await call("getMessageSource", ACCOUNT, message.id) == LETTER
        search = models.SearchBody.from_dict({"search": {"subject": "Report"}})
        assert [each.id for each in (await call("searchMessages", ACCOUNT, body=search, path="INBOX")).messages]

        async def indexed() -> bool:
            return bool((await call("listThreads", ACCOUNT, path="INBOX")).threads)

        await sooner_or_later(indexed, 60, "a thread")
        (thread,) = (await call("listThreads", ACCOUNT, path="INBOX")).threads
        assert [each.subject for each in (await call("getThread", ACCOUNT, thread.thread_id)).messages] == ["Report"]

    async def of_changes(self) -> None:
        call, models = self._call, self._models
        new = models.NewMessage.from_dict({"path": "Drafts", "subject": "Offer", "text": "Hello", "to": []})
        uploaded = await call("uploadMessage", ACCOUNT, body=new)
        change = models.MessageChange.from_dict({"flags": {"add": ["\\Seen"]}})
        assert (await call("updateMessage", ACCOUNT, uploaded.id, body=change)).flags
        move = models.MessageMove.from_dict({"path": "INBOX"})
        moved = await call("moveMessage", ACCOUNT, uploaded.id, body=move)
        assert (await call("deleteMessage", ACCOUNT, moved.id)).deleted is False
        search = {"search": {"subject": "Report"}}
        many = models.MessagesChange.from_dict({**search, "update": {"flags": {"add": ["\\Flagged"]}}})
        assert await call("updateMessages", ACCOUNT, body=many, path="INBOX")
        away = models.MessagesMove.from_dict({**search, "path": "Sent"})
        assert (await call("moveMessages", ACCOUNT, body=away, path="INBOX")).path == "Sent"
        gone = models.MessagesDeletion.from_dict(search)
        assert (await call("deleteMessages", ACCOUNT, body=gone, path="Sent", force=True)).deleted is True

    async def of_sending(self, becomes: Callable[[str, str], None]) -> None:
        call, models = self._call, self._models
        pause, goes_on = models.Pause(paused=True), models.Pause(paused=False)
        assert (await call("pauseSending", ACCOUNT, body=pause)).paused is True
        bob = [{"address": "bob@example.test"}]
        letter: dict[str, Any] = {
            "from": {"address": "ada@example.test"},
            "to": bob,
            "text": "Hello",
            "sendAt": "2100-01-01T00:00:00Z",
        }
        new = models.NewSubmission.from_dict(letter)
        first = await call("submitMessage", ACCOUNT, body=new, idempotency_key="one")
        again = await call("submitMessage", ACCOUNT, body=new, idempotency_key="one")
        assert (again.queue_id, again.idempotency.status) == (first.queue_id, "HIT")
        assert [each.queue_id for each in (await call("listOutbox", account=ACCOUNT)).messages] == [first.queue_id]
        item = await call("getOutboxItem", first.queue_id)
        assert (item.state, item.recipients[0].address) == (models.OutboxState.QUEUED, "bob@example.test")
        refused = await call("retryOutboxItem", first.queue_id, status=409)
        assert (refused.code, refused.submission_state) == ("CannotRetry", models.OutboxState.QUEUED)
        resolution = models.Resolution.from_dict({"as": "sent"})
        assert (await call("resolveOutboxItem", first.queue_id, body=resolution, status=409)).code == "CannotResolve"
        assert (await call("cancelOutboxItem", first.queue_id)).deleted is True
        for state, operation, body in (
            ("failed", "retryOutboxItem", None),
            ("unknown", "resolveOutboxItem", resolution),
        ):
            queue_id = (await call("submitMessage", ACCOUNT, body=new)).queue_id
            becomes(queue_id, state)
            more = {} if body is None else {"body": body}
            assert (await call(operation, queue_id, **more)).queue_id == queue_id
            await call("cancelOutboxItem", queue_id, **({} if body is None else {"status": 409}))
        draft = {**letter, "path": "Drafts", "flags": ["\\Draft"]}
        draft.pop("sendAt")
        uploaded = await call("uploadMessage", ACCOUNT, body=models.NewMessage.from_dict(draft))
        later = models.DraftSubmission.from_dict({"sendAt": letter["sendAt"]})
        assert (await call("submitDraft", ACCOUNT, uploaded.id, body=later)).message_id == uploaded.message_id
        assert (await call("getAccount", ACCOUNT)).sending.paused is True
        assert (await call("pauseSubmitQueue", body=pause)).jobs.paused == 1
        assert (await call("pauseSubmitQueue", body=goes_on)).paused is False
        assert (await call("pauseSending", ACCOUNT, body=goes_on)).paused is False
        assert (await call("getSubmitQueue")).jobs.delayed == 1

    async def of_events(self, hook: str) -> None:
        call, models = self._call, self._models
        page = await call("listEvents", account=ACCOUNT, type_=[models.EventName.ACCOUNTADDED])
        assert [event.event for event in page.events] == ["accountAdded"]
        heard = await self._stream("streamEvents", "event: accountAdded", since=0, account=ACCOUNT)
        assert heard.startswith(": Postroom")
        assert (await self._stream("streamStateChanges", "\n\n")).startswith(": Postroom")

        async def delivered() -> bool:
            return bool((await call("listDeliveries", hook, state=models.DeliveryState.DELIVERED)).total > 0)

        await sooner_or_later(delivered, 60, "a delivery")
        delivery = (await call("listDeliveries", hook, state=models.DeliveryState.DELIVERED)).deliveries[0]
        assert (await call("replayDelivery", hook, delivery.id)).delivery == delivery.id
        replay = models.Replay(since=delivery.created, account=ACCOUNT)
        assert (await call("replayEvents", hook, body=replay)).success is True

    async def of_tokens(self) -> None:
        call, models = self._call, self._models
        token = models.NewToken(
            description="For the address book",
            account=ACCOUNT,
            restrictions=models.Restrictions(addresses=["192.0.2.0/24"]),
            permissions=models.Permissions(actions=[models.PermissionsActionsItem.READ]),
        )
        issued = await call("issueToken", body=token)
        shown = await call("getToken", issued.id)
        assert shown.restrictions.addresses == ["192.0.2.0/24"]
        assert shown.permissions.actions == [models.PermissionsActionsItem.READ]
        assert [each.id for each in (await call("listTokens")).tokens] == [issued.id]
        assert [each.id for each in (await call("listAccountTokens", ACCOUNT)).tokens] == [issued.id]
        assert (await call("deleteToken", issued.id)).deleted is True
        older = await call("issueTokenAtOlderPath", body=models.NewToken(description="Older"))
        assert (await call("deleteTokenItself", older.token)).id == older.id

    async def of_oauth2(self, provider: OpenIdProvider) -> None:
        call, models = self._call, self._models
        app = models.NewApp.from_dict(provider.application(imap={"host": self._mail.host, "port": self._mail.port}))
        assert (await call("registerOauthApp", body=app)).id == "local"
        assert [each.id for each in (await call("listOauthApps")).apps] == ["local"]
        assert (await call("getOauthApp", "local")).imap.port == self._mail.port
        assert (await call("updateOauthApp", "local", body=models.AppChange(title="Sign in"))).updated is True
        user = "oauth2@example.test"
        block = models.NewOAuth2(
            provider="local", auth=models.OAuth2User(user=user), refresh_token=provider.grant(user)
        )
        body = models.NewAccount(account=user, name="O", imap=self.imap(disabled=True), oauth2=block)
        assert (await call("registerAccount", body=body)).account == user
        assert (await call("getAccount", user)).oauth2.provider == "local"
        assert (await call("getAccessToken", user)).access_token in provider.access
        trial = await call("verifyOauthApp", "local", body=models.AppTrial(account=user, test_connection=False))
        assert trial.steps[0].id == "redirect"
        assert (await call("deleteAccount", user)).deleted is True
        assert (await call("deleteOauthApp", "local")).deleted is True

    async def of_the_end(self, hook: str) -> None:
        call, models = self._call, self._models
        assert (await call("deleteAccount", ACCOUNT)).deleted is True
        assert (await call("deleteWebhook", hook)).deleted is True
        stats = await call("getStats", seconds=60)
        assert (stats.database, stats.nodes, stats.seconds) == (models.Engine.SQLITE, 1, 60)
        (node,) = (await call("listNodes")).nodes
        assert node.state == models.NodeState.ACTIVE
        assert (await call("drainNode", node.id)).state == models.NodeState.DRAINING
        assert (await call("endNodeDrain", node.id)).state == models.NodeState.ACTIVE
