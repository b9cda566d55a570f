"""Lists of folders and events are of one opinion about the role of each folder, whatever the server tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pytest
import sqlalchemy as sa

from postroom.accounts.settings.reading import settings_of
from postroom.imap.names import encode_mailbox
from postroom.mailboxes.folders.listing import read_mailboxes
from postroom.storage.tables import mailboxes
from tests.fakes.imap_server import FakeImapServer
from tests.live.dovecot import Dovecot, DovecotOptions
from tests.sync.live_account import LiveAccount, live_account

Attributes = tuple[str, ...]
Roles = dict[str, tuple[str, str]]

# What a server lists, what the account chose, and the roles with their sources that come of it.
SERVERS: Final[dict[str, tuple[dict[str, Attributes], dict[str, str], Roles]]] = {
    "RFC 6154": (
        {
            "Sent": (),
            "Out": ("\\Sent",),
            "Drafts": ("\\Drafts",),
            "Attic": ("\\Archive",),
            "Marked": ("\\Flagged",),
            "Marked/Important": ("\\Important",),
            "Trash": ("\\Noselect",),
        },
        {},
        {
            "Out": ("\\Sent", "extension"),
            "Drafts": ("\\Drafts", "extension"),
            "Attic": ("\\Archive", "extension"),
            "Marked": ("\\Flagged", "extension"),
        },
    ),
    "XLIST": (
        {"a": ("\\AllMail",), "b": ("\\Spam",), "c": ("\\Starred",), "d": ("\\sent",)},
        {},
        {
            "a": ("\\All", "extension"),
            "b": ("\\Junk", "extension"),
            "c": ("\\Flagged", "extension"),
            "d": ("\\Sent", "extension"),
        },
    ),
    "German names": (
        {"Gesendet": (), "Entwürfe": (), "Papierkorb": (), "Spam": (), "Archiv": (), "Projekte/Papierkorb": ()},
        {},
        {
            "Gesendet": ("\\Sent", "name"),
            "Entwürfe": ("\\Drafts", "name"),
            "Papierkorb": ("\\Trash", "name"),
            "Spam": ("\\Junk", "name"),
            "Archiv": ("\\Archive", "name"),
        },
    ),
    "French names": (
        {"INBOX/Éléments envoyés": (), "INBOX/Brouillons": (), "INBOX/Corbeille": (), "INBOX/Indésirables": ()},
        {},
        {
            "INBOX/Éléments envoyés": ("\\Sent", "name"),
            "INBOX/Brouillons": ("\\Drafts", "name"),
            "INBOX/Corbeille": ("\\Trash", "name"),
            "INBOX/Indésirables": ("\\Junk", "name"),
        },
    ),
    "Exchange": (
        {
            "Sent Items": (),
            "Drafts": (),
            "Deleted Items": (),
            "Junk Email": (),
            "Archive": (),
            "Sent": (),
            "Calendar": (),
        },
        {},
        {
            "Sent": ("\\Sent", "name"),
            "Drafts": ("\\Drafts", "name"),
            "Deleted Items": ("\\Trash", "name"),
            "Junk Email": ("\\Junk", "name"),
            "Archive": ("\\Archive", "name"),
        },
    ),
    "the account's own choices": (
        {"Mine": (), "Sent": ("\\Sent",), "Bin": (), "Trash": (), "Spam": ("\\Junk",)},
        {"sentMailPath": "Mine", "trashMailPath": "Bin", "junkMailPath": "not there"},
        {"Mine": ("\\Sent", "user"), "Bin": ("\\Trash", "user"), "Spam": ("\\Junk", "extension")},
    ),
    "two folders for one role": (
        {"Deep/Bin": ("\\Trash",), "Bin": ("\\Trash",), "Both": ("\\Sent", "\\Drafts")},
        {},
        {"Bin": ("\\Trash", "extension"), "Both": ("\\Drafts", "extension")},
    ),
}


async def opinions(account: LiveAccount, chosen: Mapping[str, str]) -> tuple[Roles, dict[str, str]]:
    """The roles as a list of folders shows them, with their sources, and as the sync has stored them."""
    async with account.connected() as session:
        listed = await read_mailboxes(session.client, settings_of({"imap": {**chosen}}).chosen_roles)
    query = sa.select(mailboxes.c.path, mailboxes.c.special_use).where(mailboxes.c.account_key == account.key)
    rows = await account.db.read(lambda conn: conn.execute(query).all())
    assert [path for path, _ in sorted(map(tuple, rows))] == [folder["path"] for folder in listed]
    shown: Roles = {
        each["path"]: (each["specialUse"], each["specialUseSource"]) for each in listed if "specialUse" in each
    }
    return shown, {path: role for path, role in rows if role}


def leave_inbox_alone(mail: FakeImapServer) -> None:
    """Take away the folders that each user has."""
    folders = mail.world.mailboxes("u")
    for name in set(folders) - {"INBOX"}:
        del folders[name]


def alone(roles: Roles) -> dict[str, str]:
    return {path: role for path, (role, _) in roles.items()}


async def announced(account: LiveAccount) -> dict[str, Any]:
    """What `mailboxNew` said of each folder's role."""
    events = await account.events("mailboxNew")
    return {each["path"]: each["data"]["specialUse"] for each in events}


