"""The type of a search for messages, as searches and bulk changes take it, and how it becomes values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Final, TypeVar, cast

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema
from typing_extensions import TypedDict

from postroom.mailboxes.searching.terms import (
    DayKey,
    FlagKey,
    NumberKey,
    SetKey,
    Terms,
    TextKey,
    checked_set,
)
from postroom.schemas.fields import AtMost, Count, HeaderName, OptionalFlag
from postroom.schemas.requests.queries import STRICT

__all__ = ["SearchLabels", "SearchTerms", "terms_of"]

_LONGEST_SET: Final = 65_536
_BREAKS: Final = re.compile(r"[\r\n\t\0]+")
_NO_SET: Final = "must be a set of message numbers, such as 7 or 1:5,9:*"
_NO_DAY: Final = "must be a date in ISO 8601 format, such as 2026-02-01"

_SETS: Final[tuple[SetKey, ...]] = ("seq", "uid")
_FLAGS: Final[tuple[FlagKey, ...]] = ("answered", "deleted", "draft", "flagged", "seen", "unseen")
_TEXTS: Final[tuple[TextKey, ...]] = ("from", "to", "cc", "bcc", "subject", "body", "text")
_NUMBERS: Final[tuple[NumberKey, ...]] = ("larger", "smaller", "modseq")
_DAYS: Final[tuple[DayKey, ...]] = ("before", "since", "sentBefore", "sentSince")

K = TypeVar("K", bound=str)
T = TypeVar("T")


def _nothing_is_none(value: object) -> object:
    """Take what form libraries send for an empty field as not given."""
    return None if isinstance(value, str | list | dict) and not value else value


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _optional_text(value: object) -> object:
    return _nothing_is_none(_as_text(value))


def _texts(value: object) -> object:
    """Take one text as a list of one, and a number as its text."""
    value = _optional_text(value)
    if isinstance(value, list):
        return [_as_text(each) for each in value if each != ""] or None
    return [value] if isinstance(value, str) else value


def _ids(value: object) -> object:
    """Take one id as a list of one."""
    value = _as_text(value)
    return None if value == "" else [value] if isinstance(value, str) else value


def _searches(value: object) -> object:
    """Take one search as a list of one."""
    return [value] if isinstance(value, dict) else value


def _one_line(text: str) -> str:
    return _BREAKS.sub(" ", text)


def _sequence_set(value: object) -> object:
    """Take a number, a set as text, or a list of both."""
    if value is None or value == "" or value == []:
        return None
    parts = value if isinstance(value, list) else [value]
    if any(isinstance(part, bool) or not isinstance(part, str | int) for part in parts):
        raise ValueError(_NO_SET)
    text = ",".join(str(part).replace(" ", "") for part in parts)
    if len(text) > _LONGEST_SET:
        raise ValueError(f"must not be longer than {_LONGEST_SET} characters")
    try:
        return checked_set(text)
    except ValueError:
        raise ValueError(_NO_SET) from None


def _day(value: object) -> object:
    """Return the day of a date, or of a time in UTC: servers compare days."""
    if value is None or value == "":
        return None
    try:
        moment = datetime.fromisoformat(value.strip() if isinstance(value, str) else "")
        return (moment.astimezone(UTC) if moment.tzinfo is not None else moment).date().isoformat()
    except (ValueError, OverflowError):
        raise ValueError(_NO_DAY) from None


_OneText = Annotated[str, StringConstraints(max_length=256), AfterValidator(_one_line)]
_Text = Annotated[
    Annotated[list[_OneText], Field(max_length=20)] | None,
    BeforeValidator(_texts),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "maxLength": 256},
                {"type": "array", "items": {"type": "string", "maxLength": 256}, "maxItems": 20},
                {"type": "null"},
            ]
        }
    ),
]
_LongText = Annotated[
    Annotated[str, StringConstraints(max_length=2560), AfterValidator(_one_line)] | None,
    BeforeValidator(_optional_text),
]
_GmailText = Annotated[
    Annotated[str, StringConstraints(max_length=1024), AfterValidator(_one_line)] | None,
    BeforeValidator(_optional_text),
]
_Id = Annotated[str, StringConstraints(min_length=1, max_length=256), BeforeValidator(_as_text)]
_OptionalId = Annotated[_Id | None, BeforeValidator(_optional_text)]
_Number = Annotated[Count | None, BeforeValidator(_nothing_is_none)]
_Day = Annotated[
    str | None,
    BeforeValidator(_day),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}),
]
_Set = Annotated[
    str | None,
    BeforeValidator(_sequence_set),
    WithJsonSchema({"anyOf": [{"type": "string", "maxLength": _LONGEST_SET}, {"type": "integer"}, {"type": "null"}]}),
]
_HeaderText = Annotated[str, StringConstraints(max_length=1024), BeforeValidator(_as_text), AfterValidator(_one_line)]
_Label = Annotated[str, StringConstraints(min_length=1, max_length=256), AfterValidator(_one_line)]
_Labels = Annotated[
    Annotated[list[_Label], AtMost(100, "labels")] | None,
    BeforeValidator(_texts),
]
_Ids = Annotated[Annotated[list[_Id], AtMost(1000, "ids")] | None, BeforeValidator(_ids)]


SearchLabels = TypedDict("SearchLabels", {"has": _Labels, "not": _Labels}, total=False)
"""Labels of Gmail that a message has, and labels that it has not."""

SearchTerms = TypedDict(
    "SearchTerms",
    {
        "seq": Annotated[_Set, Field(description="Sequence numbers, such as `1:5,9:*`; only in one folder")],
        "uid": Annotated[_Set, Field(description="UIDs, such as `1:5,9:*`; only in one folder")],
        "answered": Annotated[OptionalFlag, Field(description="Whether the message was answered")],
        "deleted": Annotated[OptionalFlag, Field(description="Whether the message is marked as deleted")],
        "draft": Annotated[OptionalFlag, Field(description="Whether the message is a draft")],
        "unseen": Annotated[OptionalFlag, Field(description="Whether the message is unread")],
        "flagged": Annotated[OptionalFlag, Field(description="Whether the message is flagged")],
        "seen": Annotated[OptionalFlag, Field(description="Whether the message was read")],
        "from": Annotated[_Text, Field(description="Text in From; of several texts the field holds all")],
        "to": Annotated[_Text, Field(description="Text in To")],
        "cc": Annotated[_Text, Field(description="Text in Cc")],
        "bcc": Annotated[_Text, Field(description="Text in Bcc")],
        "body": Annotated[_Text, Field(description="Text in the body")],
        "subject": Annotated[_LongText, Field(description="Text in the subject")],
        "text": Annotated[_Text, Field(description="Text anywhere in the message, header or body")],
        "larger": Annotated[_Number, Field(description="Larger than so many octets")],
        "smaller": Annotated[_Number, Field(description="Smaller than so many octets")],
        "modseq": Annotated[_Number, Field(description="Changed at this mod-sequence or later; only in one folder")],
        "before": Annotated[_Day, Field(description="Received before this day")],
        "since": Annotated[_Day, Field(description="Received on this day or later")],
        "sentBefore": Annotated[_Day, Field(description="Date header before this day")],
        "sentSince": Annotated[_Day, Field(description="Date header on this day or later")],
        "emailId": Annotated[_OptionalId, Field(description="The server's id of the message")],
        "threadId": Annotated[_OptionalId, Field(description="The server's id of the thread")],
        "emailIds": Annotated[_Ids, Field(description="Any of these ids; none of them exists in an empty list")],
        "header": Annotated[
            Annotated[dict[HeaderName, _HeaderText], AtMost(20, "header fields")] | None,
            BeforeValidator(_nothing_is_none),
            Field(description="Header fields and the text that each holds; an empty text asks for the field itself"),
        ],
        "gmailRaw": Annotated[_GmailText, Field(description="A search as in Gmail's search box")],
        "labels": Annotated[
            SearchLabels | None, BeforeValidator(_nothing_is_none), Field(description="Labels of Gmail")
        ],
        "hasAttachment": Annotated[OptionalFlag, Field(description="Whether the message has attachments")],
        "or": Annotated[
            "Annotated[list[SearchTerms], AtMost(100, 'searches')] | None",
            BeforeValidator(_searches),
            Field(description="At least one of these searches holds"),
        ],
        "not": Annotated[
            "Annotated[list[SearchTerms], AtMost(100, 'searches')] | None",
            BeforeValidator(_searches),
            Field(description="This search does not hold, or none of these"),
        ],
    },
    total=False,
)
"""A search for messages: all its terms hold for a message."""

SearchLabels.__pydantic_config__ = STRICT  # type: ignore[attr-defined]
SearchTerms.__pydantic_config__ = STRICT  # type: ignore[attr-defined]


def terms_of(search: SearchTerms) -> Terms:
    """Return a valid search as values."""
    email_ids, labels = search.get("emailIds"), search.get("labels") or {}
    return Terms(
        sets=_given(search, _SETS, str),
        flags=_given(search, _FLAGS, bool),
        texts=tuple((key, text) for key in _TEXTS for text in _all_texts(search.get(key))),
        numbers=_given(search, _NUMBERS, int),
        days=tuple((key, date.fromisoformat(day)) for key, day in _given(search, _DAYS, str)),
        headers=tuple((search.get("header") or {}).items()),
        email_id=search.get("emailId"),
        email_ids=None if email_ids is None else tuple(email_ids),
        thread_id=search.get("threadId"),
        gmail_raw=search.get("gmailRaw"),
        labels=(
            *((each, True) for each in labels.get("has") or ()),
            *((each, False) for each in labels.get("not") or ()),
        ),
        has_attachment=search.get("hasAttachment"),
        either=tuple(terms_of(each) for each in search.get("or") or ()),
        unlike=tuple(terms_of(each) for each in search.get("not") or ()),
    )


def _given(search: SearchTerms, keys: Sequence[K], kind: type[T]) -> tuple[tuple[K, T], ...]:
    """Return those of the keys that have a value, with it."""
    values = cast("Mapping[str, object]", search)
    return tuple((key, value) for key in keys if isinstance(value := values.get(key), kind))


def _all_texts(value: object) -> list[str]:
    """Return the texts of one key: a list, or one text alone."""
    return [] if value is None else [value] if isinstance(value, str) else cast("list[str]", value)
