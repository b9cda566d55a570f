"""Handlers of signals are not written down."""

from __future__ import annotations

import signal


class Handler:
    """A handler that cannot be written down."""

    def __call__(self, *_: object) -> None:
        """Do nothing."""

    def __repr__(self) -> str:
        raise AssertionError("written down")


def test_a_handler_is_not_written_down() -> None:
    handler = Handler()
    before = signal.signal(signal.SIGUSR2, handler)
    try:
        assert signal.getsignal(signal.SIGUSR2) is handler
    finally:
        assert signal.signal(signal.SIGUSR2, before) is handler


def test_a_number_is_still_a_name() -> None:
    before = signal.signal(signal.SIGUSR2, signal.SIG_IGN)
    try:
        assert signal.getsignal(signal.SIGUSR2) is signal.Handlers.SIG_IGN
    finally:
        signal.signal(signal.SIGUSR2, before)
