"""The table of charsets."""

from __future__ import annotations

import codecs
import encodings
from encodings.aliases import aliases

import pytest
from webencodings.labels import LABELS

from postroom.mail.mime.charsets import EUC_JP, ISO_2022, codec_of, known_codecs
from postroom.mail.mime.decoding import decode

OURS = {EUC_JP, ISO_2022}
NO_CHARSETS = {"replacement", "x-user-defined"}
# A text in each encoding of the standard, by Python's own codec or by hand.
SAMPLES = {
    "utf-8": ("Grüße 明天", "utf_8"),
    "ibm866": ("Привет", "cp866"),
    "iso-8859-2": ("žluťoučký", "iso8859_2"),
    "iso-8859-3": ("ĉiuĵaŭde", "iso8859_3"),
    "iso-8859-4": ("ģļņ", "iso8859_4"),
    "iso-8859-5": ("Привет", "iso8859_5"),
    "iso-8859-6": ("مرحبا", "iso8859_6"),
    "iso-8859-7": ("Γειά", "iso8859_7"),
    "iso-8859-8": ("שלום", "iso8859_8"),
    "iso-8859-8-i": ("שלום", "iso8859_8"),
    "iso-8859-10": ("ðþ", "iso8859_10"),
    "iso-8859-13": ("ąčę", "iso8859_13"),
    "iso-8859-14": ("ŵŷ", "iso8859_14"),
    "iso-8859-15": ("€uro", "iso8859_15"),
    "iso-8859-16": ("șț", "iso8859_16"),
    "koi8-r": ("Привет", "koi8_r"),
    "koi8-u": ("Привіт ґ", "koi8_u"),
    "macintosh": ("Grüße…", "mac_roman"),
    "windows-874": ("สวัสดี", "cp874"),
    "windows-1250": ("žluťoučký", "cp1250"),
    "windows-1251": ("Привет", "cp1251"),
    "windows-1252": ("Grüße €", "cp1252"),
    "windows-1253": ("Γειά", "cp1253"),
    "windows-1254": ("ığş", "cp1254"),
    "windows-1255": ("שלום", "cp1255"),
    "windows-1256": ("مرحبا", "cp1256"),
    "windows-1257": ("ąčę", "cp1257"),
    "windows-1258": ("ăđơ", "cp1258"),
    "x-mac-cyrillic": ("Привет", "mac_cyrillic"),
    "gbk": ("明天 繁體", "gbk"),
    "gb18030": ("明天 㐀", "gb18030"),
    "big5": ("明天", "big5"),
    "euc-jp": ("明日ｶﾅ", "euc_jp"),
    "iso-2022-jp": ("明日カナ", "iso2022_jp"),
    "shift_jis": ("明日ｶﾅ①", "cp932"),
    "euc-kr": ("안녕 똠", "cp949"),
    "utf-16be": ("Grüße\n", "utf_16_be"),
    "utf-16le": ("Grüße\n", "utf_16_le"),
}


@pytest.mark.parametrize("label", sorted(label for label, name in LABELS.items() if name not in NO_CHARSETS))
def test_every_label_of_the_encoding_standard(label: str) -> None:
    text, codec = SAMPLES[LABELS[label]]
    for spelt in (label, label.upper(), f'"{label}"', f" {label} ", f"{label}*en"):
        assert decode(text.encode(codec), spelt) == text


@pytest.mark.parametrize("label", sorted(alias for alias, codec in aliases.items() if codec in known_codecs()))
def test_every_name_that_python_knows(label: str) -> None:
    assert codec_of(label) is not None
    assert decode("hello".encode(aliases[label]), label) == "hello"


