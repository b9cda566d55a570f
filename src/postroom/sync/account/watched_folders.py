"""Which folders of an account are watched, and which names in its settings match no folder. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from postroom.mail.roles import named

# Gmail's other folders are views of these three.
_GMAIL_WATCHED: Final = ("\\All", "\\Junk", "\\Trash")


def watched(
    folders: Sequence[tuple[str, str | None]], wanted: Sequence[str], apart: Sequence[str] = (), *, gmail: bool
) -> list[str]:
    r"""Return the paths to watch, the main folder first, the others in the given order.

    `folders` are the (path, role) of those that can be opened. `wanted` is the account's `path`: folder names, or roles
    such as `\Sent`; empty or `*` means all. `apart` are the account's `subconnections`, which are always watched, even
    if `path` leaves them out. Gmail keeps every message in All Mail, Spam or Trash, so watching these three is enough.
    """
    is_restricted = bool(wanted) and "*" not in wanted
    chosen = list(named(folders, [*wanted, *apart]).values()) if is_restricted else []
    paths = [path for path, _ in folders]
    of_gmail = named(folders, _GMAIL_WATCHED) if gmail else {}
    if "\\All" in of_gmail:
        return [path for path in of_gmail.values() if path in chosen] or list(of_gmail.values())
    if is_restricted:
        paths = [path for path in paths if path in chosen] or ["INBOX"]
    main = "INBOX" if "INBOX" in paths or not paths else (chosen or paths)[0]
    return [main, *(path for path in paths if path != main)]


def unknown(folders: Sequence[tuple[str, str | None]], names: Sequence[str]) -> list[str]:
    """Return the names that match none of the folders (path, role)."""
    known = {"*", *named(folders, names)}
    return [each for each in dict.fromkeys(names) if each not in known]
