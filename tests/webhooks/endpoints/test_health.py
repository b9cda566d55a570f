"""When an endpoint pauses, how it is probed, how it comes back."""

from __future__ import annotations

import itertools

from postroom.webhooks.endpoints.health import EndpointHealth
from postroom.webhooks.model import EndpointFailure
from postroom.webhooks.retry import LONGEST_PAUSE, DeliveryOutcome, RetryVerdict

REFUSED = RetryVerdict(DeliveryOutcome.RETRY, "ECONNREFUSED", reached=False)
ERROR = RetryVerdict(DeliveryOutcome.RETRY, "HTTP500", status=500)
SHOWN: EndpointFailure = {"message": "it failed"}


def failing(health: EndpointHealth, now: int, verdict: RetryVerdict = ERROR) -> None:
    health.reject(now, verdict, SHOWN, 0.5)


def test_one_error_does_not_pause_but_the_next_one_does() -> None:
    health = EndpointHealth()
    failing(health, 1000)
    assert (health.share(1001, 50), health.failing_since) == (50, 1000)
    failing(health, 2000)
    assert (health.share(2001, 50), health.failing_since) == (0, 1000)


def test_errors_with_successes_between_never_pause() -> None:
    health = EndpointHealth()
    for now in range(1000, 9000, 1000):
        failing(health, now)
        health.accept(now + 1, 50)
    assert health.share(9000, 50) == 50


def test_a_connection_that_cannot_be_made_pauses_at_once() -> None:
    health = EndpointHealth()
    failing(health, 1000, REFUSED)
    assert health.share(1001, 50) == 0


def test_after_the_pause_there_is_one_probe_at_a_time_and_failures_lengthen_the_pause() -> None:
    health = EndpointHealth()
    now, pauses = 0, []
    for _ in range(15):
        failing(health, now, REFUSED)
        assert health.paused_until is not None
        pauses.append((health.paused_until - now) / 1000)
        now = health.paused_until
        assert health.share(now, 50) == 1
    assert 0.9 <= pauses[0] <= 1.1
    assert all(later > earlier for earlier, later in itertools.pairwise(pauses[:8]))
    assert max(pauses) <= LONGEST_PAUSE * 1.1


def test_failures_of_requests_sent_before_the_pause_do_not_lengthen_it() -> None:
    health = EndpointHealth()
    failing(health, 1000, REFUSED)
    until = health.paused_until
    for _ in range(40):
        failing(health, 1001, REFUSED)
    assert health.paused_until == until


def test_it_comes_back_slowly() -> None:
    health = EndpointHealth()
    failing(health, 1000, REFUSED)
    shares = []
    for now in range(100_000, 100_006):
        health.accept(now, 4)
        shares.append(health.share(now, 4))
    assert shares == [1, 2, 3, 4, 4, 4]
    assert health.is_sound
    assert (health.failures, health.failing_since, health.last_error) == (0, None, None)


def test_retry_after_holds_the_whole_endpoint() -> None:
    health = EndpointHealth()
    failing(health, 1000, RetryVerdict(DeliveryOutcome.RETRY, "HTTP503", status=503, hold=60))
    assert health.paused_until == 61_000
    assert (health.share(60_999, 50), health.share(61_000, 50)) == (0, 1)


def test_a_wait_that_was_too_short_grows_like_any_other_pause() -> None:
    health = EndpointHealth()
    now, pauses = 1000, []
    for _ in range(12):
        failing(health, now, RetryVerdict(DeliveryOutcome.RETRY, "HTTP503", status=503, hold=0.0))
        assert health.paused_until is not None
        pauses.append(health.paused_until - now)
        now = health.paused_until
    assert min(pauses) >= 500
    assert pauses[-1] > 60_000


def test_only_what_differs_from_the_stored_row_is_a_change() -> None:
    health = EndpointHealth()
    health.accept(1000, 50)
    assert not health.changed
    failing(health, 2000)
    assert health.changed
    health.changed = False
    health.accept(3000, 50)
    assert health.changed
