"""The marks of quotes and signatures in lines of plain text. Pure.

Each question looks at a bounded number of lines and characters, so all answers together take linear time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from postroom.mail.quoting import phrases

__all__ = ["attribution_start", "is_block", "is_delimiter", "is_mobile", "is_quote", "is_rule", "is_separator"]

_LONGEST: Final = 300
"""A line with more characters is no mark."""

_MOST_LINES: Final = 4
"""An attribution is wrapped over so many lines at most."""

_BLOCK_LINES: Final = 14
_SHORTEST_RULE: Final = 10


def is_quote(line: str) -> bool:
    """Say whether the line is quoted with `>` (RFC 3676 section 4.5)."""
    return line[:_LONGEST].lstrip().startswith(">")


def is_delimiter(line: str) -> bool:
    """Say whether the signature begins here (RFC 3676 section 4.3). Programs strip the space at the end."""
    return line.rstrip("\r\n") in ("-- ", "--", "--\u00a0")


def is_rule(line: str) -> bool:
    """Say whether the line consists of underscores or dashes."""
    text = _plain(line)
    return len(text) >= _SHORTEST_RULE and not text.strip("_-")


def is_mobile(line: str) -> bool:
    """Say whether a telephone or a program put this line below the message."""
    text = _plain(line)
    if not text or len(text) > 150:
        return False
    return text.startswith(phrases.MOBILE_BEGINNINGS) or text.endswith(phrases.MOBILE_ENDINGS)


def is_separator(line: str) -> bool:
    """Say whether the original message follows this line, as after `-----Original Message-----`."""
    text = _plain(line)
    if text in phrases.SEPARATORS_WITHOUT_DASHES:
        return True
    return text.startswith("--") and text.strip("- ").removesuffix(":").rstrip() in phrases.SEPARATORS


def is_block(lines: Sequence[str], at: int) -> bool:
    """Say whether a block such as `From:`, `Sent:`, `To:`, `Subject:` begins at this line."""
    label, value = _field(lines[at])
    if label not in phrases.FROM_LABELS or not value:
        return False
    found: set[str] = set()
    strangers = 0
    for line in lines[at + 1 : at + _BLOCK_LINES]:
        name, _ = _field(line)
        if name in phrases.DATE_LABELS:
            found.add("date")
        elif name in phrases.SUBJECT_LABELS:
            found.add("subject")
        elif name in phrases.OTHER_LABELS or name in phrases.FROM_LABELS:
            found.add("other")
        elif line.strip():
            strangers += 1
            if strangers > 1:
                break
            continue
        else:
            continue
        strangers = 0
    return len(found) >= 2 and ("subject" in found or ("date" in found and "@" in value))


def attribution_start(lines: Sequence[str], end: int, above_quote: bool) -> int | None:
    """Return the first line of the attribution that ends at the line `end`, or None if there is none.

    `above_quote` says that a quoted line follows. Otherwise the line must be surer: it needs a date or a number, and
    the date is first or the address of the sender is in it.
    """
    last = _plain(lines[end])
    if not last.endswith(":"):
        return None
    text = ""
    for start in range(end, max(-1, end - _MOST_LINES), -1):
        line = _plain(lines[start])
        if not line or is_quote(line):
            break
        text = f"{line} {text}"
        if not any(verb in f" {text}" for verb in phrases.ATTRIBUTION_VERBS):
            continue
        is_dated = any(letter.isdigit() for letter in text)
        if line.startswith(phrases.ATTRIBUTION_BEGINNINGS) and (above_quote or is_dated):
            return start
        if line.find("@") > 0 and is_dated and end - start < 2:
            return start
    is_short = above_quote and any(verb in f" {last}" for verb in phrases.ATTRIBUTION_VERBS)
    return end if is_short or (above_quote and "@" in last) else None


def _plain(line: str) -> str:
    """Return the line in lower case without the space around it; nothing of a line that is too long."""
    if len(line) > _LONGEST:
        return ""
    return line.strip().replace("\u00a0", " ").replace("\u202f", " ").replace("\u2019", "'").casefold()


def _field(line: str) -> tuple[str, str]:
    """Return the label and the value of a line such as `*From:* Ann`. The label is empty if there is none."""
    name, colon, value = _plain(line[:_LONGEST]).partition(":")
    return (name.strip(" *"), value.strip(" *")) if colon else ("", "")
