"""Carries one lane: posts its deliveries one after the other and decides what each answer means for the lane.

A failed delivery blocks its lane, which keeps the order. After two failures the next delivery of the lane is sent as a
scout. If the receiver accepts the scout and refuses the first delivery again, the fault lies in that event: it leaves
the lane and follows the long schedule alone. When there is no next delivery, a success in another lane of the endpoint
serves as the proof. A delivery that is alone in its lane stays there: it blocks nothing, so it needs no proof.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from time import perf_counter
from typing import TYPE_CHECKING, Final

import orjson

from postroom.accounts.settings.placeholders import lost_secrets
from postroom.accounts.settings.reading import opened
from postroom.clock import iso, now_ms
from postroom.configuration.keys import Header
from postroom.configuration.runtime import RuntimeSettings
from postroom.figures import Figures
from postroom.footprint.dataclass import dataclass, replace
from postroom.log import about, get_logger
from postroom.storage.sealing.secrets import SecretBox, SecretUnreadable, account_context
from postroom.webhooks.delivery.board import Board
from postroom.webhooks.delivery.tracing import traced_post, with_trace
from postroom.webhooks.endpoints.health import EndpointHealth
from postroom.webhooks.endpoints.targets import Own, Target, Unreadable, Unwanted, outgoing, resolve
from postroom.webhooks.model import GLOBAL, AccountFacts, Delivery, EndpointFailure, Lane, Result, SendingState
from postroom.webhooks.retry import Answer, DeliveryOutcome, RetryVerdict, delay_after, judge
from postroom.words.strangers import Words

if TYPE_CHECKING:
    from postroom.webhooks.delivery.client import Client

# Seconds after which loaded deliveries are read again: an account's settings may have changed, or it was deleted.
FRESH_FOR: Final = 2.0
ASIDE_AFTER: Final = 2
_SECRETS: Final = ("webhooks", "webhooksCustomHeaders")
_CURE: Final = "PUT the account with its webhooks and webhooksCustomHeaders."
log = get_logger("webhooks")


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A failed delivery that stays pending: when it is due, and whether others succeeded since its previous failure.

    `pauses` says that its endpoint may pause because of it; then the end of the pause counts too.
    """

    due: int
    verdict: RetryVerdict
    is_suspect: bool
    others_pass: bool
    pauses: bool


