"""One account of a file against a real gateway: every outcome it can have."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from postroom.cli.remote.importing.registering import Registering
from postroom.cli.remote.importing.results import ImportOutcome, OutcomeKind
from postroom.cli.remote.importing.rows import ImportRow
from postroom.client.blocking import Postroom
from postroom.client.errors import TokenRefused, Unreachable
from postroom.client.retries import NO_RETRIES
from postroom.words.strangers import Secrets
from tests.fakes.imap_server import FakeImapServer, refuse_login
from tests.fakes.ports import PortReservation
from tests.flows.gateway import TOKEN, Gateway, imap

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def register(
    gateway: Gateway, draft: Mapping[str, object], *, update: bool = False, verify: bool = False, token: str = TOKEN
) -> ImportOutcome:
    row = ImportRow(2, str(draft.get("account", "a")), draft)
    with Postroom(gateway.url, token) as client:
        registering = Registering(client, Secrets.of(token), update, verify)
        return await asyncio.to_thread(registering.register, row)


async def test_what_becomes_of_an_account(gateway: Gateway, mail: FakeImapServer) -> None:
    draft = {"account": "ada", "imap": imap(mail, "ada")}
    assert (await register(gateway, draft)).kind is OutcomeKind.REGISTERED
    assert (await register(gateway, draft)).kind is OutcomeKind.EXISTED
    assert (await register(gateway, draft, update=True)).kind is OutcomeKind.UPDATED
    await gateway.reaches("ada", "connected")


async def test_a_refused_password_fails_and_is_not_repeated(gateway: Gateway, mail: FakeImapServer) -> None:
    mail.behave(refuse_login("AUTHENTICATIONFAILED", "swordfish-1234 is wrong\x1b[2J"))
    failed = await register(gateway, {"account": "ada", "imap": imap(mail, "ada", "swordfish-1234")}, verify=True)
    assert failed.kind is OutcomeKind.FAILED
    assert failed.message
    assert "swordfish" not in failed.message
    assert "\x1b" not in failed.message


async def test_an_address_without_servers_fails(gateway: Gateway) -> None:
    failed = await register(gateway, {"email": "ada@domain.invalid", "password": "x"})
    assert (failed.kind, failed.code) == (OutcomeKind.FAILED, "ServersNotFound")


async def test_what_all_others_would_meet_is_raised(gateway: Gateway) -> None:
    draft = {"account": "ada", "imap": {"host": "127.0.0.1", "port": 1, "disabled": True}}
    with pytest.raises(TokenRefused):
        await register(gateway, draft, token="wrong")
    port = PortReservation()
    with Postroom(f"http://127.0.0.1:{port.port}", TOKEN, retries=NO_RETRIES) as client:
        registering = Registering(client, Secrets(), update=False, verify=False)
        with pytest.raises(Unreachable):
            registering.register(ImportRow(2, "ada", draft))
    port.release()
