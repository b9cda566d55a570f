"""Decodes octets under a charset label that may be missing or wrong; for bodies and headers. Never fails. Pure.

1. The label is believed if all octets fit its charset.
2. Otherwise two more charsets are tried: the one the text itself declares (as HTML can), and UTF-8.
3. If none fits, the label stands and each wrong octet becomes one U+FFFD, provided that these are no more than the
   non-ASCII characters that could be read.
4. If there are more, the label is wrong, and the text is read as Windows-1252.

Some texts have no usable label: none, an unknown one, or ASCII although the text is not. Then the charset that the text
declares is used, otherwise UTF-8.
"""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from postroom.mail.mime.charsets import EUC_JP, ISO_2022, UTF_8, UTF_16, UTF_16_BE, codec_of
from postroom.mail.mime.iso2022 import WRONG, decode_euc_jp, decode_iso_2022

Hint = Callable[[bytes], str | None]
"""Finds the charset label that a text itself contains."""

_GUESS: Final = "cp1252"
_PIECE: Final = 64 * 1024
_ASCII: Final = bytes(range(0x80))
_WRONG_IN_UTF_8: Final = WRONG.encode()
_UTF_8_MARK: Final = b"\xef\xbb\xbf"
_UTF_16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_JAPANESE: Final = re.compile(rb"\x1b(?:\$[@B]|\([IJ]|\$\([@BDOPQ])")
# Mail uses one label for both, and each has characters that the other lacks.
_BROTHERS: Final = {"cp950": "big5hkscs", "big5hkscs": "cp950"}
_OWN: Final[dict[str, Callable[[bytes], str]]] = {ISO_2022: decode_iso_2022, EUC_JP: decode_euc_jp}


def decode(octets: bytes, label: str | None, hint: Hint | None = None, *, cut: bool = False) -> str:
    """Return `octets` decoded with the charset of `label`, by the rules of this module.

    `cut` means that the octets are only the beginning of a text: an incomplete character at the end is left out. The
    result may hold NUL, other controls, and halves of surrogate pairs.
    """
    codec = codec_of(label)
    if codec is None or codec == UTF_8:
        if octets.isascii() and b"\x1b" not in octets:
            return octets.decode("ascii")
    elif octets.isascii() and _is_plain(codec):
        return octets.decode("ascii")
    if octets.startswith(_UTF_8_MARK) and (text := _fitting(octets[3:], UTF_8, cut)) is not None:
        return text
    return _decode(octets, codec, hint, cut)


def _decode(octets: bytes, codec: str | None, hint: Hint | None, cut: bool) -> str:
    opinions = [codec, _codec_within(octets, hint, codec), UTF_8]
    for opinion in opinions:
        if opinion is not None and (text := _fitting(octets, opinion, cut)) is not None:
            return text
    for opinion in dict.fromkeys((opinions[0] or opinions[1] or UTF_8, UTF_8)):
        repaired, is_readable = _repaired(octets, opinion, cut)
        if is_readable:
            return repaired
    try:
        return octets.decode(_GUESS)
    except UnicodeDecodeError:
        return repaired


def _codec_within(octets: bytes, hint: Hint | None, codec: str | None) -> str | None:
    """The charset that the text itself shows: by a byte order mark, the escapes of ISO-2022-JP, or `hint`."""
    if codec in (None, UTF_8) and _is_japanese(octets):
        return ISO_2022
    if codec in (None, UTF_8) and octets.startswith(_UTF_16_MARKS) and _fitting_utf_16(octets, UTF_16) is not None:
        return UTF_16
    found = codec_of(hint(octets)) if hint is not None else None
    # A declaration that is readable as ASCII cannot be in UTF-16 (HTML Standard 13.2.3.2).
    return UTF_8 if found in (UTF_16, UTF_16_BE) else found


