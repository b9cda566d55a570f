"""A message of one part whose content and size the test decides, so that they can disagree."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.fakes.imap.command import Command
from tests.fakes.imap.session import Behaviour, Session

_PIECE = re.compile(r"BODY\.PEEK\[([\d.]*)\]<(\d+)\.(\d+)>", re.IGNORECASE)


@dataclass
class OnePart:
    """Message 1 of the INBOX. `raw` is the content of its part 1, and of the message itself.

    `told` is the size that the server tells, that of `raw` unless the test says otherwise. `piece` gives the answer to
    a piece (begin, size) in place of the right one; None is NIL, and a text leaves the piece out of the answer.
    """

    raw: bytes
    encoding: str = "8bit"
    told: int | None = None
    structure: str | None = None
    piece: Callable[[int, int], bytes | str | None] | None = None
    asked: list[tuple[int, int]] = field(default_factory=list)

    def behaviour(self) -> Behaviour:
        """What to give to FakeImapServer."""
        return Behaviour(on_command={"UID FETCH": self._fetch})

    @property
    def octets(self) -> int:
        """How many octets were asked for that are there."""
        return sum(max(0, min(at + size, len(self.raw)) - at) for at, size in self.asked)

    async def _fetch(self, session: Session, command: Command) -> None:
        asked = command.arguments[1]
        items = [str(item) for item in (asked if isinstance(asked, list) else [asked])]
        parts = [part for part in map(self._item, items) if part]
        await session.send(b"* 1 FETCH (UID 1 " + b" ".join(parts) + b")\r\n")
        await session.tagged(command)

    def _item(self, item: str) -> bytes:
        size = len(self.raw) if self.told is None else self.told
        if item == "BODYSTRUCTURE":
            usual = f'("APPLICATION" "PDF" ("NAME" "a.pdf") NIL NIL "{self.encoding}" {size} NIL NIL NIL)'
            return f"BODYSTRUCTURE {self.structure or usual}".encode()
        if item == "RFC822.SIZE":
            return b"RFC822.SIZE %d" % size
        found = _PIECE.fullmatch(item)
        if found is None:
            return b""
        begin, most = int(found[2]), int(found[3])
        self.asked.append((begin, most))
        data = self.raw[begin : begin + most] if self.piece is None else self.piece(begin, most)
        if isinstance(data, str):
            return b""
        label = f"BODY[{found[1]}]<{begin}>".encode()
        return label + (b" NIL" if data is None else b" {%d}\r\n%b" % (len(data), data))
