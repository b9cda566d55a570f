"""Threads as callers get them: a page of a folder's threads, and one thread with its messages. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from postroom.mail.shapes import MessageObject

__all__ = ["ListedThread", "NotAnswered", "ThreadList", "WholeThread"]


@dataclass(frozen=True, slots=True)
class NotAnswered:
    """A folder whose messages are left out, or a part of them, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class ListedThread:
    """A thread of a folder. `newest` is its newest message there, `unseen` counts in the folder of the list.

    `count` and `messages` (message ids) are of all folders.
    """

    thread_id: str
    newest: MessageObject
    count: int
    unseen: int
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ThreadList:
    """A page of threads; `total` counts the threads of the folder.

    `incomplete` are the folders that are not wholly in it.
    """

    total: int
    path: str
    threads: tuple[ListedThread, ...]
    incomplete: tuple[NotAnswered, ...] = ()


@dataclass(frozen=True, slots=True)
class WholeThread:
    """The messages of a thread in all folders, the oldest first; `incomplete` are the folders that did not answer."""

    thread_id: str
    messages: tuple[MessageObject, ...]
    incomplete: tuple[NotAnswered, ...]
