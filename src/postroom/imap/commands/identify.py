"""ID (RFC 2971): tells the server who we are and asks who it is."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import field
from functools import lru_cache

from postroom.footprint.dataclass import dataclass
from postroom.imap import encode
from postroom.imap.commands.arguments import Chunks, group, words
from postroom.imap.commands.command import silent
from postroom.imap.encode import Argument
from postroom.imap.responses import IdData, Response, StatusResponse
from postroom.imap.states import ANY_STATE

__all__ = ["Id"]


@dataclass(slots=True, eq=False)
class Id:
    """Sends our identification (NIL when empty). The result is the server's, with keys in lower case, or None."""

    params: Mapping[str, str | None] = field(default_factory=dict)
    _server: dict[str, str | None] | None = field(default=None, init=False)

    name = "ID"
    states = ANY_STATE
    claims = frozenset({"ID"})
    trigger = None

    def encode(self, _capabilities: frozenset[str], _enabled: frozenset[str]) -> Chunks:
        if not self.params:
            return [b"ID NIL"]
        pairs: list[Argument] = []
        for key, value in self.params.items():
            pairs += [encode.string(_plain(key)), encode.nstring(None if value is None else _plain(value))]
        return words(b"ID", group(pairs))

    def accept(self, response: Response) -> bool:
        if isinstance(response, IdData):
            self._server = response.params
            return True
        return False

    continuation = silent

    def result(self, _tagged: StatusResponse) -> dict[str, str | None] | None:
        return self._server


# The text is the same in the session of every account.
@lru_cache(maxsize=64)
def _plain(text: str) -> str:
    """The text as one line of ASCII without diacritics: several servers answer BAD to anything else in an ID."""
    decomposed = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    return " ".join("".join(each if each.isprintable() else " " for each in decomposed).split())