@lru_cache(maxsize=256)
def _is_plain(codec: str) -> bool:
    """Whether ASCII text is unchanged in `codec`, whatever comes before it."""
    if codec in _OWN:
        return codec == EUC_JP
    return codec not in ("hz", "utf_7") and _ASCII.decode(codec, "replace") == _ASCII.decode("ascii")


def _fitting(octets: bytes, codec: str, cut: bool) -> str | None:
    """The text, or None when an octet is wrong."""
    if codec == ISO_2022 and not octets.isascii() and _strictly(octets, UTF_8, cut) is not None:
        # Octets above 127 could be katakana, but these are valid UTF-8.
        return None
    if codec in _OWN:
        text = _read_own(octets, codec, cut)
        return None if WRONG in text else text
    if codec in (UTF_16, UTF_16_BE):
        return _fitting_utf_16(octets, codec)
    if codec == UTF_8 and _is_japanese(octets):
        return None
    fitting = _strictly(octets, codec, cut)
    if fitting is None and codec == UTF_8 and b"\xed" in octets:
        return _fitting_surrogates(octets)
    return _strictly(octets, _BROTHERS[codec], cut) if fitting is None and codec in _BROTHERS else fitting


def _is_japanese(octets: bytes) -> bool:
    return b"\x1b" in octets and octets.isascii() and _JAPANESE.search(octets) is not None


def _fitting_surrogates(octets: bytes) -> str | None:
    """Decode CESU-8: programs that work in UTF-16 encode each half of a surrogate pair by itself."""
    try:
        return octets.decode(UTF_8, "surrogatepass").encode("utf_16_le", "surrogatepass").decode("utf_16_le")
    except ValueError:
        return None


def _read_own(octets: bytes, codec: str, cut: bool) -> str:
    text = _OWN[codec](octets)
    return text.removesuffix(WRONG) if cut else text


def _strictly(octets: bytes, codec: str, cut: bool) -> str | None:
    try:
        return _read(octets, codec, "strict", cut)
    except ValueError:
        return None


def _read(octets: bytes, codec: str, errors: str, cut: bool) -> str:
    """Decode in pieces: a call into a library holds the interpreter, and some need a second for a few megabytes."""
    if not cut and (len(octets) <= _PIECE or codec in (UTF_16, "utf_32")):
        return octets.decode(codec, errors)
    decoder = getincrementaldecoder(codec)(errors)
    texts = [decoder.decode(octets[at : at + _PIECE]) for at in range(0, len(octets), _PIECE)]
    return "".join(texts) if cut else "".join((*texts, decoder.decode(b"", final=True)))


def _fitting_utf_16(octets: bytes, codec: str) -> str | None:
    """Without a mark, the position of the NULs tells the byte order. A text with spaces but no NUL is not UTF-16."""
    even = octets[: len(octets) // 2 * 2]
    marked = even.startswith(_UTF_16_MARKS)
    if not marked and b"\0" not in even and (b"\n" in even or b" " in even):
        return None
    high, low = even[::2].count(0), even[1::2].count(0)
    if high != low:
        codec = UTF_16_BE if high > low else "utf_16_le"
    elif codec == UTF_16:
        codec = "utf_16_le"
    text = _strictly(even, UTF_16 if marked else codec, cut=True)
    return None if text is None or (marked and not any(map(str.isascii, text))) else text


def _repaired(octets: bytes, codec: str, cut: bool) -> tuple[str, bool]:
    """The text with U+FFFD for each wrong octet, and whether these are no more than the other non-ASCII characters."""
    if codec in _OWN:
        text = _read_own(octets, codec, cut)
    else:
        text = _read(octets, codec, "replace", cut and codec not in (UTF_16, "utf_32"))
    lost = text.count(WRONG)
    read = len(text) - len(text.encode("ascii", "ignore")) - lost
    # The sender may have written U+FFFD.
    sent = octets.count(_WRONG_IN_UTF_8) if codec == UTF_8 else 0
    return text, lost - sent <= read
