"""Reads from the text of a report who did not get a message and why, where no machine-readable part says it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from postroom.mail.reports.delivery_status import MOST_RECIPIENTS
from postroom.mail.reports.notices import DELAYED_WORDS, NOTICES, Notice, pattern_of
from postroom.mail.reports.originals import without_copy
from postroom.mail.reports.values import ReportAction, ReportedRecipient
from postroom.mail.reports.words import ADDRESS, Fields, code_in, field_texts, status_in
from postroom.words.strangers import take_in

__all__ = ["read_prose", "words_about"]

_LINE: Final = re.compile(rf"^[ \t>*•'\"-]{{0,40}}<?({ADDRESS})>?['\"]?(?=[\s:,;()]|\.(?:\s|\Z)|\Z)", re.MULTILINE)
_ANYWHERE: Final = re.compile(rf"^[^\n@]{{0,120}}?[<(\['\"\s]?({ADDRESS})", re.MULTILINE)
_ADDRESS: Final = re.compile(ADDRESS)
_FROM: Final = re.compile(rf"(?i:generated from|expanded from:?|redirected from)\s{{1,4}}<?({ADDRESS})")
_HOST: Final = re.compile(
    r"(?:\bhost|\bserver|remote mail server|connected to|reporting)\s{1,4}\(?"
    r"([A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.[A-Za-z0-9-]{1,63}){1,8})",
    re.IGNORECASE,
)
# What a server said stands behind such words; otherwise the words themselves are the reason.
_SAID: Final = re.compile(
    r"(?:remote server (?:returned|said|responded)|response(?: from the remote server)? was|responded with|\bsaid"
    r"|server's reply|error (?:message|was|code)|reason|because|antwort (?:des|vom) .{0,40}lautete|grund)"
    r"[\s:'\"]{1,12}(?=\S)",
    re.IGNORECASE,
)
_REPLY: Final = re.compile(
    r"(?<![\d.:\[])([45][0-5][0-9])[\s\-#:,]{1,3}[^\n]{1,400}(?:\n[ \t]{0,20}\1[\s-][^\n]{1,400}){0,10}"
)
# The next paragraph of the same report is about something else.
_END: Final = re.compile(
    r"^[ \t]{0,8}(?:diagnostic information for administrators|original message headers?|-{3,}|_{10,}|={10,}"
    r"|final-log-id|reporting-mta|i'm not going to try again)",
    re.IGNORECASE | re.MULTILINE,
)
_LONGEST: Final = 2000
_MOST_LINES: Final = 5_000


def read_prose(head: Fields, texts: Sequence[str]) -> tuple[ReportedRecipient, ...]:
    """Return the recipients that a report names in its texts or in `X-Failed-Recipients`; none when it names nobody."""
    failed = dict.fromkeys(
        found[0] for each in field_texts(head, "x-failed-recipients") for found in _ADDRESS.finditer(each)
    )
    for text in texts:
        own = without_copy(text)
        if failed:
            return tuple(_told(own, address, _action(own)) for address in list(failed)[:MOST_RECIPIENTS])
        for notice in NOTICES:
            found = tuple(_by(notice, own))
            if found:
                return found
    return tuple(ReportedRecipient(each, ReportAction.FAILED) for each in list(failed)[:MOST_RECIPIENTS])


def words_about(address: str, texts: Iterable[str]) -> str | None:
    """Return what the texts say of a recipient, None when they do not name it."""
    for text in texts:
        own = without_copy(text)
        at = own.lower().find(address.lower())
        if at >= 0:
            return _reason(own[at + len(address) : at + len(address) + _LONGEST])
    return None


def _by(notice: Notice, text: str) -> Iterator[ReportedRecipient]:
    """The recipients that follow a phrase, or the one within it."""
    opening = pattern_of(notice).search(text)
    if opening is None:
        return
    action = ReportAction.DELAYED if _is_late(notice, text) else ReportAction.FAILED
    if within := opening.groupdict().get("address"):
        yield _recipient(within, text[opening.end() : opening.end() + _LONGEST], action)
        return
    end = _end_of_list(text, opening.end())
    lines = [*(_ANYWHERE if notice.is_loose else _LINE).finditer(text, opening.end(), end)][:_MOST_LINES]
    seen: set[str] = set()
    for line, follows in zip(lines, [*lines[1:], None], strict=False):
        address = line[1]
        if address.lower() in seen or len(seen) == MOST_RECIPIENTS:
            continue
        if notice.is_loose and seen:
            # Names and replies hold addresses, too, and only the first one is certainly a recipient.
            return
        seen.add(address.lower())
        until = end if follows is None or notice.is_loose else follows.start()
        yield _recipient(address, text[line.end() : min(until, line.end() + _LONGEST)], action)


def _end_of_list(text: str, at: int) -> int:
    found = _END.search(text, at + 200) if len(text) > at + 200 else None
    return len(text) if found is None else found.start()


def _is_late(notice: Notice, text: str) -> bool:
    return notice.action is ReportAction.DELAYED or _action(text) is ReportAction.DELAYED


def _action(text: str) -> ReportAction:
    return ReportAction.DELAYED if DELAYED_WORDS.search(text) else ReportAction.FAILED


def _told(text: str, address: str, action: ReportAction) -> ReportedRecipient:
    at = text.lower().find(address.lower())
    about = text[at + len(address) :] if at >= 0 else text
    return _recipient(address, about[:_LONGEST], action)


def _recipient(address: str, about: str, action: ReportAction) -> ReportedRecipient:
    said = _reason(about)
    origin, host = _FROM.search(about), _HOST.search(about)
    is_reply = said is not None and code_in(said[:4]) is not None
    return ReportedRecipient(
        address,
        action,
        origin[1] if origin is not None else None,
        status_in(said) or status_in(about),
        code_in(said),
        said,
        "smtp" if is_reply else None,
        host[1] if host is not None else None,
    )


def _reason(about: str) -> str | None:
    """The reply of the server in a text about a recipient, otherwise the text behind such words as `because`."""
    reply = _REPLY.search(about)
    if reply is not None:
        return take_in(reply[0], longest=1000) or None
    said = _SAID.search(about)
    return take_in((about if said is None else about[said.end() :])[:600].lstrip(" :,.;>*)\n"), longest=600) or None
