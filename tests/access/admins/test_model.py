"""The values of signing in show no secret when they are printed."""

from __future__ import annotations

from postroom.access.admins.model import Admin, AdminSession, OpenedSession, TooManyAttempts


def test_nothing_secret_is_printed() -> None:
    session = AdminSession("id", "admin", "password", 0, 0, None, "")
    assert "the-cookie" not in repr(OpenedSession(session, "the-cookie"))
    printed = repr(Admin("the-hash", "the-code", "the-seal", 3, ("the-recovery",)))
    assert not any(secret in printed for secret in ("the-hash", "the-code", "the-seal", "the-recovery"))


def test_a_wait_is_a_passing_error() -> None:
    assert TooManyAttempts("Wait.", retry_after=3).retry_after == 3
