"""What a caller's wish makes of a message: cancelled, tried again, or taken as sent. Pure."""

from __future__ import annotations

from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.submission.model import MessageState, RecipientState
from postroom.submission.outbox.model import CannotCancel, CannotResolve, CannotRetry, OutboxItem

__all__ = ["Decision", "cancelled", "resolved_as_sent", "retried"]

_PENDING: Final = frozenset({RecipientState.QUEUED, RecipientState.DEFERRED})
_SUCCEEDED: Final = frozenset({RecipientState.SENT, RecipientState.BOUNCED})
_MAY_RETRY: Final = frozenset({MessageState.FAILED, MessageState.UNKNOWN, MessageState.SENT})


@dataclass(frozen=True, slots=True)
class Decision:
    """The new state of a message, and those of the recipients that change, by their old states.

    `addresses` are the recipients that change.
    """

    state: MessageState
    changes: dict[RecipientState, RecipientState]
    addresses: tuple[str, ...]


def cancelled(item: OutboxItem) -> Decision:
    """Take back a message that waits. Raises CannotCancel.

    A message that a server took for some recipients is SENT; the others do not get it.
    """
    if item.state is not MessageState.QUEUED:
        raise CannotCancel(item.state)
    was_sent = any(each.state in _SUCCEEDED for each in item.recipients)
    state = MessageState.SENT if was_sent else MessageState.CANCELLED
    return _decided(item, state, dict.fromkeys(_PENDING, RecipientState.CANCELLED))


def retried(item: OutboxItem) -> Decision:
    """Try a finished message again, for the recipients without success. Raises CannotRetry."""
    changes = dict.fromkeys(set(RecipientState) - _SUCCEEDED, RecipientState.QUEUED)
    decision = _decided(item, MessageState.QUEUED, changes)
    if item.state not in _MAY_RETRY or not decision.addresses:
        raise CannotRetry(item.state)
    return decision


def resolved_as_sent(item: OutboxItem) -> Decision:
    """Take a message of unknown outcome as sent. Raises CannotResolve.

    Recipients who were deferred before the outcome was lost are tried again.
    """
    if item.state is not MessageState.UNKNOWN:
        raise CannotResolve(item.state)
    goes_on = any(each.state in _PENDING for each in item.recipients)
    state = MessageState.QUEUED if goes_on else MessageState.SENT
    return _decided(item, state, {RecipientState.UNKNOWN: RecipientState.SENT})


def _decided(item: OutboxItem, state: MessageState, changes: dict[RecipientState, RecipientState]) -> Decision:
    return Decision(state, changes, tuple(each.address for each in item.recipients if each.state in changes))
