"""The envelope of a message, and the commands that carry it: MAIL and RCPT (RFC 5321, 1870, 3461, 6531). Pure."""

from __future__ import annotations

import re
from typing import Final, Literal

from postroom.footprint.dataclass import dataclass
from postroom.smtp.extensions import Extensions

__all__ = ["NO_DSN", "Dsn", "SmtpEnvelope", "Unsendable", "check", "mail_command", "rcpt_command"]

Notify = Literal["never", "success", "failure", "delay"]

# A quoted local part may hold spaces and angle brackets (RFC 5321 section 4.1.2), and nothing may hold controls.
_PLAIN_PATH: Final = re.compile(r"[^\x00-\x20\x7f-\x9f<>\ud800-\udfff]*")
_QUOTED_PATH: Final = re.compile(
    r'"(?:[^"\\\x00-\x1f\x7f-\x9f\ud800-\udfff]|\\[\x20-\x7e])*"@[^\x00-\x20\x7f-\x9f<>\ud800-\udfff]+'
)
_XTEXT: Final = re.compile(rb"[^!-*,-<>-~]")


class Unsendable(ValueError):
    """The server cannot take the message, as it said before; `code` is ours."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Dsn:
    """The wish for delivery status notifications (RFC 3461). `id` comes back in them, and `recipient` too."""

    id: str | None = None
    returns: Literal["headers", "full"] | None = None
    notify: tuple[Notify, ...] = ()
    recipient: str | None = None


NO_DSN: Final = Dsn()


@dataclass(frozen=True, slots=True)
class SmtpEnvelope:
    """Who a message is from and for, and what its octets need. An empty `sender` is the null reverse-path."""

    sender: str
    recipients: tuple[str, ...]
    size: int
    is_eight_bit: bool = False
    has_utf8_header: bool = False
    dsn: Dsn = NO_DSN

    @property
    def needs_utf8(self) -> bool:
        """Whether only a server with SMTPUTF8 can carry it (RFC 6531 section 3.1)."""
        return self.has_utf8_header or not all(map(str.isascii, (self.sender, *self.recipients)))


def check(envelope: SmtpEnvelope, offered: Extensions) -> None:
    """Raise Unsendable when the server said in its answer to EHLO that it cannot take this message."""
    if offered.size is not None and envelope.size > offered.size:
        words = f"The mail server takes messages of at most {offered.size} octets, and this one has {envelope.size}"
        raise Unsendable(words, "EMESSAGE")
    if not envelope.recipients:
        raise Unsendable("The message has no recipients", "EENVELOPE")
    for each in (envelope.sender, *envelope.recipients):
        if not _PLAIN_PATH.fullmatch(each) and not _QUOTED_PATH.fullmatch(each):
            raise Unsendable("An address holds a character that no command can carry", "EENVELOPE")
    if envelope.needs_utf8 and not offered.utf8:
        named = [each for each in (envelope.sender, *envelope.recipients) if not each.isascii()]
        what = f"the address {named[0]}" if named else "the header of the message"
        raise Unsendable(f"The mail server does not offer SMTPUTF8, which {what} needs", "EENVELOPE")


def mail_command(envelope: SmtpEnvelope, offered: Extensions) -> bytes:
    """Return MAIL with the parameters that the server offers, and CRLF. The envelope has passed `check`."""
    words = [f"MAIL FROM:<{envelope.sender}>"]
    if offered.takes_size:
        words.append(f"SIZE={envelope.size}")
    if offered.eight_bit and envelope.is_eight_bit:
        words.append("BODY=8BITMIME")
    if envelope.needs_utf8:
        words.append("SMTPUTF8")
    if offered.dsn and envelope.dsn.returns is not None:
        words.append("RET=HDRS" if envelope.dsn.returns == "headers" else "RET=FULL")
    if offered.dsn and envelope.dsn.id:
        words.append(f"ENVID={_xtext(envelope.dsn.id)}")
    return f"{' '.join(words)}\r\n".encode()


def rcpt_command(address: str, envelope: SmtpEnvelope, offered: Extensions) -> bytes:
    """Return RCPT for one recipient of an envelope that has passed `check`, and CRLF."""
    words = [f"RCPT TO:<{address}>"]
    if offered.dsn and envelope.dsn.notify:
        words.append(f"NOTIFY={','.join(each.upper() for each in envelope.dsn.notify)}")
    if offered.dsn and envelope.dsn.recipient:
        words.append(f"ORCPT={_original(envelope.dsn.recipient)}")
    return f"{' '.join(words)}\r\n".encode()


def _original(address: str) -> str:
    """Return the original recipient with its type; RFC 6533 section 3 has one for addresses that are not ASCII."""
    if address.isascii():
        return f"rfc822;{_xtext(address)}"
    return "utf-8;" + "".join(_xtext(each) if each.isascii() else f"\\x{{{ord(each):X}}}" for each in address)


def _xtext(text: str) -> str:
    return _XTEXT.sub(lambda found: b"+%02X" % found[0][0], text.encode()).decode("ascii")
