"""Looks into the mailboxes of the tests' Dovecot from behind, for what arrived there."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass

from tests.live.dovecot import Dovecot

__all__ = ["Arrived", "arrival", "contents"]

_PATIENCE = 60.0
_TRACE = re.compile(rb"(?:Return-Path|Received|Delivered-To|X-Original-To):.*\r\n(?:[ \t].*\r\n)*")
_FLAGS = re.compile(rb"FLAGS \(([^)]*)\)")


@dataclass(frozen=True)
class Arrived:
    """A message in a mailbox, as it is stored."""

    octets: bytes
    flags: frozenset[str]

    @property
    def as_sent(self) -> bytes:
        """The octets without the trace that mail servers put before them."""
        rest = self.octets
        while found := re.match(
            rb"(?:Return-Path|Received|Delivered-To|X-Original-To):(?:.*\r\n)(?:[ \t].*\r\n)*", rest
        ):
            rest = rest[found.end() :]
        return rest


def contents(dovecot: Dovecot, user: str, mailbox: str = "INBOX") -> list[Arrived]:
    """Every message of a mailbox, oldest first; none where it does not exist."""
    with dovecot.side_door(user) as session:
        status, count = session.select(mailbox, readonly=True)
        if status != "OK" or count == [b"0"]:
            return []
        answer = session.fetch("1:*", "(FLAGS BODY.PEEK[])")[1]
    found = []
    for item, after in zip(answer, [*answer[1:], None], strict=True):
        if isinstance(item, tuple):
            described = item[0] + (after if isinstance(after, bytes) else b"")
            flags = _FLAGS.search(described)
            found.append(Arrived(item[1], frozenset(flags[1].decode().split()) if flags else frozenset()))
    return found


async def arrival(dovecot: Dovecot, user: str, contained: bytes, mailbox: str = "INBOX") -> Arrived:
    """Wait until a message with these octets has arrived; there must be one only."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        messages = await asyncio.to_thread(contents, dovecot, user, mailbox)
        found = [each for each in messages if contained in each.octets]
        if found:
            assert len(found) == 1, f"{len(found)} messages with {contained!r} in {mailbox} of {user}"
            return found[0]
        await asyncio.sleep(0.1)
    raise AssertionError(f"nothing with {contained!r} arrived in {mailbox} of {user}")
