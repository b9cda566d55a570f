"""Messages that exist but cannot be fetched: when each is retried, and when it is reported. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.imap.sets import UidSet

RETRY_DELAYS: Final = (1000, 1700, 2890)
"""Milliseconds before each retry. After the last one the message is reported; then each full sync retries it."""


@dataclass(frozen=True, slots=True)
class Missing:
    """One message: the retries so far, the first failure and the next retry (ms). No retry is due after the report."""

    uid: int
    tries: int
    since: int
    due: int | None

    @property
    def is_reported(self) -> bool:
        """Whether `messageMissing` has been announced."""
        return self.due is None


Register = Mapping[int, Missing]

NONE_MISSING: Final[Register] = {}
"""The register of nearly every folder: one object for all of them."""


def failed_again(register: Register, uids: Iterable[int], now: int) -> tuple[dict[int, Missing], list[Missing]]:
    """Return the register after these messages could not be fetched, and the messages to report now."""
    after = dict(register)
    reported: list[Missing] = []
    for uid in uids:
        before = after.get(uid)
        if before is None:
            after[uid] = Missing(uid, 0, now, now + RETRY_DELAYS[0])
        elif before.due is not None and before.tries + 1 < len(RETRY_DELAYS):
            after[uid] = Missing(uid, before.tries + 1, before.since, now + RETRY_DELAYS[before.tries + 1])
        elif before.due is not None:
            after[uid] = Missing(uid, before.tries + 1, before.since, None)
            reported.append(after[uid])
    return after, reported


def without(register: Register, uids: UidSet) -> dict[int, Missing]:
    """Return the register without these messages, which were fetched or are gone."""
    return {uid: each for uid, each in register.items() if uid not in uids}


def due(register: Register, now: int) -> UidSet:
    """Return the messages to retry now."""
    return UidSet.from_iterable(uid for uid, each in register.items() if each.due is not None and each.due <= now)


def next_due(register: Register) -> int | None:
    """Return when the next retry is due (milliseconds since 1970), None when none is."""
    return min((each.due for each in register.values() if each.due is not None), default=None)


def to_json(register: Register) -> list[list[int | None]] | None:
    """Return the register in its stored form."""
    return [[each.uid, each.tries, each.since, each.due] for each in register.values()] or None


def from_json(stored: Sequence[tuple[int, int, int, int | None]] | None) -> Register:
    """Return the register from its stored form."""
    if not stored:
        return NONE_MISSING
    return {uid: Missing(uid, tries, since, due) for uid, tries, since, due in stored}
