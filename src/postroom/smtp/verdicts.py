"""The one place of verdicts on replies: final or to be tried again, whether the account must pause, and advice. Pure.

5yz is final except 503 (bad sequence of commands): the session was at fault, not the message. 4yz is tried again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from postroom.smtp.replies import Reply

__all__ = ["ReplyVerdict", "SmtpOutcome", "is_too_many_recipients", "judge"]

_BAD_SEQUENCE: Final = 503
_CLOSING: Final = 421
_ENOUGH: Final = frozenset({452, 552})
_ENOUGH_WORDS: Final = re.compile(
    r"too many (?:recipients|rcpts)|recipients? limit|(?:maximum|max) (?:number of )?recipients", re.I
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


@dataclass(frozen=True, slots=True)
class _Known:
    """Words or enhanced codes of a provider, and what they mean. Both empty match nothing."""

    advice: str
    enhanced: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    is_about_the_account: bool = False


# The first that fits counts, so what is about the account comes first and the vague codes last.
_KNOWN: Final = (
    _Known(
        "The provider's limit is reached. Postroom waits and goes on by itself.",
        # Gmail: support.google.com/a/answer/3726730. Exchange Online: 5.1.90 in its list of non-delivery reports.
        enhanced=("5.4.5", "5.1.90"),
        words=(
            *("daily user sending limit", "daily sending quota", "sending limit", "sending rate", "submission rate"),
            *("daily message quota", "throttling failure", "thread limit exceeded", "concurrent connections limit"),
            *("too many messages", "rate limit", "emails per hour", "too much mail from"),
        ),
        is_about_the_account=True,
    ),
    _Known(
        "The provider has stopped this account from sending, usually because it takes its mail for spam. "
        "Sign in at the provider and follow what it asks for.",
        enhanced=("5.7.501", "5.7.502", "5.7.503"),
        words=("bad outbound sender", "outboundspamexception", "unusual sending activity"),
    ),
    _Known(
        "The account may not send as this address. Allow it at the provider, or send from the account's own.",
        enhanced=("5.7.60", "5.2.252"),
        words=(
            *("sendasdenied", "send as this sender", "not owned by user", "not allowed to send as"),
            *("not one of your addresses", "sender address is not allowed", "address is not verified"),
        ),
    ),
    _Known(
        "The server does not relay mail for this account. Check the host, the port and the sign-in of `smtp`.",
        words=("relay access denied", "relaying denied", "relay not permitted", "not allowed to relay"),
    ),
    _Known("There is no such mailbox. Check the address.", enhanced=("5.1.1", "5.1.10", "5.1.6")),
    _Known(
        "The domain of the address does not exist or takes no mail. Check the address.",
        enhanced=("5.1.2", "5.1.3", "5.4.4"),
    ),
    _Known(
        "The recipient's mailbox is full. Try again later, or write to another address.", enhanced=("4.2.2", "5.2.2")
    ),
    _Known("The recipient's mailbox is switched off.", enhanced=("5.2.1",)),
    _Known(
        "The message is too large for this server. Send a smaller one, or a link to the file.",
        enhanced=("5.3.4", "5.2.3"),
        words=("message size exceeds", "message too large", "message exceeds"),
    ),
    _Known(
        "The server wants to see this sender again later (greylisting). Postroom tries again by itself.",
        words=("greylist", "graylist"),
    ),
    _Known(
        "The address that the mail comes from is on a block list, which the server's words name. "
        "Ask its operator to be taken off.",
        words=("spamhaus", "block list", "blocklist", "blacklist", "dnsbl", "listed at", "listed on"),
    ),
    _Known(
        "The server took the message for spam. Change its contents, or ask the recipient to allow the sender.",
        words=("spam", "unsolicited"),
    ),
    _Known("A policy of the server forbids it. Its words say which.", enhanced=("5.7.1", "5.7.0")),
)


def judge(reply: Reply) -> ReplyVerdict:
    """Return the verdict on a negative reply."""
    known = next((each for each in _KNOWN if _matches(each, reply)), None)
    is_final = reply.code // 100 == 5 and reply.code != _BAD_SEQUENCE
    about_account = known is not None and known.is_about_the_account
    return ReplyVerdict(
        # A limit of the provider passes, whatever the class of its code.
        SmtpOutcome.FINAL if is_final and not about_account else SmtpOutcome.AGAIN,
        known.advice if known is not None else None,
        is_about_the_account=about_account,
        closes=reply.code == _CLOSING,
    )


def is_too_many_recipients(reply: Reply) -> bool:
    """Whether the answer to RCPT says that this transaction has enough recipients, and nothing about this one.

    RFC 5321 section 4.5.3.1.10: the code is 452, and 552 is to be taken as that.
    """
    if reply.code not in _ENOUGH:
        return False
    return reply.enhanced in ("4.5.3", "5.5.3") or _ENOUGH_WORDS.search(reply.text) is not None


def _matches(known: _Known, reply: Reply) -> bool:
    text = reply.text.lower()
    return reply.enhanced in known.enhanced or any(words in text for words in known.words)
