"""The limits of a connection follow the operator's settings."""

from __future__ import annotations

from postroom.connections.timeouts import Timeouts
from postroom.settings import Settings


def test_the_operators_limits_are_taken_over() -> None:
    settings = Settings(connect_timeout=1.0, tls_timeout=2.0, greeting_timeout=3.0, command_timeout=4.0)
    assert Timeouts.of(settings) == Timeouts(1.0, 2.0, 3.0, 4.0, command_total=40.0, idle_end=4.0)


def test_a_peer_that_vanished_is_noticed_within_twenty_seconds_of_a_renewed_idle() -> None:
    assert Timeouts.of(Settings(command_timeout=300.0)).idle_end == 20.0


def test_the_defaults_are_those_of_the_settings() -> None:
    assert Timeouts() == Timeouts.of(Settings())
