"""Who logs in: a user with a password or with an OAuth2 access token. The repr shows neither."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from postroom.imap.errors import LocalProtocolError

__all__ = ["Credentials"]

_FORBIDDEN = re.compile(r"[\r\n\0]")
_SHORTEST_FOUND = 4
"""Characters; a shorter secret would be "found" in ordinary words."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Exactly one of `password` and `access_token`.

    `authzid` is the identity to act as when it is not `user` (a shared or delegated mailbox). `host` and `port` are
    where the session goes, which OAUTHBEARER repeats to the server (RFC 7628). LocalProtocolError when a value holds
    CR, LF or NUL, or when there is none or more than one secret.
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
            value = getattr(self, what)
            if value is not None and _FORBIDDEN.search(value):
                raise LocalProtocolError(f"the {what.replace('_', ' ')} holds a line break or NUL character")

    @property
    def is_ascii(self) -> bool:
        """Whether LOGIN can carry user and password; other characters travel only in SASL (RFC 4616)."""
        return self.user.isascii() and (self.password or "").isascii()

    def conceal(self, text: str) -> str:
        """The text with the secret taken out of it."""
        secret = self.password or self.access_token or ""
        return text.replace(secret, "******") if len(secret) >= _SHORTEST_FOUND else text
