"""What counts as a message id in the fields that hold them."""

from __future__ import annotations

import pytest

from postroom.mail.identity.message_ids import bare_id, message_ids


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", []),
        ("<a@b>", ["a@b"]),
        ("<a@b>\r\n <c@d>\t<e@f>", ["a@b", "c@d", "e@f"]),
        ("<a@b><c@d>,<e@f>", ["a@b", "c@d", "e@f"]),
        ("<\r\n a@b >", ["a@b"]),
        ("<a@b> (a comment) <c@d> junk", ["a@b", "c@d"]),
        ('Your message of "Mon, 1 Jan" <a@b>', ["a@b"]),
        ("<no-at>", ["no-at"]),
        # An address in a sentence is no id: messages would be joined that have nothing in common.
        ("Your message from jo@example.com", []),
        ("<two words@b> < > <> <a<b@c>", ["b@c"]),
    ],
)
def test_ids_are_in_brackets(text: str, ids: list[str]) -> None:
    assert message_ids(text) == ids


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        *((None, ""), ("", ""), ("  ", ""), ("<>", "")),
        *((" <a@b> ", "a@b"), ("a@b", "a@b"), (" a@b\r\n", "a@b"), ("<a@b", "a@b"), ("<a@b> <c@d>", "a@b")),
        ("<two words@b>", "two words@b"),
    ],
)
def test_a_message_id_may_be_without_brackets(text: str | None, id_: str) -> None:
    assert bare_id(text) == id_
