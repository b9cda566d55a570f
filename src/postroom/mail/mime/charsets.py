"""The one table of charsets: which codec a label in a mail means. Bodies and headers both use it. Pure.

It holds every label of the WHATWG Encoding Standard, the names that Python and IANA know, and further names that mail
programs write. Labels outside the table never reach a codec look-up, because Python keeps every name it was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from encodings.aliases import aliases
from functools import lru_cache
from typing import Final

from webencodings.labels import LABELS

EUC_JP: Final = "postroom:euc-jp"
ISO_2022: Final = "postroom:iso-2022"
UTF_8: Final = "utf_8"
UTF_16: Final = "utf_16"
UTF_16_BE: Final = "utf_16_be"

_NOT_ALNUM: Final = re.compile(r"[^a-z0-9]+")
_LONGEST_LABEL: Final = 80
# `charset=koi8-r`, `koi8-r;format=flowed`, `koi8-r,us-ascii`, `koi8-r//TRANSLIT`: the first name that is known counts.
_AROUND_LABELS: Final = re.compile(r"[=;,/]+")

_BY_ENCODING: Final = {
    "utf-8": UTF_8,
    "utf-16le": UTF_16,
    "utf-16be": UTF_16_BE,
    "iso-8859-8-i": "iso8859_8",
    "x-mac-cyrillic": "mac_cyrillic",
    "macintosh": "mac_roman",
    "ibm866": "cp866",
    "gbk": "gb18030",
    "big5": "cp950",
    "shift_jis": "cp932",
    "euc-jp": EUC_JP,
    "iso-2022-jp": ISO_2022,
    "euc-kr": "cp949",
    "replacement": None,
    "x-user-defined": None,
}
"""Encodings of the standard that Python names differently, or for which senders mean another codec.

The standard maps iso-2022-kr and similar encodings to `replacement` to protect browsers. Mail needs them, so they are
in the tables below. `x-user-defined` means that the sender's program did not know: such a text counts as undeclared.
"""

_SUPERSETS: Final = {
    "ascii": None,
    "latin_1": "cp1252",
    "iso8859_9": "cp1254",
    "iso8859_11": "cp874",
    "tis_620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "cp950",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "euc_jp": EUC_JP,
    "iso2022_jp": ISO_2022,
    "iso2022_jp_1": ISO_2022,
    "iso2022_jp_2": ISO_2022,
    "iso2022_jp_2004": ISO_2022,
    "iso2022_jp_3": ISO_2022,
    "iso2022_jp_ext": ISO_2022,
    "iso2022_kr": ISO_2022,
}
"""The larger charset that senders mean: many label a text with a subset of the charset they wrote it in.

