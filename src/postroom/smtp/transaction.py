"""One mail transaction (RFC 5321 section 3.3): what to write next, and what each answer decides. Pure.

    transaction = Transaction(envelope, offered, most_recipients=100)
    while commands := transaction.next_commands():      # with PIPELINING all at once, otherwise one at a time
        write them, and for each: transaction.answered(reply)
    transaction.accepted                                # the recipients that the server takes
    transaction.left                                    # those that need a further transaction
    # with any accepted: DATA or BDAT

A refused MAIL refuses every recipient. A refused RCPT refuses its recipient alone, unless the reply says that the
transaction has enough recipients (RFC 5321 section 4.5.3.1.10). Nothing of the message was sent so far.
"""

from __future__ import annotations

from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.smtp.envelope import SmtpEnvelope, check, mail_command, rcpt_command
from postroom.smtp.extensions import Extensions
from postroom.smtp.replies import MalformedReply, Reply
from postroom.smtp.verdicts import is_too_many_recipients

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
    """The part of a transaction before its data. Raises Unsendable when the server cannot take the message.

    `most_recipients` are asked for at the most. `pipelines` false: one command at a time, whatever the server offers.
    """

    def __init__(
        self,
        envelope: SmtpEnvelope,
        offered: Extensions,
        *,
        most_recipients: int | None = None,
        pipelines: bool = True,
    ) -> None:
        check(envelope, offered)
        most = min(each for each in (most_recipients, offered.most_recipients, len(envelope.recipients)) if each)
        self._envelope = envelope
        self._offered = offered
        self._in_a_group = 1 + _MOST_IN_A_GROUP if offered.pipelining and pipelines else 1
        self._unasked: list[str | None] = [None, *envelope.recipients[:most]]
        self._asked: list[str | None] = []
        self.accepted: list[str] = []
        # Those that the transaction had no room for, and those that it was known to have none for.
        self._over: list[str] = []
        self._beyond = list(envelope.recipients[most:])
        self.refused: list[Answered] = []
        self.sender_refused: Reply | None = None
        self._is_past_sender = False

    def next_commands(self) -> list[bytes]:
        """Return the next commands to write, each with CRLF; empty when everyone was asked."""
        if self.sender_refused is not None:
            return []
        now, self._unasked = self._unasked[: self._in_a_group], self._unasked[self._in_a_group :]
        self._asked += now
        return [self._command(each) for each in now]

    def answered(self, reply: Reply) -> None:
        """Take in the answer to the oldest command without one.

        Raises MalformedReply for a reply that no such command can have (354): the server is out of step.
        """
        if reply.code // 100 == 3:
            raise MalformedReply(f"a reply out of turn: {reply.code} {reply.text}")
        recipient = self._asked.pop(0)
        if recipient is None:
            self._sender_answered(reply)
        elif self.sender_refused is not None:
            # Its answer is only that there is no transaction (503).
            pass
        elif reply.is_positive:
            self.accepted.append(recipient)
        elif self.accepted and is_too_many_recipients(reply):
            self._over += [recipient, *(each for each in self._unasked if each is not None)]
            self._unasked = []
        else:
            self.refused.append(Answered(recipient, "RCPT TO", reply))

    @property
    def left(self) -> tuple[str, ...]:
        """The recipients that need a further transaction, as far as is known by now."""
        return (*self._over, *self._beyond)

    @property
    def command(self) -> str:
        """The command that waits for its answer, or was the last one to get it."""
        return "RCPT TO" if self._is_past_sender else "MAIL FROM"

    def _sender_answered(self, reply: Reply) -> None:
        self._is_past_sender = True
        if reply.is_positive:
            return
        self.sender_refused, self._unasked, self._beyond = reply, [], []
        self.refused = [Answered(each, "MAIL FROM", reply) for each in self._envelope.recipients]

    def _command(self, recipient: str | None) -> bytes:
        if recipient is None:
            return mail_command(self._envelope, self._offered)
        return rcpt_command(recipient, self._envelope, self._offered)
