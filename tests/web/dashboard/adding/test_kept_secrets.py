"""What was typed is kept for one session and one form, for an hour."""

from __future__ import annotations

from postroom.storage.sealing.secrets import SecretBox
from postroom.web.dashboard.adding.kept_secrets import KEPT_MS, KeptSecrets

TYPED = {"imap.auth.pass": "hidden-word"}


def test_it_comes_back_to_the_same_session_and_form() -> None:
    kept = KeptSecrets(SecretBox(("a secret",)), lambda: 1000)
    sealed = kept.seal("me", "new", TYPED)
    assert "hidden-word" not in sealed
    assert kept.open("me", "new", sealed) == TYPED
    assert kept.open("another", "new", sealed) == {}
    assert kept.open("me", "edit:a", sealed) == {}
    assert kept.open("me", "new", f"{sealed}x") == {}
    assert kept.open("me", "new", "rubbish") == {}


def test_nothing_is_kept_of_nothing() -> None:
    kept = KeptSecrets(SecretBox(("a secret",)))
    assert kept.seal("me", "new", {}) == ""
    assert kept.open("me", "new", "") == {}


def test_it_ends_after_an_hour() -> None:
    box = SecretBox(("a secret",))
    sealed = KeptSecrets(box, lambda: 0).seal("me", "new", TYPED)
    assert KeptSecrets(box, lambda: KEPT_MS - 1).open("me", "new", sealed) == TYPED
    assert KeptSecrets(box, lambda: KEPT_MS).open("me", "new", sealed) == {}
