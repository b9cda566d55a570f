"""Decodes ISO 2022 text of Japan, Korea and China, and EUC-JP as Windows writes it. Pure.

The standard library's codecs stop at the first wrong octet. They also lack half-width katakana and the rows that NEC
and IBM added, which are common in mail from Japan (Windows code pages 50220 to 50222 and 51932). Sources: RFC 1468,
RFC 1554, RFC 1557, RFC 1922, and the decoders of the WHATWG Encoding Standard. Of ISO-2022-CN only the simplified
characters can be read, because Python has no table of CNS 11643.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

WRONG: Final = "\ufffd"

_Reader = Callable[[bytes], str]

# An escape sequence or a shift (none at the beginning), then the text in the set that it selects.
_PIECES: Final = re.compile(rb"(\x1b[ -/]*[0-~]?|[\x0e\x0f])([^\x1b\x0e\x0f]*)|([^\x1b\x0e\x0f]+)")
_PAIRS: Final = re.compile(rb"([!-~]{2})|([!-~])|([^!-~]+)")
_EUC_PIECES: Final = re.compile(
    rb"([\x00-\x7f]+)|((?:[\xa1-\xfe]{2})+)|(\x8e[\xa1-\xdf])|(\x8f[\xa1-\xfe]{2})|.", re.DOTALL
)
# It announces a later edition of JIS X 0208, which makes no difference here.
_LATER_EDITION: Final = b"\x1b&@"
_HIGH: Final = bytes(octet | 0x80 if 0x21 <= octet <= 0x7E else octet for octet in range(256))
_LOW: Final = bytes(octet & 0x7F for octet in range(256))
_KANA: Final = {octet: chr(0xFF61 + octet - 0xA1) if 0xA1 <= octet <= 0xDF else WRONG for octet in range(0x80, 0x100)}
# Windows and the Encoding Standard map these signs to their wide forms.
_WIDER: Final = str.maketrans("〜−‖¢£¬—", "～－∥￠￡￢―")
_YEN: Final = _KANA | {0x5C: "¥", 0x7E: "‾"}


def decode_iso_2022(octets: bytes) -> str:
    """Return the text. A wrong octet, or a pair of octets that is no character, becomes one U+FFFD.

    Octets above 127 are read as half-width katakana where possible.
    """
    found: list[str] = []
    main: _Reader = _read_ascii
    shifted: _Reader = _read_kana
    single: _Reader = _read_latin_1
    is_shifted = False
    for piece in _PIECES.finditer(octets):
        escape, run = piece[1] or b"", piece[2] or piece[3] or b""
        if escape in (b"\x0e", b"\x0f"):
            is_shifted = escape == b"\x0e"
        elif escape in _MAIN:
            main, is_shifted = _MAIN[escape], False
        elif escape in _SHIFTED:
            shifted = _SHIFTED[escape]
        elif escape in _SINGLE:
            single = _SINGLE[escape]
        elif escape == b"\x1bN":
            found.append(single(run[:1].translate(_HIGH)))
            run = run[1:]
        elif escape and escape != _LATER_EDITION:
            found.append(WRONG)
        found.append((shifted if is_shifted else main)(run))
    return "".join(found)


def decode_euc_jp(octets: bytes) -> str:
    """Return the text; a wrong octet becomes one U+FFFD."""
    found: list[str] = []
    for piece in _EUC_PIECES.finditer(octets):
        ascii_run, pairs, kana, supplementary = piece.groups()
        if ascii_run:
            found.append(ascii_run.decode("ascii"))
        elif pairs:
            found.append(_read_jis(pairs.translate(_LOW)))
        elif kana:
            found.append(_read_ascii(kana[1:]))
        else:
            found.append(supplementary.decode("euc_jp", "replace")[:1] if supplementary else WRONG)
    return "".join(found)


def _read_ascii(run: bytes) -> str:
    return run.decode("ascii") if run.isascii() else run.decode("latin-1").translate(_KANA)


def _read_roman(run: bytes) -> str:
    return run.decode("latin-1").translate(_YEN)


def _read_kana(run: bytes) -> str:
    return run.translate(_HIGH).decode("latin-1").translate(_KANA)


def _read_latin_1(run: bytes) -> str:
    return run.decode("latin-1")


def _read_greek(run: bytes) -> str:
    return run.decode("iso8859_7", "replace")


def _read_jis(run: bytes) -> str:
    """Decode JIS X 0208 with the rows of NEC and IBM, by way of Windows' Shift_JIS."""
    text = _strictly(run.translate(_HIGH), "euc_jp")
    return _read_pairs(run, lambda pair: _shift_jis(*pair), "cp932") if text is None else text.translate(_WIDER)