@pytest.mark.parametrize("kind", SERVERS)
async def test_lists_and_events_agree(account: LiveAccount, mail: FakeImapServer, kind: str) -> None:
    folders, choices, expected = SERVERS[kind]
    account.document["imap"] = choices
    leave_inbox_alone(mail)
    async with account.connected():
        await account.set_initialized()
    for path, attributes in folders.items():
        mail.mailbox("u", encode_mailbox(path).decode()).attributes = attributes
    shown, stored = await opinions(account, choices)
    assert shown == {"INBOX": ("\\Inbox", "name"), **expected}
    assert stored == alone(shown)
    opened = [path for path, attributes in folders.items() if "\\Noselect" not in attributes]
    assert {path: role for path, role in (await announced(account)).items() if path in folders} == {
        path: alone(shown).get(path, False) for path in opened
    }


async def test_inbox_in_other_letters(account: LiveAccount, mail: FakeImapServer) -> None:
    leave_inbox_alone(mail)
    mail.mailbox("u").name = "Inbox"
    mail.mailbox("u", "Inbox/Sent")
    shown, stored = await opinions(account, {})
    assert shown == {"INBOX": ("\\Inbox", "name"), "Inbox/Sent": ("\\Sent", "name")}
    assert stored == alone(shown)


async def test_gmail(sqlite_url: str) -> None:
    special = {
        "[Gmail]/All Mail": "\\All",
        "[Gmail]/Spam": "\\Junk",
        "[Gmail]/Bin": "\\Trash",
        "[Gmail]/Sent Mail": "\\Sent",
    }
    offered = ("IMAP4rev1", "IDLE", "SPECIAL-USE", "X-GM-EXT-1")
    async with FakeImapServer(capabilities=offered) as mail, live_account(sqlite_url, mail) as account:
        leave_inbox_alone(mail)
        mail.mailbox("u", "[Gmail]").attributes = ("\\HasChildren", "\\Noselect")
        mail.mailbox("u", "[Gmail]/Important").attributes = ("\\HasNoChildren", "\\Important")
        for path, role in special.items():
            mail.mailbox("u", path).attributes = ("\\HasNoChildren", role)
        shown, stored = await opinions(account, {})
    assert shown == {"INBOX": ("\\Inbox", "name"), **{path: (role, "extension") for path, role in special.items()}}
    assert stored == alone(shown)


# A real server, with attributes and without.

OWN_FOLDERS = ("Gesendet", "Papierkorb", "INBOX.Brouillons", "Deep.Trash", "Mine")


WITHOUT_ATTRIBUTES: Final = "".join(
    f"namespace inbox {{\n  mailbox {name} {{\n    special_use =\n  }}\n}}\n"
    for name in ("Drafts", "Junk", "Sent", "Trash")
)
CHOICES: Final[tuple[dict[str, str], ...]] = ({}, {"sentMailPath": "Mine", "archiveMailPath": "Deep.Trash"})


@pytest.mark.dovecot
@pytest.mark.parametrize("choices", CHOICES, ids=["no choices", "choices"])
@pytest.mark.parametrize("source", ["extension", "name"])
async def test_lists_and_events_agree_on_a_real_server(sqlite_url: str, source: str, choices: dict[str, str]) -> None:
    options = DovecotOptions() if source == "extension" else DovecotOptions(extra_config=WITHOUT_ATTRIBUTES)
    async with Dovecot(options) as dovecot, live_account(sqlite_url, dovecot, "roles") as account:
        account.document["imap"] = choices
        async with account.connected():
            await account.set_initialized()
        for path in OWN_FOLDERS:
            dovecot.deliver("roles", b"Subject: x\r\n\r\nx\r\n", path)
        shown, stored = await opinions(account, choices)
        assert stored == alone(shown)
        news = await announced(account)
        assert set(OWN_FOLDERS) <= set(news)
        assert news == {path: alone(shown).get(path, False) for path in news}
        assert shown["Drafts"] == ("\\Drafts", source)
        for member, path in choices.items():
            assert shown[path] == ({"sentMailPath": "\\Sent", "archiveMailPath": "\\Archive"}[member], "user")
