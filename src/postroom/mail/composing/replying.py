"""What a reply or a forwarded message takes from the original: subject, thread, recipients, quoted text. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final, Literal

from postroom.footprint.dataclass import dataclass
from postroom.mail.composing.draft import Correspondent, Draft
from postroom.mail.html.plain import plain_of_html
from postroom.words.html_entities import escaped

__all__ = ["Action", "Original", "answering"]

Action = Literal["reply", "reply-all", "forward"]

_MOST_IDS: Final = 40
_ADDRESS: Final = re.compile(r'(?:[^\s<>,;:"@\x00-\x1f\x7f]+|"[^"\x00-\x1f\x7f]+")@[^\s<>,;:"@\x00-\x1f\x7f]+')
_NUMBER: Final = r"(?:\s{0,9}[\[(]\d{1,9}[\])]|\^\d{1,9}|\*\d{1,9})?\s{0,9}[:\uff1a]\s*"
_REPLY_WORDS: Final = (
    "re r aw antw antwort sv vs odp ynt res rif rép bls vá atb отв απ רе رد 回复 回覆 答复 答覆 返信 답장"
)
_FORWARD_WORDS: Final = (
    "fwd fw wg tr rv enc i doorst pd vb vl fs trs ilt i̇lt továb továbbítás пересл πρθ הועבר 转发 轉寄 轉發 転送 전달"
)
_REPLIED: Final = re.compile(rf"(?:(?:{'|'.join(_REPLY_WORDS.split())}){_NUMBER})+", re.IGNORECASE)
_FORWARDED: Final = re.compile(rf"(?:(?:{'|'.join(_FORWARD_WORDS.split())}){_NUMBER})+", re.IGNORECASE)
_OUTSIDE_BODY: Final = re.compile(r"<!doctype[^>]*>|</?(?:html|body)\b[^>]*>", re.I)
_HEAD: Final = re.compile(r"<(head)\b", re.I)


@dataclass(frozen=True, slots=True)
class Original:
    """The message that is answered or forwarded. `date` is the Date field as written; texts may be missing."""

    message_id: str | None = None
    references: tuple[str, ...] = ()
    subject: str = ""
    sender: tuple[Correspondent, ...] = ()
    reply_to: tuple[Correspondent, ...] = ()
    to: tuple[Correspondent, ...] = ()
    cc: tuple[Correspondent, ...] = ()
    date: str = ""
    text: str | None = None
    html: str | None = None


def answering(draft: Draft, original: Original, action: Action, own: Iterable[str], *, inline: bool = False) -> Draft:
    """Return a draft with what it takes from the original. What the draft says itself stays.

    `own` are the caller's addresses, which get no reply. With `inline` the original's text follows the draft's.
    """
    draft = replace(
        draft,
        subject=draft.subject or _subject(original.subject, action),
        in_reply_to=draft.in_reply_to or original.message_id,
        references=draft.references or _references(original),
    )
    if action != "forward" and not draft.to:
        to, cc = _recipients(original, action, {each.lower() for each in own} | {draft.sender.address.lower()})
        draft = replace(draft, to=to, cc=draft.cc or cc)
    return _quoting(draft, original, action) if inline else draft


def _subject(subject: str, action: Action) -> str:
    prefix, known = ("Fwd: ", _FORWARDED) if action == "forward" else ("Re: ", _REPLIED)
    found = known.match(subject)
    return prefix + (subject[found.end() :] if found else subject).strip()


def _references(original: Original) -> tuple[str, ...]:
    """Return the thread up to the original: the first ids and the last, if there are too many (RFC 5322, 3.6.4)."""
    own = (original.message_id,) if original.message_id else ()
    ids = tuple(dict.fromkeys((*(each for each in original.references if each not in own), *own)))
    return ids if len(ids) <= _MOST_IDS else (ids[0], *ids[-_MOST_IDS + 1 :])


def _recipients(
    original: Original, action: Action, own: set[str]
) -> tuple[tuple[Correspondent, ...], tuple[Correspondent, ...]]:
    """Return To and Cc of a reply. A reply to a message of one's own goes to those who got it."""
    is_own = bool(original.sender) and all(each.address.lower() in own for each in original.sender)
    answered = original.to if is_own else original.reply_to or original.sender
    seen = set(own)
    to = _without(answered, seen)
    cc: tuple[Correspondent, ...] = ()
    if action == "reply-all":
        to += () if is_own else _without(original.to, seen)
        cc = _without(original.cc, seen)
    # Who wrote to himself alone gets the answer himself.
    return (to, cc) if to or cc else (_without(answered, set()), ())