ASCII needs no codec. A text labelled ASCII that holds other octets counts as undeclared.
"""

_NO_CHARSETS: Final = frozenset(
    ("base64_codec", "bz2_codec", "hex_codec", "mbcs", "quopri_codec", "rot_13", "uu_codec", "zlib_codec")
)
_WITHOUT_ALIASES: Final = (
    *("cp720", "cp737", "cp856", "cp874", "cp875", "cp1006", "koi8_t", "koi8_u"),
    *("mac_arabic", "mac_croatian", "mac_farsi", "mac_romanian"),
)

_OF_MAIL_PROGRAMS: Final = {
    UTF_8: "utf8mb4 x-utf-8 utf-8-sig unicode-utf-8 unicode-2-0-utf-8 cp65001 65001",
    "utf_7": "utf-7 unicode-1-1-utf-7 unicode-2-0-utf-7 x-unicode-1-1-utf-7 x-unicode-2-0-utf-7 csunicode11utf7 "
    "csutf7 cp65000 65000",
    UTF_16: "utf16 cp1200 1200 csutf16 csutf16le",
    UTF_16_BE: "cp1201 1201 csutf16be",
    "utf_32": "ucs-4 iso-10646-ucs-4 csucs4 cp12000 12000",
    ISO_2022: "iso-2022-jp-ms cp50220 cp50221 cp50222 50220 50221 50222 x-windows-50220 x-windows-50221 "
    "x-windows-50222 x-windows-iso2022jp jis jis7 jis-7 csjisencoding iso-2022-jp-1 iso-2022-jp-2 csiso2022jp2 "
    "iso-2022-jp-3 iso-2022-jp-2004 iso-2022-kr csiso2022kr cp50225 50225 iso-2022-cn iso-2022-cn-ext csiso2022cn "
    "cp50227 50227",
    EUC_JP: "eucjp ujis cp51932 51932 eucjp-ms eucjp-win eucjp-open 20932 "
    "extended-unix-code-packed-format-for-japanese",
    "cp932": "932 ms932 x-ms-cp932 sjis-win x-sjis-cp932 x-mac-japanese 10001",
    "cp949": "949 uhc ms949 ksc-5601-1987 ksc5601-1987 ksc5601-1992 ks-c-5601 ksc-5601 ks-x-1001 cp51949 51949 "
    "x-mac-korean 10003",
    "johab": "cp1361 1361 ms1361",
    "gb18030": "936 cp936 ms936 windows-936 gb gb-2312 euc-cn euccn x-euc-cn cp51936 51936 gb18030-2000 "
    "gb18030-2005 cp54936 54936 gb-18030 cngb cn-gb csgbk csgb18030 x-mac-chinesesimp x-mac-simp-chinese 10008",
    "hz": "hz hz-gb hz-gb-2312 hz-gb2312 cp52936 52936",
    "cp950": "950 ms950 windows-950 big-5 x-big5 big5-eten csbig5 x-mac-chinesetrad x-mac-trad-chinese 10002",
    "big5hkscs": "big5-hkscs big5-hkscs-2004 hkscs x-big5-hkscs cp951 951 csbig5hkscs",
    "cp1252": "1252 ansi win-1252 windows-ansi ms-ansi 28591 8859-1 iso-latin-1 isolatin1 latin-1 "
    "iso-8859-1-windows-3-0-latin-1 iso-8859-1-windows-3-1-latin-1 cswindows30latin1 cswindows31latin1",
    "cp1250": "1250 win-1250 ansi-1250 ms-ee",
    "cp1251": "1251 win-1251 ansi-1251 ms-cyrl win windows-cyrillic",
    "cp1253": "1253 win-1253 ansi-1253 ms-greek",
    "cp1254": "1254 win-1254 ansi-1254 ms-turk 28599 8859-9 latin-5",
    "cp1255": "1255 win-1255 ansi-1255 ms-hebr",
    "cp1256": "1256 win-1256 ansi-1256 ms-arab",
    "cp1257": "1257 win-1257 ansi-1257 winbaltrim",
    "cp1258": "1258 win-1258 ansi-1258",
    "cp874": "874 windows-874-2000 iso-8859-11-2001 thai cstis620 tis620-2533",
    "koi8_r": "koi-8 koi-8-r cp20866 20866 koi8r",
    "koi8_u": "koi-8-u koi8u cp21866 21866 cskoi8u",
    "mac_roman": "10000 mac-roman apple-roman x-macroman",
    "mac_cyrillic": "10007 10017 x-mac-ukraine",
    "mac_greek": "10006 x-mac-greek",
    "mac_turkish": "10081 x-mac-turkish",
    "mac_latin2": "10029 x-mac-ce x-mac-centraleurroman x-mac-centraleurope x-mac-latin2",
    "mac_iceland": "10079 x-mac-icelandic",
    "mac_romanian": "10010 x-mac-romania",
    "mac_croatian": "10082 x-mac-croatia",
    "iso8859_8": "28598 38598 8859-8",
    "cp775": "csibm775",
    "cp858": "pc-multilingual-850-euro",
    "cp850": "cspc850multilingual",
    "cp437": "cspc8codepage437",
    "cp852": "cspcp852",
}
"""More labels for each codec, which only mail programs, IANA or Windows use."""


def _squashed(label: str) -> str:
    return _NOT_ALNUM.sub("", label.lower())


def _rows() -> Iterator[tuple[str, str | None]]:
    """Pairs of label and codec; a later row overrides an earlier one."""
    codecs = (set(aliases.values()) | set(_WITHOUT_ALIASES)) - _NO_CHARSETS
    for codec in codecs:
        for name in (codec, codec.removeprefix("iso")):
            yield name, _SUPERSETS.get(codec, codec)
        if codec.startswith("iso8859_"):
            yield f"latin_{codec[8:]}_iso", _SUPERSETS.get(codec, codec)
            yield f"cp{28590 + int(codec[8:])}", _SUPERSETS.get(codec, codec)
            yield f"{28590 + int(codec[8:])}", _SUPERSETS.get(codec, codec)
    for alias, codec in aliases.items():
        if codec in codecs:
            yield alias, _SUPERSETS.get(codec, codec)
    for label, encoding in LABELS.items():
        yield label, _BY_ENCODING[encoding] if encoding in _BY_ENCODING else _python_name(encoding)
    for codec, labels in _OF_MAIL_PROGRAMS.items():
        for label in labels.split():
            yield label, codec
    for alias in ("ascii", *(alias for alias, codec in aliases.items() if codec == "ascii")):
        yield alias, None


def _python_name(encoding: str) -> str:
    """`windows-1251` is cp1251, `iso-8859-2` is iso8859_2, `koi8-r` is koi8_r."""
    return encoding.replace("windows-", "cp").replace("iso-", "iso").replace("-", "_")


_TABLE: Final = {_squashed(label): codec for label, codec in _rows()}


def codec_of(label: str | None) -> str | None:
    """Return the codec that a label means; None when the label is missing, unknown, or ASCII, which needs no codec.

    Case, quotes, blanks and the separators between words do not matter. A language after an asterisk (RFC 2231
    section 5) is ignored, and so is a leading `x-` that no table knows. Other text may stand around the label.
    """
    return _looked_up(label[:_LONGEST_LABEL]) if label else None


@lru_cache(maxsize=512)
def _looked_up(label: str) -> str | None:
    label = label.partition("*")[0]
    for spelling in (label, *_AROUND_LABELS.split(label)):
        name = _squashed(spelling)
        if name not in _TABLE and name.startswith("x"):
            name = name[1:]
        if name in _TABLE:
            return _TABLE[name]
    return None


def known_codecs() -> frozenset[str]:
    """Return every codec in the table."""
    return frozenset(codec for codec in _TABLE.values() if codec is not None)
