"""The content of one download while it passes: fetched in pieces, decoded, cut to what the caller wants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field

from postroom.footprint.dataclass import dataclass
from postroom.mail.streaming.decoders import TransferDecoder
from postroom.mail.streaming.regular_lines import IrregularLines
from postroom.mailboxes.downloads.pieces import PIECE, PieceAt, fetch_pieces
from postroom.mailboxes.failures import IncompleteAnswer
from postroom.mailboxes.visit import AtMessage

__all__ = ["Content", "IrregularContent", "Stretch"]


class IrregularContent(IncompleteAnswer):
    """The content is not as long as its beginning and end promised."""

    def __init__(self) -> None:
        super().__init__("The content is not as long as its beginning and end promised. Download it again")


@dataclass(slots=True)
class Stretch:
    """The octets of a section to read: from `at` up to `end` (as transferred); None is where the section ends.

    `begun` are octets from `at` that were fetched already. `size` are the octets that a section without `end` should
    have, and `is_whole` says that `begun` are all there are.
    """

    at: int = 0
    end: int | None = None
    size: int = 0
    begun: bytes = field(default=b"", repr=False)
    is_whole: bool = False


class Content:
    """Decoded octets, one piece after the other.

    `skip` decoded octets are left out at the beginning. `length` is the number that follows, None when nobody knows;
    with `is_part`, there may be more. `counted` is called with the number of all octets after the last one, unless
    the length was known.
    """

    def __init__(
        self,
        at: AtMessage,
        section: str,
        stretch: Stretch,
        decoder: TransferDecoder,
        *,
        skip: int = 0,
        length: int | None = None,
        is_part: bool = False,
        counted: Callable[[int], None] | None = None,
    ) -> None:
        self._at = at
        self._section = section
        self._stretch = stretch
        self._decoder = decoder
        self._skip = skip
        self.length = length
        self._left = length
        self._is_part = is_part
        self._is_over = False
        self._counted = counted
        self._passed = 0

    @property
    def is_over(self) -> bool:
        """Whether the content has been read to its end."""
        return self._is_over

    def gives_way(self) -> bool:
        """Whether another caller waits for the session. True is a promise: the download has to end soon."""
        return self._at.folder.visit.lent.gives_way()

    async def read(self) -> bytes:
        """Return the next octets; none at the end.

        Raises what `fetch_pieces` raises, and IncompleteAnswer when the server ends too early or IrregularContent when
        the content has another length than was promised.
        """
        while not self._is_over:
            raw, is_last = await self._next()
            self._is_over = is_last
            try:
                decoded = self._decoder.feed(raw) if raw else b""
                if is_last:
                    decoded += self._decoder.finish()
            except IrregularLines:
                raise IrregularContent from None
            wanted = self._wanted(decoded)
            if is_last and self.length is None and self._counted is not None:
                self._counted(self._passed)
            if wanted:
                return wanted
        return b""

    async def _next(self) -> tuple[bytes, bool]:
        """Return the next octets as transferred, and whether they are the last."""
        stretch = self._stretch
        asked = PIECE if stretch.end is None else min(PIECE, stretch.end - stretch.at)
        raw, begun = stretch.begun, bool(stretch.begun)
        stretch.begun = b""
        if not begun and asked > 0 and not stretch.is_whole:
            (raw,) = await fetch_pieces(self._at, self._section, PieceAt(stretch.at, asked))
        stretch.at += len(raw)
        if stretch.is_whole:
            return raw, True
        if stretch.end is not None:
            is_last = stretch.at >= stretch.end
            if not raw and not is_last:
                raise IncompleteAnswer("The mail server ended the content too early. Try again later")
            return raw, is_last
        # A short piece in the middle is unusual, so only an empty one is taken for an early end.
        return raw, not raw or (not begun and len(raw) < asked and stretch.at >= stretch.size)

    def _wanted(self, decoded: bytes) -> bytes:
        """Return what the caller wants of these octets; check the length that was promised."""
        if self._skip:
            skipped = min(self._skip, len(decoded))
            self._skip -= skipped
            decoded = decoded[skipped:]
        if self._left is None:
            self._passed += len(decoded)
            return decoded
        if len(decoded) > self._left:
            if not self._is_part:
                raise IrregularContent
            decoded = decoded[: self._left]
        self._left -= len(decoded)
        if self._is_over and self._left:
            raise IrregularContent
        # What follows a range need not be fetched.
        self._is_over |= self._is_part and not self._left
        return decoded
