"""From a message to a parcel for a connection: its envelope, its octets opened, and its own way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from functools import partial

import orjson

from postroom.smtp.envelope import SmtpEnvelope
from postroom.storage.sealing.secrets import SecretBox, SecretUnreadable, WrongKey
from postroom.submission.bodies import Bodies
from postroom.submission.delivery.rules.posting import Posting
from postroom.submission.model import body_context, secrets_context
from postroom.submission.transmission.connections import NOTHING_SPECIAL, Through
from postroom.submission.transmission.parcel import Parcel

__all__ = ["Parcels", "Reading"]


class Parcels:
    """Opens what is sealed of the messages of one database."""

    def __init__(self, bodies: Bodies, box: SecretBox) -> None:
        self._bodies = bodies
        self._box = box

    def way(self, posting: Posting) -> Through:
        """Return the way of a message. Raises SecretUnreadable."""
        plan = posting.plan
        if not plan.has_proxy and plan.local_address is None:
            return NOTHING_SPECIAL
        proxy = None
        if plan.has_proxy and posting.secrets is not None:
            owner, context = f"the message {posting.queue_id!r}", secrets_context(posting.queue_id)
            proxy = orjson.loads(self._box.open_for(owner, posting.secrets, context)).get("proxy")
        return Through(proxy, plan.local_address)

    def parcel(self, posting: Posting, may_send: Callable[[], Awaitable[bool]]) -> Parcel:
        """Return the parcel for all recipients who are still to be asked.

        Its content raises BodyGone, SecretUnreadable, StorageFailed.
        """
        plan = posting.plan
        envelope = SmtpEnvelope(
            posting.sender,
            posting.next_recipients(None),
            posting.size,
            plan.is_eight_bit,
            plan.has_utf8_header,
            plan.dsn,
        )
        return Parcel(envelope, partial(self._content, posting), may_send)

    async def _content(self, posting: Posting) -> AsyncIterator[bytes]:
        if posting.head is None:
            async for piece in self._bodies.pieces(posting.id):
                yield piece
            return
        try:
            yield self._box.open_octets(posting.head, body_context(posting.queue_id, 0))
        except WrongKey as error:
            raise SecretUnreadable(f"the message {posting.queue_id!r}", error) from error


class Reading:
    """A parcel that knows whether its content was read to the end, so that all of it may have been written."""

    def __init__(self, parcel: Parcel) -> None:
        self.is_complete = False
        self._content = parcel.content
        self.parcel = replace(parcel, content=self._read)

    async def _read(self) -> AsyncIterator[bytes]:
        self.is_complete = False
        async for piece in self._content():
            yield piece
        self.is_complete = True
