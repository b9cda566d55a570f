"""What a server tells of itself is fit to be stored, whatever it tells."""

from __future__ import annotations

from postroom.connections.clients.introduction import introduction
from postroom.imap.dialogue.handshake import SessionInfo
from postroom.words.strangers import NO_SECRETS, WITHHELD, Secrets
from tests.fakes.strangers import NASTY, UNFIT


def info(greeting: str, name: str, *capabilities: str) -> SessionInfo:
    told = {"name": name, "vendor": None, "support-url": "https://x.example/"}
    return SessionInfo(frozenset(capabilities), frozenset(), told, "", "/", greeting, False, "PLAIN")


def test_it_is_told_as_it_is() -> None:
    told = introduction(info("Dovecot ready.", "Dovecot", "IMAP4REV1", "IDLE"), Secrets.of("hunter22"))
    assert (told.greeting, told.capabilities, told.identity) == (
        "Dovecot ready.",
        ["IDLE", "IMAP4REV1"],
        {"name": "Dovecot"},
    )


def test_it_is_cleaned() -> None:
    told = introduction(info(NASTY, NASTY, f"X{NASTY}"), NO_SECRETS)
    assert not any(UNFIT.search(each) for each in (told.greeting, *told.capabilities, told.identity["name"]))


def test_what_holds_a_secret_is_left_out_and_no_more() -> None:
    found = info("Hello hunter22", "Dovecot", "X-68756E7465723232", "IDLE")
    told = introduction(found, Secrets.of("hunter22"))
    assert (told.greeting, told.capabilities, told.identity) == (WITHHELD, ["IDLE"], {"name": "Dovecot"})


def test_what_is_known_of_a_server_is_not_changed_by_who_has_it() -> None:
    told = SessionInfo(frozenset({"IDLE", "ID"}), frozenset(), None, "", "/", "hello", False, None)
    introduction(told, NO_SECRETS).capabilities.clear()
    assert introduction(told, NO_SECRETS).capabilities == ["ID", "IDLE"]
