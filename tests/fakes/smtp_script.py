"""What the small SMTP server does at each stage instead of the usual, and the connection that it does it on."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field


@dataclass
class SmtpDialogue:
    """One connection and the commands on it so far."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    number: int
    encrypted: bool
    user: str | None = None
    sender: str | None = None
    recipients: list[str] = field(default_factory=list)
    parameters: list[str] = field(default_factory=list)
    chunks: bytearray = field(default_factory=bytearray)
    received: int = 0

    async def reply(self, *lines: str) -> None:
        """Send a reply; several lines are the parts of one reply, each with its code."""
        marked = [line if line is lines[-1] else line[:3] + "-" + line[4:] for line in lines]
        self.writer.write("".join(f"{line}\r\n" for line in marked).encode())
        await self.writer.drain()

    async def line(self) -> str:
        """Wait for a line; ConnectionError at the end of the stream."""
        line = await self.reader.readline()
        if not line:
            raise ConnectionResetError
        return line.decode(errors="replace").rstrip("\r\n")


class SmtpScript:
    """What happens at which stage.

    The stages are the commands' names, `RCPT` with an address, `GREETING`, `END` (after the dot or the last chunk,
    before the message is taken) and `TAKEN` (after it).
    """

    def __init__(self) -> None:
        self._replies: dict[str, tuple[str, int | None]] = {}
        self._surplus: dict[str, str] = {}
        self._delays: dict[str, float] = {}
        self._drop_after: int | None = None
        self._drops: set[str] = set()
        self._silences: set[str] = set()
        self._drips: dict[str, str] = {}

    def reply_with(self, stage: str, reply: str | None, *, times: int | None = None) -> None:
        """Set the reply at a stage, such as `421 4.7.0 Try later`; None restores the usual reply.

        A line feed parts the lines of a longer reply. `times` limits how often it is given.
        """
        self._replies.pop(stage, None)
        if reply is not None:
            self._replies[stage] = (reply, times)

    def say_more_on(self, stage: str, reply: str) -> None:
        """Send a further reply, after the usual one of a command."""
        self._surplus[stage] = reply

    def delay_on(self, stage: str, seconds: float) -> None:
        """Wait before the reply at a stage."""
        self._delays[stage] = seconds

    def drop_in_data(self, after: int) -> None:
        """Close the connection, without reading on, once this many octets of a message have come."""
        self._drop_after = after

    def drop_on(self, stage: str) -> None:
        """Close the connection instead of replying at a stage."""
        self._drops.add(stage)

    def stay_silent_on(self, stage: str) -> None:
        """Send no reply at a stage, and keep the connection open."""
        self._silences.add(stage)

    def drip_on(self, stage: str, code: int) -> None:
        """Reply at a stage with endless lines that announce a further one (RFC 5321 section 4.2.1)."""
        self._drips[stage] = f"{code}-still here\r\n"

    def behave(self) -> None:
        """Restore the usual replies at all stages."""
        self._drips.clear()
        self._replies.clear()
        self._drops.clear()
        self._silences.clear()
        self._surplus.clear()
        self._delays.clear()
        self._drop_after = None

    # For the server

    async def plays(self, dialogue: SmtpDialogue, stage: str) -> bool:
        """Run the script of this stage; return False if there is none."""
        await asyncio.sleep(self._delays.get(stage, 0))
        if stage in self._drops:
            dialogue.writer.close()
        elif stage in self._silences:
            while await dialogue.reader.read(65536):
                pass
            dialogue.writer.close()
        elif stage in self._drips:
            while not dialogue.reader.at_eof():
                dialogue.writer.write(self._drips[stage].encode())
                await asyncio.sleep(0.1)
            dialogue.writer.close()
        elif stage in self._replies:
            reply, times = self._replies[stage]
            if times is not None:
                self.reply_with(stage, reply if times > 1 else None, times=times - 1)
            await dialogue.reply(*reply.split("\n"))
            if reply.startswith("421"):
                dialogue.writer.close()
        else:
            return False
        return True

    async def say_more(self, dialogue: SmtpDialogue, stage: str) -> None:
        """Send the surplus reply of a stage."""
        if stage in self._surplus and not dialogue.writer.is_closing():
            await dialogue.reply(self._surplus[stage])

    async def lets_in(self, dialogue: SmtpDialogue, more: int) -> bool:
        """Count octets of a message; False, and the connection is gone, after the number of `drop_in_data`."""
        dialogue.received += more
        if self._drop_after is None or dialogue.received <= self._drop_after:
            return True
        dialogue.writer.transport.abort()
        return False
