"""Makes text from outside (servers, receivers, proxies, providers) safe to store and show. Pure.

All such text goes through `take_in` before it is stored, logged or shown. The result is one line without control
characters, of at most a kilobyte, or a fixed notice when the text repeats a secret. mypy distinguishes `Words` from
`str`, so raw text is not stored by mistake.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import field
from itertools import islice
from typing import Final, NewType
from urllib.parse import urlsplit

from postroom.footprint.dataclass import dataclass
from postroom.words.echoes import echoes

__all__ = [
    "NO_SECRETS",
    "NO_WORDS",
    "WITHHELD",
    "WITHHELD_CODE",
    "Secrets",
    "Words",
    "harmless",
    "host_of",
    "take_in",
    "take_in_all",
    "take_in_code",
]

Words = NewType("Words", str)
"""Text that may be stored and shown. Our own sentences need no `take_in` if they contain no text from outside."""

NO_WORDS: Final = Words("")
WITHHELD: Final = Words("(the server's words are left out: they held a secret)")
WITHHELD_CODE: Final = "withheld"

_LONGEST: Final = 1024
_LONGEST_CODE: Final = 64
_MOST: Final = 100
# More than the result is read, so that a secret at the cut is seen completely.
_READ: Final = 1400
_CUT: Final = "…"
_CODE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
# C0, DEL and C1, line and paragraph separators, changes of writing direction, halves of surrogate pairs.
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
# Characters without width, which can hide text: soft hyphen, joiners, invisible signs, byte order marks, tags.
_UNSEEN: Final = re.compile(
    r"[\u00ad\u180e\u200b-\u200d\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_SEQUENCE: Final = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]")
"""Control sequences of terminals (ECMA-48 section 5.4)."""

_BLANKS: Final = frozenset("\t\n\v\f\r\x85\u2028\u2029")
_UNKNOWN: Final = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True, slots=True)
class Secrets:
    """Values that must not appear in text from outside. Code that talks to a server passes those it sent there."""

    values: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, *values: str | None) -> Secrets:
        """Return these secrets without those that are None."""
        return cls(tuple(value for value in values if value))

    def __add__(self, others: Secrets) -> Secrets:
        return Secrets(self.values + others.values)

    def held_by(self, *texts: str) -> bool:
        """Say whether a text contains one of them in any encoding that `postroom.words.echoes` can read."""
        return bool(self.values) and echoes(self.values, *texts)


NO_SECRETS: Final = Secrets()


def take_in(said: str, secrets: Secrets = NO_SECRETS, *, longest: int = _LONGEST) -> Words:
    """Return text from outside in a form safe to store and show; `longest` is in bytes of UTF-8."""
    said = said[:_READ]
    if secrets.held_by(said):
        return WITHHELD
    # Nearly all words of servers are plain. This is asked some forty times at each sign-in.
    is_plain = said.isascii() and said.isprintable()
    line = " ".join((said if is_plain else _cleaned(said)).split())
    octets = line.encode()
    if len(octets) <= longest:
        return Words(line)
    kept = octets[: longest - len(_CUT.encode())].decode(errors="ignore")
    return Words(kept.rstrip() + _CUT)


def _cleaned(said: str) -> str:
    return _CONTROLS.sub(" ", _UNSEEN.sub("", _SEQUENCE.sub("", said)))


def take_in_all(said: Iterable[str], secrets: Secrets = NO_SECRETS, *, longest: int = _LONGEST_CODE) -> list[Words]:
    """Return a list of short texts from outside, such as capabilities: the first hundred, without those with a secret.

    All are searched for secrets at once, because that is cheaper and there rarely are any.
    """
    taken = [take_in(each, longest=longest) for each in islice(said, _MOST)]
    if not secrets.held_by(" ".join(taken)):
        return taken
    return [each for each in taken if not secrets.held_by(each)]


def take_in_code(said: str, secrets: Secrets = NO_SECRETS) -> str:
    """Return a code for programs unchanged (RFC 6749 section 5.2), or `withheld` if it is no code or holds a secret."""
    fits = len(said) <= _LONGEST_CODE and _CODE.fullmatch(said) is not None
    return said if fits and not secrets.held_by(said) else WITHHELD_CODE


def harmless(text: str, *, lines: bool = False) -> str:
    """Return a text of the same length that a terminal shows and does not obey, for content that is not shortened.

    `lines` permits several lines.
    """
    if text.isprintable():
        # Then it has no control characters either.
        return text

    def shown(found: re.Match[str]) -> str:
        if lines and found[0] == "\n":
            return "\n"
        return " " if found[0] in _BLANKS else _UNKNOWN

    return _CONTROLS.sub(shown, text)


def host_of(url: str | None) -> str:
    """Return scheme, host and port of a URL: what follows may be a secret of its receiver."""
    parts = urlsplit(url or "")
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else ""
