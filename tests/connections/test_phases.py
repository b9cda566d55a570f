"""Phases: limits and errors become verdicts, verdicts and foreign errors pass."""

from __future__ import annotations

import asyncio
import errno

import pytest
from aiosmtplib import SMTPServerDisconnected

from postroom.connections.failures import ConnectionFailed, SignInRefused, failed
from postroom.connections.hosts.addresses import AddressRefused
from postroom.connections.phases import phase
from postroom.imap.errors import CommandFailed, RemoteProtocolError
from postroom.words.strangers import WITHHELD, Secrets


async def test_the_limit_is_told() -> None:
    with pytest.raises(ConnectionFailed) as caught:
        async with phase("greeting", 0.01):
            await asyncio.sleep(5)
    failure = caught.value.failure
    assert (failure.phase, failure.code, failure.response) == ("greeting", "ETIMEDOUT", "No answer within 0.01 s")


async def test_a_time_out_of_the_system_keeps_its_words() -> None:
    with pytest.raises(ConnectionFailed) as caught:
        async with phase("connect", 5):
            raise TimeoutError(errno.ETIMEDOUT, "Connection timed out: 192.0.2.1")
    assert (caught.value.code, caught.value.message) == ("ETIMEDOUT", "Connection timed out: 192.0.2.1")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"), "ECONNRESET"),
        (RemoteProtocolError("nonsense"), "EPROTOCOL"),
        (SMTPServerDisconnected("gone"), "ECONNRESET"),
        (AddressRefused("no"), "EEGRESSBLOCKED"),
    ],
)
async def test_errors_become_verdicts(error: Exception, code: str) -> None:
    with pytest.raises(ConnectionFailed) as caught:
        async with phase("login", 5):
            raise error
    assert (caught.value.failure.phase, caught.value.failure.code) == ("login", code)
    assert caught.value.__cause__ is error


async def test_refusals_become_verdicts_without_secrets() -> None:
    with pytest.raises(SignInRefused) as caught:
        async with phase("login", 5, secrets=Secrets.of("hunter2")):
            raise CommandFailed("NO", None, "hunter2 is wrong", "LOGIN")
    assert caught.value.failure.response == WITHHELD


async def test_verdicts_faults_and_cancellations_pass() -> None:
    verdict = failed(OSError(errno.ECONNREFUSED, "refused"), "connect")
    for error in (verdict, KeyError("a fault of ours"), asyncio.CancelledError()):
        with pytest.raises(type(error)) as caught:
            async with phase("login", 5):
                raise error
        assert caught.value is error