def _read_ks(run: bytes) -> str:
    return _read_high(run, "cp949")


def _read_gb(run: bytes) -> str:
    return _read_high(run, "gb18030")


def _read_jis_0213(run: bytes) -> str:
    return _read_high(run, "euc_jis_2004")


def _read_jis_0213_supplement(run: bytes) -> str:
    return _read_pairs(run, lambda pair: b"\x8f" + pair.translate(_HIGH), "euc_jis_2004")


def _read_jis_0212(run: bytes) -> str:
    return _read_pairs(run, lambda pair: b"\x8f" + pair.translate(_HIGH), "euc_jp")


def _read_unknown(run: bytes) -> str:
    return _read_pairs(run, lambda _pair: b"\xff", "ascii")


def _read_high(run: bytes, codec: str) -> str:
    """Decode a set whose pairs `codec` has with the eighth bit set."""
    text = _strictly(run.translate(_HIGH), codec)
    return _read_pairs(run, lambda pair: pair.translate(_HIGH), codec) if text is None else text


def _read_pairs(run: bytes, octets_of: Callable[[bytes], bytes], codec: str) -> str:
    """Decode pair by pair, so that a wrong pair loses only itself; `octets_of` converts a pair to octets of `codec`."""
    found: list[str] = []
    for piece in _PAIRS.finditer(run):
        pair, lone, other = piece.groups()
        if pair:
            found.append(_strictly(octets_of(pair), codec) or WRONG)
        else:
            found.append(WRONG if lone else _read_ascii(other))
    return "".join(found)


def _strictly(octets: bytes, codec: str) -> str | None:
    try:
        return octets.decode(codec)
    except UnicodeDecodeError:
        return None


def _shift_jis(row: int, cell: int) -> bytes:
    """The Shift_JIS octets of a pair of JIS X 0208 (each 0x21 to 0x7E)."""
    lead = (row - 0x21) // 2 + 0x81
    trail = cell + (0x1F if cell < 0x60 else 0x20) if row % 2 else cell + 0x7E
    return bytes((lead if lead < 0xA0 else lead + 0x40, trail))


_MAIN: Final[dict[bytes, _Reader]] = {
    b"\x1b(B": _read_ascii,
    b"\x1b(J": _read_roman,
    b"\x1b(H": _read_roman,
    b"\x1b(I": _read_kana,
    **dict.fromkeys((b"\x1b$@", b"\x1b$B", b"\x1b$(@", b"\x1b$(B"), _read_jis),
    b"\x1b$(D": _read_jis_0212,
    b"\x1b$(O": _read_jis_0213,
    b"\x1b$(Q": _read_jis_0213,
    b"\x1b$(P": _read_jis_0213_supplement,
    **dict.fromkeys((b"\x1b$A", b"\x1b$(A"), _read_gb),
    b"\x1b$(C": _read_ks,
}
_SHIFTED: Final[dict[bytes, _Reader]] = {
    b"\x1b)I": _read_kana,
    b"\x1b$)C": _read_ks,
    b"\x1b$)A": _read_gb,
    b"\x1b$)E": _read_gb,
    b"\x1b$)G": _read_unknown,
}
_SINGLE: Final[dict[bytes, _Reader]] = {b"\x1b.A": _read_latin_1, b"\x1b.F": _read_greek}
