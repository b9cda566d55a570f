"""What is known of a server, and settings without their secrets."""

from __future__ import annotations

from postroom.accounts.known.server_told import ServerTold
from postroom.accounts.lifecycle import State
from postroom.accounts.model import AccountRow, AccountView
from postroom.web.dashboard.accounts.facts_shown import server_shown, settings_shown

ROW = AccountRow(1, "a", "A", "a@b", "imap", 0, "run", 1, 1, None, State.CONNECTED, 0, 0, None, None, 1)


def view(told: ServerTold | None, **imap: object) -> AccountView:
    return AccountView(ROW, {"imap": imap} if imap else {}, None, told, None, {}, {})


def test_a_server_that_has_spoken() -> None:
    told = ServerTold(
        "Gimap ready", ["IDLE", "X-GM-EXT-1", "CONDSTORE"], {"name": "GImap", "vendor": "Google, Inc."}, None, "TLSv1.3"
    )
    found = server_shown(view(told, host="imap.gmail.com", port=993))
    assert (found.address, found.software, found.tls) == ("imap.gmail.com:993", "GImap Google, Inc.", "TLSv1.3")
    assert found.capabilities == ("CONDSTORE", "IDLE", "X-GM-EXT-1")
    assert [quirk.name for quirk in found.quirks] == ["Gmail"]
    assert all(quirk.effects for quirk in found.quirks)


def test_a_server_that_has_not_spoken_yet() -> None:
    found = server_shown(view(None, host="mail.firm.example", port=143))
    assert (found.address, found.greeting, found.capabilities, found.quirks) == ("mail.firm.example:143", "", (), ())
    assert server_shown(view(None)).address == ""


def test_settings_are_pairs_of_a_path_and_a_text() -> None:
    shown = settings_shown(
        {
            "imap": {"host": "h", "port": 993, "secure": True, "auth": {"user": "u", "pass": "******"}, "tls": None},
            "path": ["INBOX", "\\Sent"],
            "webhooksCustomHeaders": [{"key": "X", "value": "******"}],
            "metadata": {"a": "b"},
            "smtp": {"disabled": False},
        }
    )
    assert dict(shown) == {
        "imap.host": "h",
        "imap.port": "993",
        "imap.secure": "yes",
        "imap.auth.user": "u",
        "imap.auth.pass": "******",
        "path": "INBOX, \\Sent",
        "webhooksCustomHeaders.1.key": "X",
        "webhooksCustomHeaders.1.value": "******",
        "smtp.disabled": "no",
    }
