"""What a person entered becomes the settings of an account."""

from __future__ import annotations

from postroom.onboarding.sign_in.entered import EnteredMailbox, EnteredServer


def test_servers_and_credentials_become_the_blocks_of_an_account() -> None:
    mailbox = EnteredMailbox(
        "jo@mail.example", "", "jo", "hunter2", EnteredServer("imap.mail.example", 993, True), None
    )
    assert mailbox.document() == {
        "name": "jo@mail.example",
        "email": "jo@mail.example",
        "imap": {
            "host": "imap.mail.example",
            "port": 993,
            "secure": True,
            "auth": {"user": "jo", "pass": "hunter2"},
        },
        "smtp": False,
        "oauth2": False,
    }
    assert "hunter2" not in repr(mailbox)


def test_without_servers_both_blocks_are_taken_away() -> None:
    document = EnteredMailbox("jo@mail.example", "Jo", "jo", "hunter2").document()
    assert (document["name"], document["imap"], document["smtp"]) == ("Jo", False, False)


def test_the_two_blocks_do_not_share_their_credentials() -> None:
    server = EnteredServer("mail.example", 993, True)
    document = EnteredMailbox("jo@mail.example", "Jo", "jo", "hunter2", server, server).document()
    document["imap"]["auth"]["pass"] = "other"
    assert document["smtp"]["auth"]["pass"] == "hunter2"
