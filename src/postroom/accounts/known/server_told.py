"""What the mail server of an account told of itself at the last sign-in. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from postroom.accounts.known.members import unknown_members

_MEMBERS: Final = frozenset({"greeting", "capabilities", "id", "name", "tls"})


class ServerTold(NamedTuple):
    """The `server` object of the API, without its `quirks`.

    `identity` is the server's answer to the command ID (RFC 2971), `name` its name there, `tls` the version of TLS.
    """

    greeting: str = ""
    capabilities: Sequence[str] = ()
    identity: Mapping[str, str] | None = None
    name: str | None = None
    tls: str | None = None
    others: Mapping[str, object] | None = None

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> ServerTold:
        """Read the stored object."""
        get = row.get
        return cls(
            get("greeting") or "",
            get("capabilities") or (),
            get("id"),
            get("name"),
            get("tls"),
            unknown_members(row, _MEMBERS),
        )

    def as_row(self) -> dict[str, object]:
        """Return the object as it is stored and shown."""
        row: dict[str, object] = {"greeting": self.greeting, "capabilities": self.capabilities}
        if self.identity is not None:
            row["id"] = self.identity
        if self.name is not None:
            row["name"] = self.name
        if self.tls is not None:
            row["tls"] = self.tls
        if self.others is not None:
            row |= self.others
        return row
