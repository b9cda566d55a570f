"""What strangers say becomes one line that does no harm, and holds no secret."""

from __future__ import annotations

import pytest

from postroom.words.strangers import (
    WITHHELD,
    WITHHELD_CODE,
    Secrets,
    harmless,
    host_of,
    take_in,
    take_in_all,
    take_in_code,
)
from tests.fakes.strangers import NASTY, UNFIT, writings

SECRET = "hunter22-hunter22"


def test_words_are_one_line_that_commands_nothing() -> None:
    words = take_in(NASTY)
    assert words == "]0;owned red clear * forged gnp.exe hidden [bold]loud[/bold]"
    assert not UNFIT.search(words)
    assert take_in("half \ud800 a pair\ud83d") == "half a pair"
    assert take_in(words) == words


@pytest.mark.parametrize("sign", [chr(code) for code in range(256)])
def test_each_sign_of_a_byte_is_kept_or_does_no_harm(sign: str) -> None:
    words = take_in(f"a{sign}b")
    # After the control sequence introducer, "b" is a command.
    assert words in (f"a{sign}b", "a b", "ab", "a" if sign == "\x9b" else "ab")
    assert not UNFIT.search(words)
    assert (words == f"a{sign}b") is (sign.isprintable() or sign == " ")


@pytest.mark.parametrize("letter", ["a", "é", "漢", "🙂"])
def test_words_are_at_most_a_kilobyte_cut_between_letters(letter: str) -> None:
    words = take_in(letter * 2000)
    assert 1020 <= len(words.encode()) <= 1024
    assert words == letter * (len(words) - 1) + "…"
    assert take_in("  a   b ") == "a b"
    assert take_in("abcdefgh", longest=6) == "abc…"


@pytest.mark.parametrize("name", list(writings("x")))
def test_words_that_hold_a_secret_are_left_out(name: str) -> None:
    assert take_in(f"No: {writings(SECRET)[name]}", Secrets.of("other-secret", SECRET)) == WITHHELD


@pytest.mark.parametrize("before", range(985, 1025))
def test_a_secret_on_the_edge_is_seen_whole(before: int) -> None:
    assert take_in("-" * before + SECRET, Secrets.of(SECRET)) == WITHHELD


def test_short_secrets_garble_nothing() -> None:
    said = "This is a sentence. It is no secret."
    assert take_in(said, Secrets.of("a", "is", "ten", "sen", "cret")) == said


def test_lists_are_without_what_holds_a_secret() -> None:
    assert take_in_all(["IMAP4rev1", f"X-{SECRET}", "IDLE\x1b[1m"]) == ["IMAP4rev1", f"X-{SECRET}", "IDLE"]
    assert take_in_all(["IMAP4rev1", f"X-{SECRET}", "IDLE"], Secrets.of(SECRET)) == ["IMAP4rev1", "IDLE"]
    assert len(take_in_all(map(str, range(1000)))) == 100


def test_codes_are_codes() -> None:
    assert take_in_code("invalid_grant") == "invalid_grant"
    for said in ("", "two words", "x" * 65, 'a"b', "é", "a\x1bb"):
        assert take_in_code(said) == WITHHELD_CODE
    assert take_in_code(f"x_{SECRET}", Secrets.of(SECRET)) == WITHHELD_CODE


def test_secrets_are_kept_to_themselves() -> None:
    secrets = Secrets.of(SECRET, None, "") + Secrets.of("b")
    assert secrets.values == (SECRET, "b")
    assert SECRET not in repr(secrets)


def test_harmless_text_has_the_same_length() -> None:
    for lines in (False, True):
        shown = harmless(NASTY, lines=lines)
        assert len(shown) == len(NASTY)
        assert not UNFIT.search(shown.replace("\u200b", "").replace("\u200d", ""))
        assert ("\n" in shown) is lines


def test_of_a_url_its_scheme_host_and_port_are_shown() -> None:
    assert host_of("https://user:secret@one.example:8443/path?token=x") == "https://one.example:8443"
    assert host_of("http://two.example") == "http://two.example"
    assert [host_of(text) for text in ("no URL", None, "")] == ["", "", ""]
