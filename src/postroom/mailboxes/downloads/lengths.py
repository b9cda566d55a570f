"""What is remembered of contents whose length the mail server does not tell: the length, once it was counted. Pure."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

__all__ = ["Lengths"]

_MOST: Final = 10_000
"""Contents that are remembered; each takes about 200 octets."""


class Lengths:
    """Octets of decoded contents by their tags, as long as they are among those used last.

    None stands for a content whose length has to be counted, because its lines are not as its beginning promised.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._known: OrderedDict[str, int | None] = OrderedDict()

    def __contains__(self, tag: str) -> bool:
        return tag in self._known

    def of(self, tag: str) -> int | None:
        """Return the length of a content, None when it is not known."""
        if tag not in self._known:
            return None
        self._known.move_to_end(tag)
        return self._known[tag]

    def note(self, tag: str, length: int | None) -> None:
        """Remember a length that was counted, or that one has to be."""
        self._known[tag] = length
        self._known.move_to_end(tag)
        if len(self._known) > self._most:
            self._known.popitem(last=False)
