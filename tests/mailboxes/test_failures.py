"""The errors of requests for folders and messages say what the server said, and no secret."""

from __future__ import annotations

from postroom.imap.errors import CommandFailed
from postroom.imap.responses import ResponseCode
from postroom.mailboxes.failures import refused
from postroom.words.strangers import Secrets


def test_a_refusal_has_the_servers_code_and_words() -> None:
    error = refused(CommandFailed("NO", ResponseCode("OVERQUOTA"), "Mailbox full", "APPEND"))
    assert (error.code, error.said, error.command) == ("OVERQUOTA", "Mailbox full", "APPEND")
    assert error.message == "The mail server refused APPEND: Mailbox full"


def test_a_refusal_without_words_has_a_code_of_ours() -> None:
    error = refused(CommandFailed("BAD", None, "", "UID FETCH"))
    assert (error.code, error.message) == ("ServerRefused", "The mail server refused UID FETCH")


def test_a_secret_in_the_servers_words_is_withheld() -> None:
    error = refused(CommandFailed("NO", None, "wrong hunter22-secret", "CREATE", Secrets.of("hunter22-secret")))
    assert "hunter22" not in error.message + error.said