@pytest.mark.parametrize(
    ("label", "octets", "text"),
    [
        ("x-gbk", b"\xc3\xf7\xcc\xec", "明天"),
        ("gb_2312-80", b"\xc3\xf7\xcc\xec", "明天"),
        ("hz-gb-2312", b"~{CwLl~} ok", "明天 ok"),
        ("iso-2022-kr", b"\x1b$)C\x0e>H3g\x0f", "안녕"),
        ("ks_c_5601", b"\xbe\xc8\xb3\xe7", "안녕"),
        ("ks_c_5601-1987", b"\xbe\xc8\xb3\xe7", "안녕"),
        ("x-windows-949", b"\xbe\xc8\xb3\xe7", "안녕"),
        ("cp50220", b"\x1b$BL@F|\x1b(B", "明日"),
        ("cp50221", b"\x1b(I6E\x1b(B", "ｶﾅ"),
        ("x-windows-50222", b"\x0e6E\x0f", "ｶﾅ"),
        ("cp437", b"Gr\x81\xe1e", "Grüße"),
        ("IBM850", b"Gr\x81\xe1e", "Grüße"),
        ("850", b"Gr\x81\xe1e", "Grüße"),
        ("unicode-1-1-utf-7", b"Gr+APwA3w-e", "Grüße"),
        ("UTF-7", b"Gr+APwA3w-e", "Grüße"),
        ("x-mac-ce", "žluť".encode("mac_latin2"), "žluť"),
        ("x-mac-turkish", "ığş".encode("mac_turkish"), "ığş"),
        ("x-mac-greek", "Γειά".encode("mac_greek"), "Γειά"),
        ("x-mac-japanese", "明日".encode("cp932"), "明日"),
        ("windows1251", "Привет".encode("cp1251"), "Привет"),
        ("win-1251", "Привет".encode("cp1251"), "Привет"),
        ("x-windows-1251", "Привет".encode("cp1251"), "Привет"),
        ("cp-1251", "Привет".encode("cp1251"), "Привет"),
        ("KOI8U", "Привіт".encode("koi8_u"), "Привіт"),
        ("iso8859_15", b"\xa4", "€"),
        ("ISO 8859-1", b"Gr\xfc\xdfe", "Grüße"),
        ("ANSI", b"Gr\xfc\xdfe", "Grüße"),
        ("cp65001", "Grüße".encode(), "Grüße"),
        ("big5-hkscs", "㗎".encode("big5hkscs"), "㗎"),
        ("big5", "㗎".encode("big5hkscs"), "㗎"),
        ("tis-620", "ไทย".encode("cp874"), "ไทย"),
        ("johab", "안녕".encode("johab"), "안녕"),
    ],
)
def test_what_mail_programs_write(label: str, octets: bytes, text: str) -> None:
    assert decode(octets, label) == text


@pytest.mark.parametrize(
    "label",
    [
        *("", "unknown-8bit", "x-unknown", "default", "binary", "none", "x-user-defined", "replacement", "utf-9"),
        *("us-ascii", "ANSI_X3.4-1968", "646", "x" * 5000, "é", "\0"),
        *(
            "hex",
            "base64",
            "rot13",
            "zlib",
            "bz2",
            "uu",
            "idna",
            "punycode",
            "unicode_escape",
            "undefined",
            "mbcs",
            "oem",
        ),
    ],
)
def test_labels_that_leave_a_text_undeclared(label: str) -> None:
    assert codec_of(label) is None
    assert decode("Grüße".encode(), label) == "Grüße"
    assert decode(b"Gr\xfc\xdfe", label) == "Grüße"


@pytest.mark.parametrize(
    "label",
    [
        "koi8-r;format=flowed",
        "charset=koi8-r",
        '"koi8-r"; x',
        "koi8-r//TRANSLIT",
        "unknown,koi8-r",
        "=koi8-r",
        "'koi8-r'",
    ],
)
def test_other_text_around_a_label(label: str) -> None:
    assert decode("Привет".encode("koi8_r"), label) == "Привет"


def test_every_codec_is_there() -> None:
    for codec in known_codecs() - OURS:
        assert codecs.lookup(codec)


def test_unknown_labels_leave_nothing_behind() -> None:
    assert decode(b"\xfc", None) == "ü"
    before = len(encodings._cache)
    for number in range(2000):
        decode(b"\xfc", f"charset-{number}")
    assert len(encodings._cache) == before
