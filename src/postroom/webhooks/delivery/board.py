"""The webhook state of one process: endpoints and their health, requests in flight, results not stored yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import field
from typing import Final

from postroom.footprint.dataclass import dataclass, replace
from postroom.webhooks.delivery.lane_store import LaneKey
from postroom.webhooks.endpoints.health import EndpointHealth
from postroom.webhooks.endpoints.targets import fingerprint
from postroom.webhooks.model import Release, Result, SendingState, WebhookEndpoint

PRESSING: Final = "pressing"
"""Something is to be stored, and work may wait for that."""

CALM: Final = "calm"
"""Something is to be stored, and no work waits for it."""

# The most requests that this process holds open, reserves included.
CEILING = 1000
_SMALLEST_RESERVE = 2
_RESERVED_SHARE = 8


@dataclass(slots=True)
class Unstored:
    """Results, released lanes and changed health that wait to be written to the database."""

    results: list[Result] = field(default_factory=list)
    released: list[Release] = field(default_factory=list)
    health: dict[str, EndpointHealth] = field(default_factory=dict)


class Board:
    """The state shared by the couriers of one process.

    `limit` is how many requests may be in flight. Each endpoint has a small reserve beyond it, so slow endpoints that
    use up the limit do not delay the others. `notify` is told that there is something to store, PRESSING or CALM.

    `rounds` counts the exchanges that may have routed events. `is_pressed` says that lanes may wait for room.
    """

    def __init__(self, limit: int, notify: Callable[[str], None]) -> None:
        self.limit = limit
        self.rounds = 0
        self.is_pressed = False
        self.reserve = max(_SMALLEST_RESERVE, limit // _RESERVED_SHARE)
        self.endpoints: dict[str, WebhookEndpoint] = {}
        self.disabled: dict[str, str | None] = {}
        self.held: dict[LaneKey, int] = {}
        self.stopping = False
        self._notify = notify
        # In which round each held lane was taken, None if more was pending in it than was loaded.
        self._taken_in: dict[LaneKey, int | None] = {}
        self._health: dict[str, EndpointHealth] = {}
        # The few endpoints to check at every exchange: those that are not sound, or whose health is not stored yet.
        self._watched: set[str] = set()
        self._in_flight: Counter[str] = Counter()
        self._unstored = Unstored()

    # Health

    def health(self, endpoint: str) -> EndpointHealth:
        """Return the health of an endpoint; an unknown one is sound."""
        return self._health.setdefault(endpoint, EndpointHealth())

    def health_of_target(self, endpoint: str, fingerprint: str) -> EndpointHealth:
        """Return the health of an endpoint at this URL. A changed URL starts with fresh health."""
        known = self.health(endpoint)
        if known.target == fingerprint:
            return known
        fresh = EndpointHealth(target=fingerprint, changed=known.target is not None)
        self._health[endpoint] = fresh
        self.look_at(endpoint)
        return fresh

    def look_at(self, endpoint: str) -> None:
        """Watch an endpoint whose health may have changed, or stop watching it when it is sound and stored."""
        health = self.health(endpoint)
        if health.changed or not health.is_sound:
            self._watched.add(endpoint)
        else:
            self._watched.discard(endpoint)

    def remember(self, stored: dict[str, EndpointHealth]) -> None:
        """Adopt the health that was stored before this process started."""
        self._health.update(stored)
        self._watched.update(stored)

    def see_directory(self, endpoints: dict[str, WebhookEndpoint], disabled: dict[str, str | None]) -> None:
        """Adopt the stored endpoints. An endpoint that an operator changed or enabled starts with fresh health."""
        for name, endpoint in endpoints.items():
            before = self.endpoints.get(name)
            if before is not None and before.updated_at != endpoint.updated_at:
                self._begin_afresh(name, endpoint)
        for name in list(self._watched):
            health = self._health[name]
            is_on = name not in disabled and (name not in endpoints or endpoints[name].enabled)
            if not health.enabled and not health.changed and is_on:
                self._forget(name)
        self.endpoints = endpoints
        self.disabled = disabled

    def _begin_afresh(self, name: str, endpoint: WebhookEndpoint) -> None:
        if self._health.pop(name, None) is not None:
            # The old health may have been stored just after the change, so the fresh health must overwrite it.
            self._health[name] = EndpointHealth(target=fingerprint(endpoint.url), changed=True)
            self._watched.add(name)

    def _forget(self, endpoint: str) -> None:
        self._health.pop(endpoint, None)
        self._watched.discard(endpoint)

    # Requests in flight

    def room(self) -> int:
        """Return how many lanes may be taken now."""
        total = len(self.held)
        return max(min(max(self.limit - total, self.reserve), CEILING - total), 0)

    def excluded(self, now: int) -> list[str]:
        """Return the endpoints whose lanes may not be taken now; `now` is in milliseconds since 1970."""
        return [name for name in {*self._in_flight, *self._watched} if not self.may_start(name, now)]

    def may_start(self, endpoint: str, now: int) -> bool:
        """Say whether one more lane of an endpoint may start."""
        limit = self.limit if len(self.held) < self.limit else self.reserve
        return self._in_flight[endpoint] < self.health(endpoint).share(now, limit)

    def start(self, key: LaneKey, lease_until: int, taken_in: int | None = None) -> None:
        """Count a lane as started, leased until `lease_until` (milliseconds since 1970).

        `taken_in` is the round in which all that was pending in it was loaded, None if there was more.
        """
        self.held[key] = lease_until
        self._taken_in[key] = taken_in
        self._in_flight[key[0]] += 1

    def finish(self, key: LaneKey, next_at: int) -> None:
        """Release a lane, due again at `next_at` (milliseconds since 1970)."""
        del self.held[key]
        self._in_flight[key[0]] -= 1
        if not self._in_flight[key[0]]:
            del self._in_flight[key[0]]
        self._unstored.released.append(Release(*key, next_at))
        is_empty = self._taken_in.pop(key) == self.rounds
        self._notify(CALM if is_empty and not self.is_pressed else PRESSING)

    def give_back(self, key: LaneKey, next_at: int) -> None:
        """Release a lane that was never started."""
        self._unstored.released.append(Release(*key, next_at))
        self.is_pressed = True

    def next_probe(self, now: int) -> int | None:
        """Return when the first pause ends after `now`, in milliseconds since 1970.

        A pause that has ended keeps nothing back. Its endpoint stays unsound until a request comes along, which may be
        never: its deliveries were dropped, or its account was deleted.
        """
        pauses = [self._health[name].paused_until or 0 for name in self._watched]
        return min((until for until in pauses if until > now), default=None)

    # Results that are not stored yet

    @property
    def has_unstored(self) -> bool:
        """Whether anything is to be stored."""
        return bool(self._unstored.results or self._unstored.released)

    def record(self, result: Result) -> None:
        """Keep the result of a delivery until it is stored."""
        self._unstored.results.append(result)
        self._notify(CALM if result.state is SendingState.DELIVERED and not self.is_pressed else PRESSING)

    def take_unstored(self) -> Unstored:
        """Return everything that has to be stored, and forget it."""
        taken, self._unstored = self._unstored, Unstored()
        for name in list(self._watched):
            health = self._health[name]
            if health.changed:
                taken.health[name] = replace(health)
                health.changed = False
            self.look_at(name)
        return taken

    def put_back(self, unstored: Unstored) -> None:
        """Keep what could not be stored for the next exchange."""
        self._unstored.results[:0] = unstored.results
        self._unstored.released[:0] = unstored.released
        for name in unstored.health:
            self.health(name).changed = True
            self._watched.add(name)
