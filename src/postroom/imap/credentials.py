"""Who logs in: a user with a password or with an OAuth2 access token. The repr shows neither."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from postroom.imap.errors import LocalProtocolError
from postroom.words import Secrets

__all__ = ["Credentials"]

_LINE_BREAK = re.compile(r"[\r\n]")


@dataclass(frozen=True, slots=True)
class Credentials:
    """Exactly one of `password` and `access_token`.

    `authzid` is the identity to act as when it is not `user` (a shared or delegated mailbox). `host` and `port` are
    where the session goes, which OAUTHBEARER repeats to the server (RFC 7628). A password may hold all that a literal
    and SASL PLAIN (RFC 4616) can carry, line breaks included. LocalProtocolError, which names the value, when there is
    NUL in it, half a surrogate pair, or a line break in anything but the password; or when there is none or more than
    one secret.
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
        """Whether quoted strings can carry user and password; others need a literal, or SASL's base64."""
        text = self.user + (self.password or "")
        return text.isascii() and not _LINE_BREAK.search(text)

    @property
    def secrets(self) -> Secrets:
        """What the server must not repeat to anybody but us."""
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
