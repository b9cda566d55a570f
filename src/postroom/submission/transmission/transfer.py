"""One message over one line: the envelope, the content, and what became of it (RFC 5321 section 3.3).

A server acts on a message when it has the end of it: the dot, or the last octet of the last chunk. So everything else
is handed to the system first, and the end alone after it. From that moment on, the message may have gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from typing import Final

from postroom.connections.clients.smtp_line import LineFailed, SmtpLine
from postroom.connections.failures import judge
from postroom.connections.smtp_errors import SMTPResponseException
from postroom.footprint.dataclass import dataclass
from postroom.smtp.dots import END_OF_DATA, Dots
from postroom.smtp.envelope import Unsendable
from postroom.smtp.extensions import NO_EXTENSIONS, Extensions
from postroom.smtp.line_ends import LineEnds
from postroom.smtp.replies import MalformedReply, Reply
from postroom.smtp.sent_as import sent_as
from postroom.smtp.transaction import Answered, Transaction
from postroom.submission.transmission.parcel import Carried, Fault, Parcel
from postroom.submission.transmission.pieces import chunks, fitting, slices
from postroom.submission.transmission.times import USUAL_TIMES, SendingTimes
from postroom.words.strangers import NO_SECRETS, Secrets, take_in

__all__ = ["Transfer", "TransferTerms"]

_CLOSING: Final = 421


@dataclass(frozen=True, slots=True)
class TransferTerms:
    """What holds for every transaction of a connection. `secrets` are removed from the server's words.

    `is_in_turn`: each command waits for the answer to the one before, whatever is offered, because the server lost
    count of commands before. `in_chunks`: BDAT may be used where it is offered. DATA has a reply of its own (354), by
    which a server shows that it counts right. BDAT has none: a reply too many before it would pass for its answer.
    """

    host: str
    offered: Extensions = NO_EXTENSIONS
    times: SendingTimes = USUAL_TIMES
    most_recipients: int | None = None
    secrets: Secrets = NO_SECRETS
    is_in_turn: bool = False
    in_chunks: bool = False


class Transfer:
    """The way of one parcel; used once.

    Afterwards, `has_begun` says whether `may_send` was asked, `has_heard` whether any command was answered,
    `was_grouped` whether the line failed while several commands waited for their answers, and `is_in_step` whether the
    server asked for the message at the right moment (354).
    """

    def __init__(self, line: SmtpLine, terms: TransferTerms, parcel: Parcel) -> None:
        self.has_begun = self.has_heard = self.was_grouped = self.is_in_step = False
        self._line = line
        self._terms = terms
        self._parcel = parcel
        self._transaction: Transaction | None = None
        self._command = "MAIL FROM"
        self._reply: Reply | None = None
        self._fault: Fault | None = None
        self._leave: Reply | None = None
        self._may_have_gone = self._is_interrupted = self._is_granted = False
        self._is_usable = True

    async def carry(self) -> Carried:
        """Carry the parcel, and say what came of it.

        Raises what `content` and `may_send` raise, and CancelledError. Then the message has not gone, and the line is
        closed. A cancellation after the end of the message does not come out: see `Carried.is_interrupted`.
        """
        try:
            await self._run()
        except Unsendable as error:
            self._fault = Fault(str(error), error.code, self._command)
        except LineFailed as error:
            self._ended(error)
        except asyncio.CancelledError:
            self._is_usable = False
            if not self._may_have_gone:
                self._line.close()
                raise
            self._is_interrupted = True
        except BaseException:
            self._line.close()
            raise
        return self._carried()

    async def _run(self) -> None:
        terms = self._terms
        parcel = self._parcel = await fitting(self._parcel, terms.offered)
        self._transaction = Transaction(
            parcel.envelope, terms.offered, most_recipients=terms.most_recipients, pipelines=not terms.is_in_turn
        )
        await self._ask(self._transaction)
        if self._transaction.accepted:
            self.has_begun = True
            self._is_granted = await parcel.may_send()
        if not self._is_granted:
            await self._reset()
            return
        if terms.offered.chunking and terms.in_chunks:
            await self._send_chunks(parcel.content())
        else:
            await self._send_data(parcel.content())

    # The envelope

    async def _ask(self, transaction: Transaction) -> None:
        while commands := transaction.next_commands():
            self.was_grouped = len(commands) > 1
            self._line.write(b"".join(commands), replies=len(commands))
            for _ in commands:
                self._command = transaction.command
                reply = await self._answer()
                try:
                    transaction.answered(reply)
                except MalformedReply as error:
                    raise LineFailed(error) from error
            self.was_grouped = False

    async def _answer(self) -> Reply:
        """Return the answer to a command. Raises LineFailed, also if the server takes its leave (421)."""
        reply = await self._line.reply(self._terms.times.command)
        if reply.code == _CLOSING:
            raise self._left(reply)
        self.has_heard = True
        return reply

    async def _reset(self) -> None:
        """End the transaction. A line on which that fails carries no other message, and that is all."""
        self._is_usable = False
        with suppress(LineFailed):
            self._line.write(b"RSET\r\n", replies=1)
            reply = await self._line.reply(self._terms.times.reset)
            self._is_usable = reply.is_positive

    # The content

    async def _send_data(self, content: AsyncIterator[bytes]) -> None:
        self._command = "DATA"
        self._line.write(b"DATA\r\n", replies=1)
        reply = await self._answer()
        if reply.code // 100 in (4, 5):
            self._reply = reply
            await self._reset()
            return
        # From here on, commands would be part of the message.
        self._is_usable = False
        if reply.code // 100 != 3:
            raise _out_of_step(reply)
        self.is_in_step = True
        ends, dots = LineEnds(), Dots()
        async for piece in slices(content):
            ends.check(piece)
            await self._write(dots.stuffed(piece))
        ends.end()
        await self._write(dots.end().removesuffix(END_OF_DATA))
        await self._end(END_OF_DATA)
        self._is_usable = True

    async def _send_chunks(self, content: AsyncIterator[bytes]) -> None:
        self._command = "BDAT"
        self._is_usable = False
        ends = LineEnds()
        async for chunk, is_last in chunks(content):
            ends.check(chunk)
            if is_last:
                ends.end()
            octets = b"BDAT %d%b\r\n%b" % (len(chunk), b" LAST" if is_last else b"", chunk)
            await self._write(octets[:-1])
            if is_last:
                await self._end(octets[-1:])
                break
            self._line.write(octets[-1:], replies=1)
            reply = await self._answer()
            if not reply.is_positive:
                self._reply = reply
                break
        self._is_usable = True
        if self._reply is not None and not self._reply.is_positive:
            await self._reset()

    async def _write(self, octets: bytes) -> None:
        self._line.write(octets)
        await self._line.has_room(self._terms.times.block)

    async def _end(self, last: bytes) -> None:
        """Write what makes the message go, when everything before it has left, and wait for the answer."""
        await self._line.is_flushed(self._terms.times.block)
        self._line.write(last, replies=1)
        self._may_have_gone = True
        reply = await self._last_answer()
        if reply.code // 100 == 3:
            raise _out_of_step(reply)
        self._reply, self._may_have_gone = reply, False

    async def _last_answer(self) -> Reply:
        try:
            return await self._line.reply(self._terms.times.answer)
        except asyncio.CancelledError:
            # The answer may be on its way, and it decides whether the outcome is known.
            self._is_interrupted = True
            return await self._line.reply(self._terms.times.grace)

    # What came of it

    def _ended(self, error: LineFailed) -> None:
        self._is_usable = False
        refusal = error.unasked
        if refusal is not None and refusal.code // 100 in (4, 5) and self._is_granted and not self._may_have_gone:
            # The server refused the message before it had all of it.
            self._reply = refusal
            return
        if refusal is not None and refusal.code == _CLOSING:
            error = self._left(refusal)
        failure = judge(error.__cause__ or error, "send", secrets=self._terms.secrets)
        reply = self._fit(self._leave) if self._leave is not None else None
        self._fault = Fault(failure.response, failure.code, self._command, failure, reply)

    def _left(self, reply: Reply) -> LineFailed:
        """Return what it means that the server took its leave."""
        self._leave = reply
        return LineFailed(_of(reply))

    def _carried(self) -> Carried:
        transaction, reply = self._transaction, self._reply
        accepted = tuple(transaction.accepted) if transaction is not None else ()
        refused = tuple(transaction.refused) if transaction is not None else ()
        settled = {*accepted, *(each.recipient for each in refused)}
        left = transaction.left if transaction is not None else ()
        return Carried(
            accepted,
            tuple(Answered(each.recipient, each.command, self._fit(each.reply)) for each in refused),
            tuple(each for each in self._parcel.envelope.recipients if each not in settled),
            self._fit(reply) if reply is not None else None,
            self._fault,
            may_have_gone=self._may_have_gone,
            sent_as=sent_as(self._terms.host, reply) if reply is not None else None,
            is_usable=self._is_usable and self._line.is_whole and (reply is None or reply.code != _CLOSING),
            command=self._command if reply is not None else "DATA",
            has_more=bool(left) and self._fault is None and self._is_granted,
            is_interrupted=self._is_interrupted,
        )

    def _fit(self, reply: Reply) -> Reply:
        return replace(reply, text=take_in(reply.text, self._terms.secrets))


def _of(reply: Reply) -> SMTPResponseException:
    said = f"{reply.enhanced} {reply.text}" if reply.enhanced else reply.text
    return SMTPResponseException(reply.code, said)


def _out_of_step(reply: Reply) -> LineFailed:
    return LineFailed(MalformedReply(f"a reply out of turn: {reply.code} {reply.text}"))
