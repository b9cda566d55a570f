"""What the second client forgives the server, and what not."""

from __future__ import annotations

import random

import pytest

from tests.flows.second_client import Refused, SecondClient
from tests.live.dovecot import Dovecot


def test_a_folder_that_the_list_names_and_that_is_not_there(dovecot: Dovecot) -> None:
    with SecondClient(dovecot, "ghost@example.test", random.Random(1)) as second:
        second._session.create("folder1")
        gone = Refused(("NO", [b"Mailbox doesn't exist: folder1 (0.001 + 0.000 secs)."]))
        assert second._folders().count("folder1") == 1
        second._forgive(gone)
        assert "folder1" not in second._folders()
        assert second.ghosts == {"folder1"}
        assert set(second.contents()) <= {"INBOX"}


def test_anything_else_is_a_failure_and_so_is_too_much_of_it(dovecot: Dovecot) -> None:
    with SecondClient(dovecot, "strict@example.test", random.Random(1)) as second:
        with pytest.raises(Refused):
            second._forgive(Refused(("NO", [b"[NOPERM] Permission denied"])))
        ghosts = [Refused(("NO", [f"Mailbox doesn't exist: folder{number}".encode()])) for number in range(6)]
        for ghost in ghosts[:5]:
            second._forgive(ghost)
        with pytest.raises(AssertionError, match="folder5"):
            second._forgive(ghosts[5])


def test_what_there_is_comes_from_a_new_session(dovecot: Dovecot) -> None:
    with SecondClient(dovecot, "anew@example.test", random.Random(1)) as second:
        before = second._session
        assert set(second.folders()) >= {"INBOX"}
        assert second._session is not before
