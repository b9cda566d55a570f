"""Reads the octets of stored messages: piece by piece, opened, and complete or not at all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from itertools import count

from postroom.errors import Permanent
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox, SecretUnreadable, WrongKey
from postroom.submission import body_store
from postroom.submission.body_store import BodyPiece
from postroom.submission.model import body_context

__all__ = ["Bodies", "BodyGone"]


class BodyGone(Permanent):
    """The octets of a message are not kept any more, or not all of them, so it cannot be sent or stored again."""

    code = "MessageBodyGone"

    def __init__(self) -> None:
        super().__init__("The content of this message is no longer kept. Submit the message again.")


class Bodies:
    """The bodies of the messages of one database."""

    def __init__(self, db: Database, box: SecretBox) -> None:
        self._db = db
        self._box = box

    async def pieces(self, submission: int) -> AsyncIterator[bytes]:
        """Yield the octets of a message, at most 1 MiB at a time, from the row with this id.

        When a piece is missing, the error comes before the end, so a part never passes for the whole.
        Raises BodyGone, SecretUnreadable, StorageUnavailable.
        """
        left: int | None = None
        for place in count():
            stored = await self._db.read(partial(body_store.piece, submission=submission, place=place))
            if stored is None or stored.sealed is None:
                raise BodyGone
            octets = self._opened(stored, place)
            left = (stored.size if left is None else left) - len(octets)
            yield octets
            if left <= 0:
                return

    def _opened(self, stored: BodyPiece, place: int) -> bytes:
        assert stored.sealed is not None
        try:
            return self._box.open_octets(stored.sealed, body_context(stored.queue_id, place))
        except WrongKey as error:
            raise SecretUnreadable(f"the message {stored.queue_id!r}", error) from error