class Courier:
    """Posts claimed lanes of one process."""

    def __init__(
        self, client: Client, settings: RuntimeSettings, box: SecretBox, board: Board, figures: Figures
    ) -> None:
        self._client = client
        self._settings = settings
        self._box = box
        self._board = board
        self._figures = figures

    async def carry(self, lane: Lane) -> int:
        """Work through a lane. Return when it is due again (milliseconds since 1970) if anything is left in it."""
        clock = asyncio.get_running_loop().time
        own = open_own(lane.account, self._box)
        queue = deque(lane.deliveries)
        until = clock() + FRESH_FOR
        while queue and clock() < until and not self._board.stopping:
            health = self._board.health(lane.endpoint)
            if health.share(now_ms(), 1) == 0:
                return health.paused_until or now_ms()
            head = queue.popleft()
            waiting = await self._attempt(head, own)
            if waiting is None:
                continue
            stays = head.is_alone or not waiting.is_suspect
            if stays or not (waiting.others_pass if not queue else await self._scout(queue, own)):
                return self._due(head, waiting)
            # The endpoint may have recovered between the two requests.
            waiting = await self._attempt(head, own)
            if waiting is None:
                continue
            aside = _result(head, SendingState.PENDING, waiting.verdict)
            self._board.record(replace(aside, left=head.lane, lane=-head.id, opens_at=waiting.due))
        return now_ms()

    def _due(self, head: Delivery, waiting: _Waiting) -> int:
        """Return when the lane of a failed delivery is due.

        One that stepped aside does not test whether its endpoint is back: its refusal would be no answer.
        """
        paused_until = self._board.health(head.endpoint).paused_until if waiting.pauses else None
        if paused_until is None:
            return waiting.due
        return max(waiting.due, paused_until) if head.is_aside else paused_until

    async def _scout(self, queue: deque[Delivery], own: Own | None) -> bool:
        """Send the next delivery ahead of one that keeps failing; say whether the receiver accepted it."""
        while queue:
            scout = queue.popleft()
            before = self._board.health(scout.endpoint).accepted_at
            if await self._attempt(scout, own) is not None:
                return False
            if self._board.health(scout.endpoint).accepted_at != before:
                return True
        return False

    async def _attempt(self, delivery: Delivery, own: Own | None) -> _Waiting | None:
        """Post a delivery and record the result. Return None when it is finished, delivered or not."""
        ids = {"account": delivery.account, "event_id": delivery.event_id, "delivery": str(delivery.id)}
        with about(**ids, endpoint=delivery.endpoint):
            return await self._tried(delivery, own)

    async def _tried(self, delivery: Delivery, own: Own | None) -> _Waiting | None:
        delivery.took = None
        settings = await self._settings.get()
        target: Target | Unwanted | Unreadable = Unwanted("its event is no longer kept")
        if delivery.payload is not None:
            target = resolve(delivery, settings, self._board.endpoints, own, now_ms())
        if isinstance(target, Unwanted):
            self._record(_result(delivery, SendingState.DROPPED, error=target.reason, finished_at=now_ms()))
            return None
        if isinstance(target, Unreadable):
            return self._hold_back(delivery, target.reason)
        health = self._board.health_of_target(delivery.endpoint, target.fingerprint)
        if not health.enabled:
            reason = "the endpoint is switched off"
            self._record(_result(delivery, SendingState.DEAD, error=reason, finished_at=now_ms()))
            return None
        is_probe = health.is_down
        before = delivery.attempted_at
        answer = await traced_post(delivery, lambda: self._post(target, delivery))
        now = now_ms()
        verdict = judge(answer, now / 1000)
        _log_attempt(delivery, verdict)
        was_down = health.is_down
        if verdict.outcome is DeliveryOutcome.DELIVERED:
            health.accept(now, self._board.limit)
            _log_health(delivery.endpoint, was_down, health)
            self._board.look_at(delivery.endpoint)
            self._record(_result(delivery, SendingState.DELIVERED, verdict, finished_at=now))
            self._figures.time_delivery((now - delivery.created_at) / 1000)
            return None
        error = _shown(delivery, target, verdict, now)
        if verdict.outcome is not DeliveryOutcome.RETRY:
            if verdict.outcome is DeliveryOutcome.DISABLE:
                health.disable(error)
            else:
                health.note(error)
            _log_health(delivery.endpoint, was_down, health)
            self._board.look_at(delivery.endpoint)
            self._give_up(delivery, verdict, now)
            return None
        others_pass = before is not None and health.accepted_at > before
        if is_no_news := _is_no_news(delivery, verdict, others_pass):
            health.note(error)
        else:
            health.reject(now, verdict, error, _roll())
        _log_health(delivery.endpoint, was_down, health)
        self._board.look_at(delivery.endpoint)
        return self._wait(delivery, verdict, is_probe, others_pass, now, pauses=not is_no_news)

    def _hold_back(self, delivery: Delivery, reason: str) -> _Waiting | None:
        """Fail a delivery whose secrets cannot be opened. Its endpoint pauses, except the global one."""
        now = now_ms()
        verdict = RetryVerdict(DeliveryOutcome.RETRY, SecretUnreadable.code, Words(reason), reached=False)
        health = self._board.health(delivery.endpoint)
        was_down = health.is_down
        if pauses := delivery.endpoint != GLOBAL:
            health.reject(now, verdict, _shown(delivery, None, verdict, now), _roll())
            _log_health(delivery.endpoint, was_down, health)
            self._board.look_at(delivery.endpoint)
        return self._wait(delivery, verdict, was_down, False, now, pauses=pauses)

    async def _post(self, target: Target, delivery: Delivery) -> Answer:
        for _ in range(2):
            now = now_ms()
            began = perf_counter()
            answer = await self._client.post(with_trace(outgoing(target, delivery, now)))
            took = perf_counter() - began
            self._figures.time_post(took)
            delivery.took = int(took * 1000)
            delivery.attempts += 1
            delivery.attempted_at = now
            if not answer.stale:
                break
        return answer

    def _record(self, result: Result) -> None:
        self._board.record(result)
        self._figures.count_delivery("retry" if result.state is SendingState.PENDING else result.state.value)

    def _give_up(self, delivery: Delivery, verdict: RetryVerdict, now: int) -> None:
        log.warning(
            "webhook given up; it can be replayed while its event is kept",
            endpoint=delivery.endpoint,
            account=delivery.account,
            event_id=delivery.event_id,
            kind=delivery.type,
            attempts=delivery.attempts,
            error=verdict.message,
        )
        self._record(_result(delivery, SendingState.DEAD, verdict, finished_at=now))

    def _wait(
        self, delivery: Delivery, verdict: RetryVerdict, is_probe: bool, others_pass: bool, now: int, *, pauses: bool
    ) -> _Waiting | None:
        # A probe tests the endpoint, not the event, so it does not count against the event's schedule.
        delivery.step += 0 if is_probe and pauses else 1
        delay = delay_after(max(delivery.step, 1), _roll())
        if delay is None:
            self._give_up(delivery, verdict, now)
            return None
        self._record(_result(delivery, SendingState.PENDING, verdict))
        due = now + int(max(delay, verdict.hold or 0.0) * 1000)
        is_suspect = verdict.reached and verdict.hold is None and delivery.attempts >= ASIDE_AFTER
        return _Waiting(due, verdict, is_suspect, others_pass, pauses)