def _without(addresses: Iterable[Correspondent], seen: set[str]) -> tuple[Correspondent, ...]:
    """Return the addresses that can be written and are not in `seen`, and add them to it."""
    kept = []
    for each in addresses:
        if _ADDRESS.fullmatch(each.address) and each.address.lower() not in seen:
            seen.add(each.address.lower())
            kept.append(each)
    return tuple(kept)


def _quoting(draft: Draft, original: Original, action: Action) -> Draft:
    """Return a draft whose texts are followed by the original's."""
    text, shown = draft.text, draft.html
    if text is not None or shown is None:
        text = f"{text or ''}\n\n{_quoted_text(original, action)}"
    if shown is not None:
        shown = f"{shown}<br>\n{_quoted_html(original, action)}"
    return replace(draft, text=text, html=shown)


def _quoted_text(original: Original, action: Action) -> str:
    text = original.text or ""
    if original.html is not None and not text.strip():
        text = plain_of_html(original.html)
    text = text.replace("\r\n", "\n").rstrip("\n")
    if action == "forward":
        return "\n".join((*_introduction(original, action), "", text, ""))
    lines = (f">{line}" if line.startswith(">") else f"> {line}" for line in text.split("\n"))
    return "\n".join((*_introduction(original, action), *lines, ""))


def _quoted_html(original: Original, action: Action) -> str:
    if original.html is not None:
        body = _cut_tags(_OUTSIDE_BODY, "", _without_elements(_HEAD, original.html))
    else:
        body = f'<pre style="white-space: pre-wrap">{escaped(original.text or "")}</pre>'
    head = "<br>\n".join(escaped(line) for line in _introduction(original, action))
    if action == "forward":
        return f"<div>{head}</div><br>\n<div>{body}</div>\n"
    return f'<div>{head}</div>\n<blockquote type="cite">{body}</blockquote>\n'


def _introduction(original: Original, action: Action) -> list[str]:
    sender = ", ".join(map(_shown, original.sender))
    if action != "forward":
        return [f"On {original.date}, {sender} wrote:" if original.date else f"{sender} wrote:"]
    lines = ["---------- Forwarded message ----------", f"From: {sender}"]
    if original.date:
        lines.append(f"Date: {original.date}")
    lines.append(f"Subject: {original.subject}")
    lines += [f"{name}: {', '.join(map(_shown, each))}" for name, each in _lists(original) if each]
    return lines


def _lists(original: Original) -> tuple[tuple[str, tuple[Correspondent, ...]], ...]:
    return (("To", original.to), ("Cc", original.cc))


def _shown(each: Correspondent) -> str:
    return f"{each.name} <{each.address}>" if each.name else each.address


def _without_elements(opening: re.Pattern[str], source: str) -> str:
    """Return HTML without the elements that begin so, in linear time. An element that never ends stays."""
    kept: list[str] = []
    at, endless = 0, set[str]()
    for opened in opening.finditer(source):
        name = opened[1].lower()
        if opened.start() < at or name in endless:
            continue
        closed = re.compile(rf"</{name}\s*>", re.I).search(source, opened.end())
        if closed is None:
            endless.add(name)
        else:
            kept.append(source[at : opened.start()])
            at = closed.end()
    return "".join((*kept, source[at:]))


def _cut_tags(tags: re.Pattern[str], by: str, source: str) -> str:
    """Replace tags. Behind the last `>` there is none, and looking for one there takes quadratic time."""
    end = source.rfind(">") + 1
    return tags.sub(by, source[:end]) + source[end:]
