"""What each piece of a message is, and which of the pieces are cut away. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

__all__ = ["LineKind", "settled"]


class LineKind(Enum):
    """What a line or an element is. `BLANK` goes with its neighbours."""

    TEXT = "text"
    QUOTE = "quote"
    SIGNATURE = "signature"
    BLANK = "blank"


def settled(kinds: Sequence[LineKind]) -> list[LineKind]:
    """Return the kinds with each quote that stays in the new text as `TEXT`.

    One quote is cut, wherever it stands. Where text stands between quotes, the sender answered point by point: only
    the quotes below the last text are cut.
    """
    last = max((at for at, kind in enumerate(kinds) if kind is LineKind.TEXT), default=-1)
    solid = [kind for kind in kinds if kind in (LineKind.TEXT, LineKind.QUOTE)]
    runs = sum(
        1 for at, kind in enumerate(solid) if kind is LineKind.QUOTE and (at == 0 or solid[at - 1] is LineKind.TEXT)
    )
    if runs < 2:
        return list(kinds)
    return [LineKind.TEXT if kind is LineKind.QUOTE and at < last else kind for at, kind in enumerate(kinds)]
