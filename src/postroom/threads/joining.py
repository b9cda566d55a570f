"""Puts messages into threads by the names they are linked with. Pure.

All names in a message's chain belong to one thread. The thread is named after the first name that was seen in it. When
a message links several threads, the one of its oldest name goes on, and the others are joined to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from postroom.footprint.dataclass import dataclass
from postroom.mail.identity.links import Links

__all__ = ["Joined", "join"]


@dataclass(frozen=True, slots=True)
class Joined:
    """What became of some messages.

    `threads` are their threads in order, 0 for none. `names` are the names whose thread must be stored. `joins` are
    threads that ended, each with the one it was joined to.
    """

    threads: tuple[int, ...]
    names: dict[int, int]
    joins: dict[int, int]


def join(messages: Sequence[Links], known: Mapping[int, int]) -> Joined:
    """Decide the threads of messages. `known` has the thread of every name in their chains that was seen before."""
    names: dict[int, int] = {}
    joins: dict[int, int] = {}

    def thread_of(name: int) -> int | None:
        thread = names.get(name, known.get(name))
        while thread in joins:
            thread = joins[thread]
        return thread

    threads: list[int] = []
    for each in messages:
        if each.thread is not None or not each.chain:
            threads.append(each.thread or 0)
            continue
        found = [thread_of(name) for name in each.chain]
        kept = next((thread for thread in found if thread is not None), each.chain[0])
        for name, thread in zip(each.chain, found, strict=True):
            if thread is None:
                names[name] = kept
            elif thread != kept and thread not in joins:
                joins[thread] = kept
        threads.append(kept)
    return Joined(
        tuple(_last(thread, joins) for thread in threads),
        {name: _last(thread, joins) for name, thread in names.items()},
        {old: _last(new, joins) for old, new in joins.items()},
    )


def _last(thread: int, joins: Mapping[int, int]) -> int:
    while thread in joins:
        thread = joins[thread]
    return thread
