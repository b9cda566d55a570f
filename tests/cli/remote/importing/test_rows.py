"""Each account of a file is checked, and each line that cannot be used is named."""

from __future__ import annotations

from postroom.cli.remote.importing.rows import BadRow, checked

IMAP = {"host": "imap.example.org", "port": 993, "auth": {"user": "a", "pass": "hidden"}}


def test_good_and_bad_ones_are_told_apart() -> None:
    batch = checked(
        [
            (2, {"account": "a", "imap": IMAP}),
            (3, {"imap": IMAP}),
            (4, {"account": "a", "imap": IMAP}),
            BadRow(5, "it is not CSV"),
            (6, {"account": "b"}),
            (7, {"email": "ada@example.org", "password": "hidden"}),
            (8, {"account": "c", "imap": {**IMAP, "port": "hidden"}}),
        ]
    )
    assert [(row.line, row.account) for row in batch.rows] == [(2, "a"), (7, "ada@example.org")]
    assert [(bad.line, bad.account, bad.why) for bad in batch.bad] == [
        (3, "", "it has no `account` and no `email`"),
        (4, "a", "the account is in line 2 already"),
        (5, "", "it is not CSV"),
        (6, "b", "it names no mail server and has no `email` to find one by"),
        (8, "c", '"imap.port" must be a number'),
    ]
    assert "hidden" not in repr(batch)
