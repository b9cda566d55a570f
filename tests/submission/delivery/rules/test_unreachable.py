"""What failed connections mean for the messages that wait."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from postroom.connections.failures import Failure
from postroom.submission.delivery.rules.unreachable import NO_SMTP, judged
from postroom.submission.model import RecipientState
from postroom.words.strangers import Words


def failure(kind: Any, code: str, **given: Any) -> Failure:
    return Failure(kind, "login", code, Words("it said no"), "Do something.", **given)


@pytest.mark.parametrize(
    ("stage", "code"),
    [("sign-in", "EAUTH"), ("credentials", "ENOAUTH"), ("oauth2-token", "EOAUTH2"), ("auth-server", "EAUTH")],
)
def test_refused_credentials_are_final(stage: str, code: str) -> None:
    found = judged(failure("authentication", "535", status="NO", reply_code=535), stage)
    assert found.is_final
    assert (found.because.code, found.because.reply_code) == (code, 535)
    assert found.outcome.state is RecipientState.REFUSED
    assert found.outcome.advice == "Do something."


@pytest.mark.parametrize("code", ["ETLS", "ETLSREQUIRED", "EPROTOCOL"])
def test_a_server_that_cannot_be_used_is_final(code: str) -> None:
    assert judged(failure("connection", code), "connection").is_final


@pytest.mark.parametrize(
    "given",
    [
        failure("connection", "454", status="NO"),
        failure("connection", "421", status="BYE"),
        failure("connection", "ECONNREFUSED"),
        failure("connection", "ETIMEDOUT"),
        failure("connection", "ECERTEXPIRED"),
        failure("connection", "EPROTOCOL", status="NO"),
        failure("connection", "EHOSTPAUSED", retry_after=60.0),
    ],
    ids=lambda given: given.code,
)
def test_whatever_passes_is_tried_again(given: Failure) -> None:
    found = judged(given, "connection")
    assert not found.is_final
    assert found.outcome.state is RecipientState.DEFERRED
    assert found.because.code == given.code
    assert found.retry_after == given.retry_after
    assert (found.because.reply is None) == (given.status is None)


def test_the_reply_of_a_server_is_told_with_its_codes() -> None:
    refused = replace(failure("authentication", "5.7.8", status="NO", reply_code=535), response=Words("5.7.8 Wrong"))
    found = judged(refused, "sign-in")
    assert (found.because.message, found.because.reply, found.because.reply_code) == (
        *("535 5.7.8 Wrong", "535 5.7.8 Wrong"),
        535,
    )
    assert (found.outcome.code, found.outcome.enhanced, found.outcome.said) == (535, "5.7.8", "Wrong")


def test_an_account_without_a_server_is_final() -> None:
    assert NO_SMTP.is_final
    assert NO_SMTP.because.code == "ENOSMTP"
