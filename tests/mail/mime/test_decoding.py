"""Octets under charsets that are missing or wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.mail.mime.charsets import known_codecs
from postroom.mail.mime.decoding import decode


@pytest.mark.parametrize(
    ("octets", "label", "text"),
    [
        # The label is believed where it fits.
        (b"Gr\xfc\xdfe", "iso-8859-1", "Grüße"),
        (b"\x80uro", "iso-8859-1", "€uro"),
        (b"Gr\xc3\xbc\xc3\x9fe", "iso-8859-1", "GrÃ¼ÃŸe"),
        (b"\xd0\xd2\xc9\xd7\xa6\xd4", "koi8-u", "привіт"),
        # A label that does not fit gives way to UTF-8.
        ("Grüße – Köln".encode(), "gb2312", "Grüße – Köln"),
        ("Á la carte".encode(), "iso-8859-1", "Á la carte"),
        ("明天".encode(), "iso-2022-jp", "明天"),
        ("Grüße".encode(), "utf-7", "Grüße"),
        ("né".encode(), "iso-2022-jp", "né"),
        (b"\xb6\xc5", "iso-2022-jp", "ｶﾅ"),
        ("né \x1b$B".encode(), "utf-8", "né \x1b$B"),
        # A wrong octet costs one U+FFFD and not the text.
        (
            "Grüße aus Köln, Straße caf".encode() + b"\xe9 ok",
            "utf-8",
            "Grüße aus Köln, Straße caf\ufffd ok",
        ),
        ("Grüße aus Köln caf".encode() + b"\xe9 ok", None, "Grüße aus Köln caf\ufffd ok"),
        ("明天明天".encode("gbk") + b"\xff ok", "gbk", "明天明天\ufffd ok"),
        ("明天明天".encode("big5") + b"\xff ok", "big5", "明天明天\ufffd ok"),
        ("안녕안녕".encode("cp949") + b"\xff ok", "euc-kr", "안녕안녕\ufffd ok"),
        ("明日明日".encode("euc_jp") + b"\xff ok", "euc-jp", "明日明日\ufffd ok"),
        (b"\x1b$BL@F|\x1b(B \xff ok", "iso-2022-jp", "明日 \ufffd ok"),
        ("Γειά".encode("cp1253") + b"\xff ok", "windows-1253", "Γειά\ufffd ok"),
        ("Grüße \ufffd\ufffd\ufffd".encode() + b"\xff", "utf-8", "Grüße \ufffd\ufffd\ufffd\ufffd"),
        # As many wrong ones as right ones still are no reason to doubt.
        (b"a\xc3\xbcb\xff", "utf-8", "aüb\ufffd"),
        # More wrong than right ones: the label is wrong.
        (b"Gr\xfc\xdfe", "utf-8", "Grüße"),
        (b"Gr\xfc\xdfe aus K\xf6ln \x96 caf\xe9", "utf-8", "Grüße aus Köln – café"),
        (b"caf\xe9\xff\xff\xff.", "gb18030", "caféÿÿÿ."),
        # Windows-1252 has no such octet.
        (b"\x81\x8d ok", "utf-8", "\ufffd\ufffd ok"),
        # Undeclared.
        ("Grüße".encode(), None, "Grüße"),
        (b"Gr\xfc\xdfe", None, "Grüße"),
        ("Grüße".encode(), "us-ascii", "Grüße"),
        (b"Gr\xfc\xdfe", "us-ascii", "Grüße"),
        (b"Gr\xfc\xdfe", "unknown-8bit", "Grüße"),
        (b"\x1b$BL@F|\x1b(B", None, "明日"),
        (b"\x1b$BL@F|\x1b(B", "us-ascii", "明日"),
        (b"\x1b$BL@F|\x1b(B", "utf-8", "明日"),
        (b"\x1b[1mbold\x1b[0m", None, "\x1b[1mbold\x1b[0m"),
        # Surrogate pairs in UTF-8.
        (b"ok \xed\xa0\xbd\xed\xb8\x80", "utf-8", "ok 😀"),
        (b"ok \xed\xa0\xbd.", "utf-8", "ok í\xa0½."),
        # Marks of byte order.
        ("Grüße\n".encode("utf-16"), "utf-8", "Grüße\n"),
        (b"\xef\xbb\xbfGr\xc3\xbc", "iso-8859-1", "Grü"),
        ("Grüße\n".encode("utf-16"), None, "Grüße\n"),
        (b"\xfe\xff" + "Grüße\n".encode("utf-16-be"), "utf-16", "Grüße\n"),
        ("Grüße 明天\n".encode("utf-16-le"), "utf-16", "Grüße 明天\n"),
        ("Grüße 明天\n".encode("utf-16-be"), "utf-16", "Grüße 明天\n"),
        ("明天".encode("utf-16-le"), "unicode", "明天"),
        (b"plain words\n", "utf-16", "plain words\n"),
        ("Grüße an dich\n".encode(), "unicode", "Grüße an dich\n"),
        (b"\xff\xfe\x00hello\r\n", None, "ÿþ\0hello\r\n"),
        # What is not ASCII although it looks so.
        (b"Gr+APwA3w-e", "utf-7", "Grüße"),
        (b"+AGEAYg", "utf-7", "ab"),
        (b"~{CwLl~}", "hz", "明天"),
        (b"\xc8\x85\x93\x93\x96", "cp500", "Hello"),
    ],
)
def test_the_rule(octets: bytes, label: str | None, text: str) -> None:
    assert decode(octets, label) == text


@pytest.mark.parametrize(
    ("label", "hint", "text"),
    [
        (None, "windows-1251", "Привет"),
        ("us-ascii", "windows-1251", "Привет"),
        ("no-such", "windows-1251", "Привет"),
        ("windows-1252", "windows-1251", "Ïðèâåò"),
        ("utf-8", "windows-1251", "Привет"),
        (None, "no-such", "Ïðèâåò"),
        (None, "utf-16", "Ïðèâåò"),
        (None, None, "Ïðèâåò"),
    ],
)
def test_what_a_text_says_of_itself_comes_after_the_label(label: str | None, hint: str | None, text: str) -> None:
    assert decode("Привет".encode("cp1251"), label, lambda _: hint) == text


@pytest.mark.parametrize(
    "label", ["utf-8", "gbk", "big5", "euc-kr", "euc-jp", "iso-2022-jp", "shift_jis", "utf-16le", "hz"]
)
def test_a_beginning_loses_only_the_character_that_was_cut(label: str) -> None:
    text = "明天 words 明天 明天"
    octets = text.encode({"utf-16le": "utf_16_le"}.get(label, label))
    for length in range(len(octets) // 2, len(octets) + 1):
        found = decode(octets[:length], label, cut=True)
        assert text.startswith(found), (length, found)


def test_half_a_character_at_the_end_of_all_is_wrong_and_not_cut() -> None:
    assert decode("Grüße".encode() + b"\xc3", "utf-8") == "Grüße\ufffd"


@given(st.text(), st.sampled_from(["utf-8", None, "us-ascii", "no-such"]))
def test_utf_8_comes_back(text: str, label: str | None) -> None:
    if not text.startswith("\ufeff") and "\x1b" not in text:
        assert decode(text.encode(), label) == text


@given(st.text(min_size=2), st.data())
def test_one_wrong_octet_costs_one_character(text: str, data: st.DataObject) -> None:
    text = "Grüße" + text.replace("\x1b", "").replace("\ufffd", "")
    at = data.draw(st.integers(5, len(text)))
    octets = text[:at].encode() + b"\xff" + text[at:].encode()
    assert decode(octets, "utf-8") == text[:at] + "\ufffd" + text[at:]


@given(st.binary(max_size=60), st.sampled_from(sorted(known_codecs())), st.booleans())
def test_nothing_makes_it_fail(octets: bytes, codec: str, cut: bool) -> None:
    label = codec.removeprefix("postroom:").replace("iso-2022", "iso-2022-jp")
    decode(octets, label, lambda _: codec, cut=cut).encode("utf-8", "replace")
