"""Hostile texts of strangers: a secret in many encodings, and control characters that hide, turn and command.

for name, written in writings("hunter2-and-more").items(): ...
assert_clean(whatever_was_told, "hunter2-and-more")
"""

from __future__ import annotations

import base64
import html
import json
import re
from urllib.parse import quote

NASTY = (
    "\x1b[31m\x1b]0;owned\x07red \x9b2Jclear\r\n * forged \u202egnp.exe\u2066 \u200bhid\u200dden\x00\x7f "
    "[bold]loud[/bold]"
)
"""Escape sequences of a terminal, a forged line, reversed and invisible letters, markup."""

UNFIT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200d\u2028-\u202e\u2066-\u2069]")
"""Characters that must not be shown, besides line ends and tabs."""


def writings(secret: str) -> dict[str, str]:
    """Return encodings of a secret that a person could read, or that only repeat what was sent."""
    octets = secret.encode()
    return {
        "as it is": secret,
        "in capitals": secret.upper(),
        "backwards": secret[::-1],
        "base64": base64.b64encode(octets).decode(),
        "base64 for URLs": base64.urlsafe_b64encode(octets).decode().rstrip("="),
        "base64 in capitals": base64.b64encode(octets).decode().upper(),
        "base64 twice": base64.b64encode(base64.b64encode(octets)).decode(),
        "base64 in lines": "\r\n ".join(re.findall(".{1,8}", base64.b64encode(octets).decode())),
        "SASL PLAIN": base64.b64encode(b"\0user@example.com\0" + octets).decode(),
        "SASL PLAIN, one octet on": base64.b64encode(b"\0user1@example.com\0" + octets).decode(),
        "SASL PLAIN, two octets on": base64.b64encode(b"\0user12@example.com\0" + octets).decode(),
        "XOAUTH2": base64.b64encode(b"user=user@example.com\1auth=Bearer " + octets + b"\1\1").decode(),
        "base64 backwards": base64.b64encode(octets).decode()[::-1],
        "base32": base64.b32encode(octets).decode(),
        "hexadecimal": octets.hex(),
        "hexadecimal in capitals": octets.hex().upper(),
        "hexadecimal with colons": octets.hex(":"),
        "bytes of Python": repr(octets),
        "bytes in decimal numbers": ", ".join(map(str, octets)),
        "bytes in octal numbers": "".join(f"\\{octet:03o}" for octet in octets),
        "bytes in C": "".join(f"\\x{octet:02x}" for octet in octets),
        "percent-encoded": quote(secret, safe=""),
        "percent-encoded throughout": "".join(f"%{octet:02x}" for octet in octets),
        "percent-encoded twice": quote(quote(secret, safe=""), safe=""),
        "JSON": json.dumps(secret),
        "JSON in numbers": "".join(f"\\u{ord(letter):04x}" for letter in secret),
        "JSON in braces": "".join(f"\\u{{{ord(letter):x}}}" for letter in secret),
        "numbers of Unicode": " ".join(f"U+{ord(letter):04X}" for letter in secret),
        "HTML": html.escape(secret),
        "HTML in numbers": "".join(f"&#{ord(letter)};" for letter in secret),
        "HTML in hexadecimal numbers": "".join(f"&#x{ord(letter):x};" for letter in secret),
        "a quoted string of IMAP": '"' + secret.replace("\\", "\\\\").replace('"', '\\"') + '"',
        "quoted-printable": "".join(f"={octet:02X}" for octet in octets),
        "UTF-16": "".join(f"{letter}\0" for letter in secret),
        "UTF-16 in base64": base64.b64encode(secret.encode("utf-16-le")).decode(),
        "UTF-16 in hexadecimal": secret.encode("utf-16-be").hex(),
        "spaced": " ".join(secret),
        "with hidden letters between": "\u200b".join(secret),
        "with colours between": "\x1b[31m".join((secret[:3], secret[3:])),
    }


def leaks(told: str, secret: str) -> list[str]:
    """Return the encodings of a secret that a text contains."""
    return [name for name, written in writings(secret).items() if written in told]
