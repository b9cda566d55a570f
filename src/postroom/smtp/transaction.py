"""One mail transaction (RFC 5321 section 3.3): what to write next, and what each answer decides. Pure.

    transaction = Transaction(envelope, offered)
    while commands := transaction.next_commands():      # with PIPELINING all at once, otherwise one at a time
        write them, and for each: transaction.answered(reply)
    transaction.accepted                                # the recipients that the server takes
    # with any: DATA or BDAT, see submission/sending

A refused MAIL refuses every recipient. A refused RCPT refuses its recipient alone. Nothing was sent so far.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from postroom.smtp.envelope import SmtpEnvelope, check, mail_command, rcpt_command
from postroom.smtp.extensions import Extensions
from postroom.smtp.replies import Reply

__all__ = ["Answered", "Transaction"]

_MOST_IN_A_GROUP: Final = 100
"""Recipients whose commands are written before their answers are read. Both sides' buffers must hold a group."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to the command of a recipient, or to MAIL for all of them; `command` is `MAIL FROM` or `RCPT TO`."""

    recipient: str
    command: str
    reply: Reply


class Transaction:
    """The part of a transaction before its data. Raises Unsendable when the server cannot take the message."""

    def __init__(self, envelope: SmtpEnvelope, offered: Extensions) -> None:
        check(envelope, offered)
        self._envelope = envelope
        self._offered = offered
        self._unasked = [None, *envelope.recipients]
        self._asked: list[str | None] = []
        self.accepted: list[str] = []
        self.refused: list[Answered] = []
        self.sender_refused: Reply | None = None

    def next_commands(self) -> list[bytes]:
        """Return the next commands to write, each with CRLF; empty when everyone was asked."""
        if self.sender_refused is not None and not self._asked:
            return []
        count = 1 + _MOST_IN_A_GROUP if self._offered.pipelining else 1
        now, self._unasked = self._unasked[:count], self._unasked[count:]
        self._asked += now
        return [self._command(each) for each in now]

    def answered(self, reply: Reply) -> None:
        """Take in the answer to the oldest command without one."""
        recipient = self._asked.pop(0)
        if recipient is None:
            self._sender_answered(reply)
        elif self.sender_refused is not None:
            # Its answer is only that there is no transaction (503).
            pass
        elif reply.is_positive:
            self.accepted.append(recipient)
        else:
            self.refused.append(Answered(recipient, "RCPT TO", reply))

    def _sender_answered(self, reply: Reply) -> None:
        if reply.is_positive:
            return
        self.sender_refused = reply
        self.refused = [Answered(each, "MAIL FROM", reply) for each in self._envelope.recipients]

    def _command(self, recipient: str | None) -> bytes:
        if recipient is None:
            return mail_command(self._envelope, self._offered)
        return rcpt_command(recipient, self._envelope, self._offered)
