"""Programs that submit messages without end, and repeat each call until it is answered, with the same key."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.fakes.counting_smtp import CountingSmtp
from tests.flows.gateway import Gateway
from tests.survival.sending_strikes import LAST_WORDS

__all__ = ["Posted", "SendingTraffic"]

_PAUSE = 0.04
_ACCEPTED_WITHIN = 180.0
_ANSWERED_WITHIN = 20.0
_REPEATED = 0.2


@dataclass(frozen=True)
class Posted:
    """A message that was accepted: `key` is its idempotency key and its subject."""

    key: str
    queue_id: str
    message_id: str
    recipients: tuple[str, ...]


class SendingTraffic:
    """Submits to the nodes, about 20 messages a second, whether or not earlier calls were answered.

    Recipients that begin with `gone` are refused for good, those with `later` at first.
    """

    def __init__(self, nodes: Sequence[Gateway], server: CountingSmtp, accounts: Sequence[str], seed: int) -> None:
        self.posted: dict[str, Posted] = {}
        self.repeated = 0
        self.retried = 0
        self.unanswered: list[float] = []
        self._nodes = nodes
        self._accounts = accounts
        self._chance = random.Random(seed)
        self._numbers = itertools.count(1)
        self._met: set[str] = set()
        server.refuse = self.refusal
        server.answer_after = lambda: self._chance.choice((0.0, 0.0, 0.005, 0.03))

    def refusal(self, recipient: str) -> str | None:
        """What the mail server says to a recipient."""
        if recipient.startswith("gone"):
            return "550 5.1.1 No such user"
        if recipient.startswith("later") and recipient not in self._met:
            self._met.add(recipient)
            return "451 4.7.1 Try again later"
        return None

    async def flow(self, end: asyncio.Event) -> None:
        """Submit until the end; every message that was begun is accepted then."""
        async with asyncio.TaskGroup() as group:
            while not end.is_set():
                group.create_task(self._submit())
                await asyncio.sleep(self._chance.uniform(0.0, 2 * _PAUSE))

    async def _submit(self) -> None:
        number = next(self._numbers)
        key = f"proof-{number}"
        account = self._chance.choice(self._accounts)
        recipients = self._recipients(number)
        body = {"to": [{"address": each} for each in recipients], "subject": key, "text": f"{LAST_WORDS}\n"}
        answer = await self._until_accepted(account, key, body)
        self.posted[key] = Posted(key, answer["queueId"], answer["messageId"], recipients)
        if self._chance.random() < _REPEATED:
            again = await self._until_accepted(account, key, body)
            self.repeated += 1
            assert again["idempotency"]["status"] == "HIT", again
            assert (again["queueId"], again["messageId"]) == (answer["queueId"], answer["messageId"])

    def _recipients(self, number: int) -> tuple[str, ...]:
        kinds = self._chance.choices(
            (("to",), ("to", "cc"), ("to", "gone"), ("to", "later"), ("gone",)), (80, 8, 6, 4, 2)
        )[0]
        return tuple(f"{kind}{number}@example.test" for kind in kinds)

    async def _until_accepted(self, account: str, key: str, body: dict[str, Any]) -> Any:
        """Repeat the call until it is answered 200, at whichever node; any other answer must say to try again."""
        deadline = asyncio.get_running_loop().time() + _ACCEPTED_WITHIN
        answers: Counter[str] = Counter()
        while True:
            node = self._chance.choice(self._nodes)
            try:
                # A node that sleeps takes calls and does not answer.
                async with asyncio.timeout(_ANSWERED_WITHIN):
                    answer = await node.call(
                        "POST", f"{node.path(account)}/submit", body, headers={"Idempotency-Key": key}
                    )
            except TimeoutError:
                answers["unanswered"] += 1
                self.unanswered.append(time.time() - _ANSWERED_WITHIN)
            except (aiohttp.ClientError, OSError) as error:
                answers[type(error).__name__] += 1
            else:
                if answer.status == 200:
                    return answer.body
                in_flight = answer.status == 409 and answer.body["code"] == "InFlight"
                assert in_flight or answer.status in (500, 503), answer
                answers[f"{answer.status} {answer.body.get('code')}"] += 1
            assert asyncio.get_running_loop().time() < deadline, f"{key} was not accepted: {answers}"
            self.retried += 1
            await asyncio.sleep(0.2)