def _is_no_news(delivery: Delivery, verdict: RetryVerdict, others_pass: bool) -> bool:
    """Whether a refusal says nothing about the endpoint: it refuses this event alone, and accepts others."""
    was_proved = delivery.is_aside or (delivery.is_alone and others_pass)
    return was_proved and verdict.reached and verdict.hold is None


def _log_attempt(delivery: Delivery, verdict: RetryVerdict) -> None:
    """Log one request, without its URL: that may be a secret."""
    log.debug(
        "webhook posted",
        endpoint=delivery.endpoint,
        account=delivery.account,
        event_id=delivery.event_id,
        kind=delivery.type,
        attempt=delivery.attempts,
        outcome=verdict.outcome.value,
        status=verdict.status,
        error=None if verdict.outcome is DeliveryOutcome.DELIVERED else verdict.message,
    )


def _log_health(endpoint: str, was_down: bool, health: EndpointHealth) -> None:
    """Log why an endpoint pauses, recovers, or is switched off."""
    failure = health.last_error
    cause = {"code": failure.get("code"), "message": failure["message"]} if failure else {"code": None, "message": None}
    if not health.enabled:
        log.warning("webhook endpoint is switched off: it asked for no more", endpoint=endpoint, **cause)
    elif health.paused_until is not None and not was_down:
        log.warning("webhook endpoint pauses", endpoint=endpoint, until=iso(health.paused_until), **cause)
    elif was_down and not health.is_down:
        log.info("webhook endpoint is back", endpoint=endpoint)


def open_own(account: AccountFacts | None, box: SecretBox) -> Own | None:
    """Return an account's own webhook settings with their secrets, None for a deleted account."""
    if account is None:
        return None
    settings, unreadable = account.settings, None
    if lost_secrets(settings) and account.sealed:
        try:
            text = box.open_for(f"the account {account.account!r}", account.sealed, account_context(account.account))
        except SecretUnreadable as error:
            text, unreadable = "{}", f"{error.message} {_CURE}"
        secrets = {name: secret for name, secret in orjson.loads(text).items() if name in _SECRETS}
        settings = opened(settings, secrets)
    headers = tuple(
        Header(header.key, header.value.reveal() if header.value is not None else "")
        for header in settings.webhooks_custom_headers or ()
    )
    url = settings.webhooks.reveal() if settings.webhooks else None
    return Own(url, headers, unreadable, bool(settings.own_receiver))


def _result(
    delivery: Delivery,
    state: SendingState,
    verdict: RetryVerdict | None = None,
    *,
    error: str | None = None,
    finished_at: int | None = None,
) -> Result:
    if verdict is not None and verdict.outcome is not DeliveryOutcome.DELIVERED:
        error = f"{verdict.code}: {verdict.message}"
    return Result(
        delivery.id,
        delivery.endpoint,
        delivery.lane,
        state,
        delivery.attempts,
        delivery.step,
        delivery.attempted_at,
        finished_at,
        verdict.status if verdict else None,
        error,
        took=delivery.took,
    )


def _shown(delivery: Delivery, target: Target | None, verdict: RetryVerdict, now: int) -> EndpointFailure:
    """Return the last error of an endpoint in the shape that the API shows."""
    failure: EndpointFailure = {"event": delivery.type, "message": verdict.message, "time": iso(now)}
    if target is not None:
        failure["url"] = target.url
    if verdict.code is not None:
        failure["code"] = verdict.code
    if verdict.status is not None:
        failure["statusCode"] = verdict.status
    return failure


def _roll() -> float:
    """Return a random number from 0 to 1 for the jitter of a wait."""
    return random.random()  # noqa: S311 - spreads load, protects nothing
