"""A section that is open for download: what is known of its size, and the reading of all or a part of it."""

from __future__ import annotations

import asyncio
from dataclasses import field, replace
from functools import partial
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.mail.streaming.decoders import TransferDecoder, decoder_of, is_base64, is_identity
from postroom.mail.streaming.regular_lines import RegularBase64, RegularLines
from postroom.mailboxes.downloads.content import Content, Stretch
from postroom.mailboxes.downloads.lengths import Lengths
from postroom.mailboxes.downloads.named import Named
from postroom.mailboxes.downloads.pieces import PIECE, NoContent, PieceAt, fetch_pieces
from postroom.mailboxes.visit import AtMessage

__all__ = ["OpenContent", "open_content"]

_LOOK: Final = 4 * 1024
"""Octets of the beginning that show how long the lines are."""

_END: Final = 2 * 1024
"""Octets of the end that show where it is, and how the last line ends."""


@dataclass(frozen=True, slots=True)
class OpenContent:
    """A section whose beginning was fetched.

    `total` are the octets of the decoded content, None as long as nobody has counted them. `tag` stands for the
    content: a message never changes, so equal tags are equal octets.
    """

    at: AtMessage
    named: Named
    tag: str
    total: int | None
    begun: bytes = field(repr=False)
    is_whole: bool
    exact: bool
    lines: RegularLines | None
    lengths: Lengths

    def stay(self) -> None:
        """End the deadline of the visit, because the caller now sees progress."""
        self.at.folder.visit.stay()

    async def counted(self, until: int | None) -> OpenContent | None:
        """Return the content with its total, counted octet by octet; None when that would take too long.

        If the content has an octet at `until`, the count ends there, and the total stays unknown.
        """
        if self.total is not None:
            return self
        content, seen = self._read_on(), 0
        time = asyncio.get_running_loop().time
        begun, end = time(), self.at.folder.visit.clock.when()
        while piece := await content.read():
            seen += len(piece)
            if until is not None and seen > until:
                return self
            # The other half of the time is for the answer.
            if end is not None and time() - begun > (end - begun) / 2:
                return None
        return replace(self, total=seen)

    def read_all(self) -> Content:
        """Return the whole content. If its total is not known, it is remembered afterwards."""
        if self.total is None:
            return self._read_on()
        return Content(self.at, self.named.section, self._whole_stretch(), self._decoder(0), length=self.total)

    def read_part(self, start: int, length: int) -> Content:
        """Return `length` octets from `start`, which must be there; only what is needed is fetched.

        A content that is neither regular base64 nor transferred as it is has to be decoded from its beginning.
        """
        begin = 0
        if self.is_whole:
            stretch, skip = Stretch(0, len(self.begun), 0, self.begun, self.is_whole), start
        elif not self.is_seekable:
            return self._read_on(skip=start, length=length)
        elif self.lines is None:
            stretch, skip = Stretch(start, start + length), 0
        else:
            begin, decoded = self.lines.line_at(start)
            end, _ = self.lines.line_at(start + length - 1)
            stretch, skip = Stretch(begin, min(end + self.lines.step, self.named.size)), start - decoded
        decoder = self._decoder(begin)
        return Content(self.at, self.named.section, stretch, decoder, skip=skip, length=length, is_part=True)

    @property
    def is_seekable(self) -> bool:
        """Whether each octet can be found without those before it."""
        return self.is_whole or self.lines is not None or (self.exact and is_identity(self.named.encoding))

    def _read_on(self, skip: int = 0, length: int | None = None) -> Content:
        """Return what is decoded from the beginning on. Each time the pieces are the same, and so are the octets."""
        stretch = self._whole_stretch()
        if not self.is_whole and len(stretch.begun) < PIECE:
            stretch.begun = b""
        return Content(
            self.at,
            self.named.section,
            stretch,
            self._decoder(0),
            skip=skip,
            length=length,
            is_part=length is not None,
            counted=partial(self.lengths.note, self.tag),
        )

    def _whole_stretch(self) -> Stretch:
        end = len(self.begun) if self.is_whole else self.named.size if self.exact else None
        return Stretch(0, end, self.named.size, self.begun, self.is_whole)

    def _decoder(self, begin: int) -> TransferDecoder:
        return decoder_of(self.named.encoding) if self.lines is None else RegularBase64(self.lines, begin)


async def open_content(at: AtMessage, named: Named, tag: str, lengths: Lengths, *, partly: bool) -> OpenContent:
    """Fetch the beginning, and the end when the section is large. `partly`: probably not all of it is wanted.

    The end shows whether the server's size is right. `lengths` has what was counted before, and which lines of base64
    were not as they seemed. Raises what `fetch_pieces` raises.
    """
    size, section = named.size, named.section
    if not size:
        return await _open_small(at, named, tag, lengths, b"")
    if size <= PIECE:
        (begun,) = await fetch_pieces(at, section, PieceAt(0, PIECE))
        if not begun:
            raise NoContent
        return await _open_small(at, named, tag, lengths, begun)
    first = PieceAt(0, _LOOK if partly else PIECE)
    begun, end = await fetch_pieces(at, section, first, PieceAt(size - _END, _END + 1))
    if not begun:
        raise NoContent
    exact = len(end) == _END and len(begun) == first.size
    lines = None
    if exact and is_base64(named.encoding) and tag not in lengths:
        lines = RegularLines.of(begun, end, size)
    total = lengths.of(tag)
    if exact and is_identity(named.encoding):
        total = size
    elif lines is not None:
        total = lines.decoded_size
    return OpenContent(at, named, tag, total, begun, is_whole=False, exact=exact, lines=lines, lengths=lengths)


async def _open_small(at: AtMessage, named: Named, tag: str, lengths: Lengths, begun: bytes) -> OpenContent:
    """Open a section that should fit into one piece. Its size may be wrong, so look for more where it may be."""
    is_whole = len(begun) == named.size < PIECE
    if not is_whole:
        (more,) = await fetch_pieces(at, named.section, PieceAt(len(begun), PIECE))
        begun, is_whole = begun + more, not more or (not begun and len(more) < PIECE)
    total = lengths.of(tag)
    if is_whole:
        decoder = decoder_of(named.encoding)
        total = len(decoder.feed(begun)) + len(decoder.finish())
    return OpenContent(at, named, tag, total, begun, is_whole=is_whole, exact=False, lines=None, lengths=lengths)
