"""Problems are at their fields, in words for people."""

from __future__ import annotations

import pytest

from postroom.accounts.settings.problems import Problem
from postroom.web.dashboard.adding.problems import placed


@pytest.mark.parametrize(
    ("key", "message", "field", "words"),
    [
        ("imap.port", '"imap.port" must be a number', "imap.port", "Must be a number."),
        ("imap.auth", '"imap.auth" is required', "imap.auth.user", "This is required."),
        (
            "imap.auth.pass",
            '"imap.auth.pass" or "imap.auth.accessToken" is required',
            "imap.auth.pass",
            "This is required.",
        ),
        (
            "imap",
            "either imap or oauth2 is required; x",
            "imap.host",
            "Name a server for receiving, for sending, or both.",
        ),
        ("path.2", '"path.2" must not be empty', "path", "Line 3: must not be empty."),
        (
            "webhooksCustomHeaders.0.key",
            '"webhooksCustomHeaders.0.key" is odd',
            "webhooksCustomHeaders",
            "Line 1: is odd.",
        ),
        ("metadata.a.b", '"metadata.a.b" must be shorter', "metadata", "a.b: must be shorter."),
        ("smtp.tls.allowPlaintext", '"smtp.tls.allowPlaintext" is odd', "smtp.security", "Is odd."),
        ("metadata.99999999999999", '"metadata.99999999999999" is odd', "metadata", "99999999999999: is odd."),
    ],
)
def test_a_problem_is_at_its_field(key: str, message: str, field: str, words: str) -> None:
    assert placed([Problem(key, message)]).fields == {field: words}


def test_the_first_problem_of_a_field_counts_and_others_are_kept() -> None:
    found = placed(
        [Problem("name", "one"), Problem("name", "two"), Problem("oauth2.authorize", "the setting is needed")]
    )
    assert found.fields == {"name": "One."}
    assert found.others == ("The setting is needed.",)
    assert found
    assert not placed([])
