"""What a download is called and made of: a part of a message by its number, or the whole message. Pure."""

from __future__ import annotations

from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.imap.parsing.bodystructure import BodyPart
from postroom.imap.responses import FetchData
from postroom.mailboxes.failures import IncompleteAnswer, PartNotFound

__all__ = ["WHOLE", "Named", "named_part", "named_source"]

WHOLE: Final = ""
"""The section that is the whole message."""

_MESSAGE: Final = "message/rfc822"


@dataclass(frozen=True, slots=True)
class Named:
    """A section of a message, as the server describes it. Nothing of it is safe to use as it is.

    `size` is in octets as transferred, and may be wrong. `content_type`, `charset` and `filename` are the sender's
    words; the last two are None when there are none. `encoding` is the Content-Transfer-Encoding.
    """

    section: str
    size: int
    encoding: str | None
    content_type: str
    charset: str | None
    filename: str | None


def named_part(told: FetchData, section: str) -> Named:
    """Return a part of the message. Raises PartNotFound, and IncompleteAnswer when the server told no structure."""
    if told.body is None:
        raise IncompleteAnswer("The mail server did not tell which parts the message has. Try again later")
    part = next((each for each in told.body.walk() if each.section == section), None)
    if part is None or part.type == "multipart":
        raise PartNotFound(f"The message has no part {section} that can be downloaded")
    return _named(part)


def named_source(told: FetchData, filename: str) -> Named:
    """Return the whole message. Raises IncompleteAnswer when the server told no size."""
    if told.size is None:
        raise IncompleteAnswer("The mail server did not tell the size of the message. Try again later")
    return Named(WHOLE, told.size, None, _MESSAGE, None, filename)


def _named(part: BodyPart) -> Named:
    charset = part.charset if part.type == "text" else None
    return Named(part.section, part.size or 0, part.encoding, part.content_type, charset, part.filename)
