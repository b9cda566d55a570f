"""The Dovecot of the bench: many accounts on few processes, and a delivery that costs one rename."""

from __future__ import annotations

import itertools
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.live.dovecot import Dovecot, DovecotOptions

# One process per connection, as Dovecot has it by default, would cost more than the gateway that is to be measured.
_SHARED_PROCESSES = """
service imap {
  client_limit = 50
  service_count = 0
  process_min_avail = 4
}
"""
# Without TLS nothing is to be offered either, or the gateway would use STARTTLS.
_NO_TLS = "ssl = no\n"


def make_dovecot(accounts: int, *, tls: bool) -> Dovecot:
    """A Dovecot with room for all accounts and the bare clients beside them."""
    return Dovecot(
        DovecotOptions(
            connection_limit=max(1000, 3 * accounts),
            raise_inotify_limits=True,
            extra_config=_SHARED_PROCESSES + ("" if tls else _NO_TLS),
        )
    )


def user(number: int) -> str:
    """The mailbox of the account with this number."""
    return f"user{number}@example.test"


def account_id(number: int) -> str:
    """The id under which that account is registered."""
    return f"account-{number:05d}"


def registrations(
    dovecot: Dovecot, numbers: Iterable[int], *, tls: bool, disabled: bool = False
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The calls that register these accounts; a disabled one does not connect."""
    for number in numbers:
        body = account_body(dovecot, number, tls=tls)
        body["imap"]["disabled"] = disabled
        yield "POST", "/v1/account", body


def removals(numbers: Iterable[int]) -> Iterator[tuple[str, str, None]]:
    """The calls that delete these accounts."""
    for number in numbers:
        yield "DELETE", f"/v1/account/{account_id(number)}", None


def account_body(dovecot: Dovecot, number: int, *, tls: bool) -> dict[str, Any]:
    """What a program sends to register this account."""
    return {
        "account": account_id(number),
        "name": f"User {number}",
        "email": user(number),
        "imap": {
            "auth": {"user": user(number), "pass": dovecot.password},
            "host": dovecot.host,
            "port": dovecot.tls_port if tls else dovecot.port,
            "secure": tls,
        },
    }


@dataclass(slots=True)
class Postman:
    """Delivers into Maildirs as a delivery agent does: write below `tmp`, rename into `new`.

    `cpu` are the seconds of CPU that this took.
    """

    dovecot: Dovecot
    cpu: float = 0.0
    _numbers: itertools.count[int] = field(default_factory=itertools.count)
    _run: str = field(default_factory=lambda: secrets.token_hex(4))

    def deliver(self, number: int, subject: str) -> None:
        """Put one message into the INBOX of an account that has signed in once; done when this returns."""
        began = time.process_time()
        maildir = self.dovecot.folder / "mail" / user(number) / "Maildir"
        name = f"{next(self._numbers)}.{self._run}.bench"
        fresh = maildir / "tmp" / name
        fresh.write_bytes(letter(number, subject))
        _give_to_owner(fresh, maildir)
        fresh.rename(maildir / "new" / name)
        self.cpu += time.process_time() - began


def letter(number: int, subject: str) -> bytes:
    """A message with the header fields and the two bodies that ordinary mail has."""
    return (
        f"From: Ada Sender <ada@example.test>\r\nTo: {user(number)}\r\nSubject: {subject}\r\n"
        f"Date: Tue, 03 Feb 2026 10:00:00 +0000\r\nMessage-ID: <{subject}.{number}@bench.example.test>\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello.\r\n"
        "--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hello.</p>\r\n--b--\r\n"
    ).encode()


def _give_to_owner(path: Path, maildir: Path) -> None:
    if os.geteuid() == 0:
        owner = maildir.stat()
        os.chown(path, owner.st_uid, owner.st_gid)
