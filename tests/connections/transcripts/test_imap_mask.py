"""What is shown of a server's responses: states, numbers and words for people, and nothing of a message."""

from __future__ import annotations

import pytest

from postroom.connections.transcripts.imap_mask import ImapMask


def mask(**sent: str) -> ImapMask:
    """Return a mask that knows of commands by their tags."""
    made = ImapMask()
    for tag, name in sent.items():
        made.sent(tag, name)
    return made


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (rb"* 12 FETCH (UID 5 FLAGS (\Seen) MODSEQ (7))", r"* 12 FETCH (UID 5 FLAGS (\Seen) MODSEQ (7))"),
        (b"* 1 FETCH (BODY[] {5}\r\n UID 1)", "* 1 FETCH (BODY[] {5}  UID 1)"),
        (b'* 1 FETCH (BODY[TEXT] "my secret" UID 1)', '* 1 FETCH (BODY[TEXT] "\u2026" UID 1)'),
        (b'* 1 FETCH (BODY[1]<0> "a \\"quoted\\" word")', '* 1 FETCH (BODY[1]<0> "\u2026")'),
        (
            b'* 1 fetch (ENVELOPE ("Mon" "Salary" (("A" NIL "a" "b.c"))))',
            '* 1 fetch (ENVELOPE ("\u2026" "\u2026" (("\u2026" NIL "\u2026" "\u2026"))))',
        ),
        (b'* 1 FETCH (ENVELOPE (NIL "cut in an escape \\', '* 1 FETCH (ENVELOPE (NIL "\u2026"'),
        (b'* 1 FETCH (RFC822.TEXT "cut in the mid', '* 1 FETCH (RFC822.TEXT "\u2026"'),
        (b"* 1 FETCH (BODY[TEXT] unquoted RFC822.SIZE 12)", '* 1 FETCH (BODY[TEXT] "\u2026" RFC822.SIZE 12)'),
        (b"* 1 FETCH (RFC822 unquoted BODY[] NIL)", '* 1 FETCH (RFC822 "\u2026" BODY[] NIL)'),
        (
            b'* 1 FETCH (INTERNALDATE "17-Jul-2026 02:44:25 -0700")',
            '* 1 FETCH (INTERNALDATE "17-Jul-2026 02:44:25 -0700")',
        ),
        (b'* LIST (\\Sent) "/" "Sent Items"', '* LIST (\\Sent) "/" "Sent Items"'),
        (b"* OK [UIDVALIDITY 3] ready", "* OK [UIDVALIDITY 3] ready"),
        (b"+ idling", "+ idling"),
        (b"Server Unavailable. 15", "Server Unavailable. 15"),
    ],
)
def test_responses(said: bytes, shown: str) -> None:
    assert mask().received(said) == shown


@pytest.mark.parametrize("sent", ["LOGIN", "AUTHENTICATE"])
def test_challenges_are_masked_until_the_sign_in_is_answered(sent: str) -> None:
    session = mask(a1=sent)
    assert session.received(b"+ eyJzdGF0dXMiOiI0MDEifQ==") == "+ ******"
    assert session.received(b"+ ") == "+ "
    assert session.received(b"a9 NO that is no tag of ours") == "a9 NO that is no tag of ours"
    assert session.received(b"+ more") == "+ ******"
    assert session.received(b"a1 NO [AUTHENTICATIONFAILED] No") == "a1 NO [AUTHENTICATIONFAILED] No"
    assert session.received(b"+ idling") == "+ idling"


@pytest.mark.parametrize(
    "said",
    [
        b'* 1 FETCH (ENVELOPE ("Mon" "He said "private words" to me" NIL))',
        b'* 1 FETCH (ENVELOPE ("Mon" "a "private" word" NIL) UID 3)',
    ],
)
def test_a_string_with_a_quote_that_is_not_escaped_shows_nothing(said: bytes) -> None:
    assert mask().received(said) == f"(a line of {len(said)} octets that is no usual response)"


def test_pieces_of_a_message_that_look_like_responses_are_left_out() -> None:
    session = mask(a4="UID FETCH", a5="NOOP")
    assert session.received(b"Dear Anna, the code is 1234") == "(a line of 27 octets that is no usual response)"
    assert session.received(b"* first item of a list") == "(a line of 22 octets that is no usual response)"
    assert session.received(b"* 5 EXISTS") == "* 5 EXISTS"
    assert session.received(b"* BYE enough") == "* BYE enough"
    assert session.received(b"a4 OK done") == "a4 OK done"
    assert session.received(b"* XFUTURE (1 2)") == "* XFUTURE (1 2)"
