"""People of the dashboard who call the API from inside the process, and what they may do: everything. Pure.

Such a call has no token. Its ASGI scope names the person, and no client can set that: the server makes the scope of
each request, and takes nothing but its fixed parts from the network.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from postroom.access.tokens import Token
from postroom.footprint.dataclass import dataclass

__all__ = ["Insider", "insider_in", "naming", "rights_of"]

_KEY: Final = "postroom.insider"


@dataclass(frozen=True, slots=True)
class Insider:
    """A person who is signed in to the dashboard."""

    name: str


def naming(name: str) -> dict[str, object]:
    """Return what an ASGI scope has for a call that this person makes."""
    return {_KEY: Insider(name)}


def insider_in(scope: Mapping[str, Any]) -> Insider | None:
    """Return who makes the call from inside; None for a call from the network."""
    found = scope.get(_KEY)
    return found if isinstance(found, Insider) else None


def rights_of(insider: Insider) -> Token:
    """Return the rights of a call, in the form of a token. It is stored nowhere, and has no secret."""
    return Token(id=f"dashboard:{insider.name}", description="A person of the dashboard", scopes=("*",), created_at=0)
