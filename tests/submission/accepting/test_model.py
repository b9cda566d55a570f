"""Neither the octets nor the proxy of a message show where a value is printed."""

from __future__ import annotations

from tests.submission.messages import message


def test_a_message_prints_without_its_octets_and_its_proxy() -> None:
    printed = repr(message(octets=b"the words", proxy="socks5://user:a-hidden-word@proxy.example"))
    assert "the words" not in printed
    assert "a-hidden-word" not in printed
