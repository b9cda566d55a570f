"""The mail servers of an account: EmailEngine's `imap` and `smtp` blocks as Postroom takes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from postroom.moving.inventory import Document, block, flag, text
from postroom.moving.plan import Remark, RemarkKind

__all__ = ["imap_block", "server_differences", "smtp_block"]

_TLS_VERSIONS: Final = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
_PATHS: Final = ("sentMailPath", "draftsMailPath", "junkMailPath", "trashMailPath", "archiveMailPath")
_LEAST_RESYNC: Final = 10


def imap_block(account: Document) -> Document | None:
    """Return the body's `imap`, None without one."""
    stored = block(account, "imap")
    if stored is None:
        return None
    made = _server(stored)
    made |= {name: True for name in ("disabled", "disableIMAP4rev2") if flag(stored, name)}
    made |= {name: value for name in _PATHS if (value := text(stored, name))}
    delay = stored.get("resyncDelay")
    if isinstance(delay, int) and delay >= _LEAST_RESYNC:
        made["resyncDelay"] = delay
    return made or None


def smtp_block(account: Document) -> Document | None:
    """Return the body's `smtp`, None without one."""
    stored = block(account, "smtp")
    return _server(stored) or None if stored is not None else None


def server_differences(account: Document) -> Iterator[Remark]:
    """Yield what works in another way at these servers."""
    servers = [stored for name in ("imap", "smtp") if (stored := block(account, name)) is not None]
    if any(text(stored, "host") and not flag(stored, "secure") for stored in servers):
        yield _PLAINTEXT
    if any(set(block(stored, "tls") or {}) - {"rejectUnauthorized", "minVersion", "servername"} for stored in servers):
        yield _TLS_KEYS


def _server(stored: Document) -> dict[str, object]:
    made: dict[str, object] = {name: stored[name] for name in ("host", "port") if stored.get(name)}
    if "host" in made:
        # Without a value, Postroom takes what is usual on the port. EmailEngine takes plain text with STARTTLS.
        made["secure"] = flag(stored, "secure")
    if flag(stored, "useAuthServer"):
        made["useAuthServer"] = True
    elif auth := _auth(block(stored, "auth") or {}):
        made["auth"] = auth
    if tls := _tls(block(stored, "tls") or {}):
        made["tls"] = tls
    return made


def _auth(stored: Document) -> Document:
    """Return who signs in, with one secret: an access token takes the place of a password."""
    names = ("user", "accessToken") if text(stored, "accessToken") else ("user", "pass")
    return {name: value for name in names if (value := text(stored, name))}


def _tls(stored: Document) -> Document:
    made: dict[str, object] = {}
    if stored.get("rejectUnauthorized") is False:
        made["rejectUnauthorized"] = False
    if stored.get("minVersion") in _TLS_VERSIONS:
        made["minVersion"] = stored["minVersion"]
    if name := text(stored, "servername"):
        made["servername"] = name
    return made


_PLAINTEXT: Final = Remark(
    RemarkKind.DIFFERS,
    "plaintext",
    "They have a server that begins in plain text. Postroom sends no password there unless the server offers STARTTLS, "
    "or `tls.allowPlaintext` is set.",
)
_TLS_KEYS: Final = Remark(
    RemarkKind.LOST,
    "tls",
    "They have settings in `tls` that Postroom does not know. It knows `rejectUnauthorized`, `minVersion` and "
    "`servername`.",
)
