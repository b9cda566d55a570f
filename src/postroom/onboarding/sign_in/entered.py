"""A person's entries for a sign-in with a password, and the settings made from them. Pure."""

from __future__ import annotations

from dataclasses import field

from postroom.accounts.settings.shapes import Document
from postroom.footprint.dataclass import dataclass

__all__ = ["EnteredMailbox", "EnteredServer"]


@dataclass(frozen=True, slots=True)
class EnteredServer:
    """A server as a person entered it; `secure` means TLS from the first byte, otherwise STARTTLS."""

    host: str
    port: int
    secure: bool


@dataclass(frozen=True, slots=True)
class EnteredMailbox:
    """A person's entries for a sign-in with a password. Without `imap`, the servers are searched for."""

    email: str
    name: str
    user: str
    password: str = field(repr=False)
    imap: EnteredServer | None = None
    smtp: EnteredServer | None = None

    def document(self) -> Document:
        """The settings of the account, with the API's names. An unused block is cleared."""
        auth = {"user": self.user, "pass": self.password}
        return {
            "name": self.name or self.email,
            "email": self.email,
            "imap": {**_block(self.imap), "auth": auth} if self.imap else False,
            "smtp": {**_block(self.smtp), "auth": dict(auth)} if self.smtp else False,
            "oauth2": False,
        }


def _block(server: EnteredServer) -> Document:
    return {"host": server.host, "port": server.port, "secure": server.secure}
