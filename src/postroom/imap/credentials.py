"""Who logs in: a user with a password or with an OAuth2 access token. The repr shows neither."""

from __future__ import annotations

import re
from dataclasses import field

from postroom.footprint.dataclass import dataclass
from postroom.imap.errors import LocalProtocolError
from postroom.words.strangers import Secrets

__all__ = ["Credentials"]

_LINE_BREAK = re.compile(r"[\r\n]")


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user with exactly one secret: `password` or `access_token`.

    `authzid` is the identity to act as when it is not `user` (a shared or delegated mailbox). `host` and `port` are
    the server's; OAUTHBEARER repeats them (RFC 7628). A password may hold everything that a literal and SASL PLAIN
    (RFC 4616) can carry, including line breaks.

    Raises LocalProtocolError, which names the field, when a value holds NUL, half a surrogate pair, or (except in the
    password) a line break. Also when there is no secret, or both.
    """

    user: str
    password: str | None = field(default=None, repr=False)
    access_token: str | None = field(default=None, repr=False)
    authzid: str = ""
    host: str = ""
    port: int | None = None

    def __post_init__(self) -> None:
        if (self.password is None) == (self.access_token is None):
            raise LocalProtocolError("credentials need a password or an access token, and only one of them")
        for what in ("user", "password", "access_token", "authzid", "host"):
            problem = _problem(getattr(self, what) or "", may_hold_lines=what == "password")
            if problem:
                raise LocalProtocolError(f"the {what.replace('_', ' ')} holds {problem}, which no sign-in can carry")

    @property
    def is_plain(self) -> bool:
        """Whether quoted strings can carry user and password; otherwise they need a literal or SASL's base64."""
        text = self.user + (self.password or "")
        return text.isascii() and not _LINE_BREAK.search(text)

    @property
    def secrets(self) -> Secrets:
        """The values that must appear in no log and no error, even when the server repeats them."""
        return Secrets.of(self.password, self.access_token)


def _problem(value: str, *, may_hold_lines: bool) -> str:
    if "\0" in value:
        return "a NUL character"
    if not may_hold_lines and _LINE_BREAK.search(value):
        return "a line break"
    try:
        value.encode()
    except UnicodeEncodeError:
        return "half a surrogate pair"
    return ""
