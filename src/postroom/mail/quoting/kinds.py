"""What each piece of a message is, and which of the pieces are cut away. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

__all__ = ["PieceKind", "settled"]


class PieceKind(Enum):
    """What a line or an element is. `BLANK` goes with its neighbours."""

    TEXT = "text"
    QUOTE = "quote"
    SIGNATURE = "signature"
    BLANK = "blank"


def settled(kinds: Sequence[PieceKind]) -> list[PieceKind]:
    """Return the kinds with each quote that stays in the new text as `TEXT`.

    One quote is cut, wherever it stands. Where text stands between quotes, the sender answered point by point: only
    the quotes below the last text are cut.
    """
    last = max((at for at, kind in enumerate(kinds) if kind is PieceKind.TEXT), default=-1)
    solid = [kind for kind in kinds if kind in (PieceKind.TEXT, PieceKind.QUOTE)]
    starts = (at == 0 or solid[at - 1] is PieceKind.TEXT for at in range(len(solid)))
    runs = sum(1 for kind, is_start in zip(solid, starts, strict=True) if kind is PieceKind.QUOTE and is_start)
    if runs < 2:
        return list(kinds)
    return [PieceKind.TEXT if kind is PieceKind.QUOTE and at < last else kind for at, kind in enumerate(kinds)]
