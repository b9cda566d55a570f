"""From a message to its row and its sealed pieces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import orjson

from postroom.storage.sealing.secrets import SecretBox
from postroom.submission.accepting.model import Submitted, ToSubmit
from postroom.submission.accepting.submission_store import NewSubmission
from postroom.submission.model import MessageState, body_context, secrets_context
from postroom.tasks import aside

PIECE: Final = 1024 * 1024
"""Octets of a piece of a message before it is sealed."""

# `aside` counts items of a microsecond; AES-GCM takes about that for this many octets.
_OCTETS_PER_ITEM: Final = 512


async def sealed(box: SecretBox, message: ToSubmit, stored: Submitted, now: int, most_attempts: int) -> NewSubmission:
    """Return the rows of a message. A large one is sealed in a thread, so the loop goes on."""
    octets, queue_id = memoryview(message.octets), stored.queue_id

    def seal() -> tuple[bytes, ...]:
        return tuple(box.seal_octets(piece, body_context(queue_id, at)) for at, piece in enumerate(_pieces(octets)))

    pieces = await aside(len(octets) // _OCTETS_PER_ITEM, seal)
    return NewSubmission(_row(box, message, stored, now, most_attempts), message.recipients, pieces)


def _pieces(octets: memoryview) -> Iterator[memoryview]:
    # A message without a single octet has one empty piece: no piece means that the body is gone.
    return (octets[start : start + PIECE] for start in range(0, max(len(octets), 1), PIECE))


def _row(box: SecretBox, message: ToSubmit, stored: Submitted, now: int, most_attempts: int) -> dict[str, object]:
    secrets = None
    if message.proxy is not None:
        secrets = box.seal(orjson.dumps({"proxy": message.proxy}).decode(), secrets_context(stored.queue_id))
    return {
        "queue_id": stored.queue_id,
        "account": message.account,
        "source": message.source.value,
        "state": MessageState.QUEUED.value,
        "message_id": stored.message_id,
        "subject": message.subject,
        "sender": message.sender,
        "size": len(message.octets),
        "plan": replace(message.plan, has_proxy=message.proxy is not None).as_row(),
        "secrets": secrets,
        "created_at": now,
        "send_at": stored.send_at,
        "next_at": stored.send_at,
        "most_attempts": most_attempts,
    }
