"""The one place of verdicts on replies: final or to be tried again, whether the account must pause, and advice. Pure.

5yz is final except 503 (bad sequence of commands), for which the session is at fault, not the message, and 552 for too
many recipients, which stands for 452 (RFC 5321 section 4.5.3.1.10). 4yz is tried again.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.smtp.rejections import recognise
from postroom.smtp.replies import Reply

__all__ = ["ReplyVerdict", "SmtpOutcome", "is_too_many_recipients", "judge"]

_BAD_SEQUENCE: Final = 503
_CLOSING: Final = 421
_ENOUGH: Final = frozenset({452, 552})
_ENOUGH_WORDS: Final = re.compile(
    r"too many (?:recipients|rcpts)|recipients? limit|(?:maximum|max) (?:number of )?recipients", re.IGNORECASE
)


class SmtpOutcome(StrEnum):
    """What a negative reply decides for a recipient."""

    FINAL = "final"
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class ReplyVerdict:
    """`is_about_the_account`: other messages of the account would meet the same answer, so it must wait as a whole."""

    outcome: SmtpOutcome
    advice: str | None = None
    is_about_the_account: bool = False
    closes: bool = False


def judge(reply: Reply) -> ReplyVerdict:
    """Return the verdict on a negative reply."""
    meant = recognise(reply.text, reply.enhanced)
    is_final = reply.code // 100 == 5 and reply.code != _BAD_SEQUENCE and not is_too_many_recipients(reply)
    return ReplyVerdict(
        # A limit of the provider passes, whatever the class of its code.
        SmtpOutcome.FINAL if is_final and not meant.is_about_the_account else SmtpOutcome.AGAIN,
        meant.advice,
        is_about_the_account=meant.is_about_the_account,
        closes=reply.code == _CLOSING,
    )


def is_too_many_recipients(reply: Reply) -> bool:
    """Whether the answer to RCPT says that this transaction has enough recipients, and nothing about this one.

    RFC 5321 section 4.5.3.1.10: the code is 452, and 552 is to be taken as that.
    """
    if reply.code not in _ENOUGH:
        return False
    return reply.enhanced in ("4.5.3", "5.5.3") or _ENOUGH_WORDS.search(reply.text) is not None
