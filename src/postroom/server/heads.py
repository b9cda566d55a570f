"""The head of a request: where it ends, whether it is acceptable, and where its body ends. Pure.

Anything that two parsers could read differently is refused. A proxy in front of us may have let the request pass
because it read it in the other way (RFC 9112 section 11.2).
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from postroom.server.refusals import TLS, Refused, large_head, long_line, malformed, other_version, unknown

__all__ = ["FIELDS", "WHOLE", "Head", "are_fields", "check_start", "read_head"]

LINE: Final = 40 * 1024
"""Octets of the request line. A link to the hosted sign-in can have 32 KiB."""
FIELD: Final = 16 * 1024
"""Octets of one header field."""
WHOLE: Final = 64 * 1024
"""Octets of the request line and all fields together."""
FIELDS: Final = 100
"""The number of header fields."""

_METHODS: Final = frozenset({b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE"})
_TOKEN: Final = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]++"
_LINE: Final = re.compile(rb"(" + _TOKEN + rb") ([\x21-\x7e]++) HTTP/1\.([01])\r\n")
_OTHER_VERSION: Final = re.compile(rb"[\x21-\x7e]+ [\x21-\x7e]+ HTTP/[0-9](?:\.[0-9])?\r\n")
_ABSOLUTE: Final = re.compile(rb"https?://[^/?#]+/", re.IGNORECASE)
_ONE_FIELD: Final = _TOKEN + rb":[\t\x20-\x7e\x80-\xff]*+\r\n"
_FIELDS: Final = re.compile(rb"(?:" + _ONE_FIELD + rb")*")
_UPGRADE: Final = re.compile(rb"\r\nupgrade:[^\r]*", re.IGNORECASE)
_HOST: Final = re.compile(rb"\r\nhost:[\t ]*+([a-z0-9._~:%!$&'()*+,;=\[\]-]*+)[\t ]*+([^\r]*+)")
_BARE_FEED: Final = re.compile(rb"(?<!\r)\n")
_HANDSHAKE: Final = b"\x16\x03"
_LONGEST_NUMBER: Final = 15


class Head(NamedTuple):
    """An acceptable head. `octets` are for the parser; `length` is that of the body, None when it is chunked.

    `waits` means that the client may send the body only when asked to (RFC 9110 section 10.1.1).
    """

    octets: bytes
    length: int | None
    waits: bool


def check_start(start: bytes, seen: int) -> None:
    """Refuse the start of a head that cannot become acceptable; `seen` octets of it were checked before."""
    if start[:2] == _HANDSHAKE[: len(start)]:
        raise TLS
    line_end = start.find(b"\n", 0, LINE)
    if line_end < 0:
        if len(start) >= LINE:
            raise long_line(LINE)
        return
    if _BARE_FEED.search(start, max(0, seen - 1)) is not None:
        raise malformed("A line of the head ends without CR; each must end with CRLF")
    if seen <= line_end:
        _read_line(start[: line_end + 1])
    if len(start) > WHOLE:
        raise large_head(f"The head is larger than the {WHOLE} bytes that are accepted")


def read_head(octets: bytes) -> Head:
    """Parse a complete head, its empty line included. Raises Refused."""
    if len(octets) > FIELD:
        _check_sizes(octets)
    line = _LINE.match(octets)
    if line is None:
        line = _read_line(octets[: octets.find(b"\n") + 1])
    method, target, minor = line.groups()
    if method not in _METHODS:
        raise unknown("This method is not supported")
    if b"#" in target or (target[:1] != b"/" and _ABSOLUTE.match(target) is None):
        raise malformed("The target of the request must begin with a slash")
    fields = _FIELDS.match(octets, line.end())
    if fields is None or fields.end() != len(octets) - 2:
        raise _odd_field(octets, line.end())
    low = octets.lower()
    if low.count(b"\r\n") - 2 > FIELDS:
        raise large_head(f"The head has more than the {FIELDS} fields that are accepted")
    _check_host(low, must_have=minor == b"1")
    length = _length(low, minor)
    if b"\r\nupgrade:" in low:
        if b"websocket" in _values(low, b"upgrade"):
            raise unknown("There are no WebSockets here; GET /v1/events/stream sends events as they come")
        # The request is answered in HTTP/1.1, as RFC 9110 section 7.8 permits.
        octets = _UPGRADE.sub(b"", octets)
    return Head(octets, length, b"\r\nexpect:" in low)


def are_fields(lines: bytes) -> bool:
    """Say whether these octets are complete header field lines and nothing else."""
    return _FIELDS.fullmatch(lines) is not None


def _check_sizes(octets: bytes) -> None:
    first, *fields = octets.split(b"\n")
    if len(first) >= LINE:
        raise long_line(LINE)
    if len(octets) > WHOLE:
        raise large_head(f"The head is larger than the {WHOLE} bytes that are accepted")
    if any(len(field) >= FIELD for field in fields):
        raise large_head(f"A header field is larger than the {FIELD} bytes that are accepted")


def _read_line(line: bytes) -> re.Match[bytes]:
    found = _LINE.fullmatch(line)
    if found is not None:
        return found
    if _OTHER_VERSION.fullmatch(line) is not None:
        raise other_version()
    raise malformed("The first line is no request line of HTTP/1.1: METHOD TARGET HTTP/1.1")


def _odd_field(octets: bytes, at: int) -> Refused:
    lines = octets[at:-4].split(b"\r\n")
    for number, line in enumerate(lines, start=1):
        if not are_fields(line + b"\r\n"):
            if line[:1] in (b" ", b"\t"):
                return malformed(f"Header field {number} begins with a blank: a field must be on one line")
            return malformed(f"Header field {number} is not of the form NAME: VALUE, or has odd characters")
    return malformed("The head has odd characters")


def _check_host(low: bytes, *, must_have: bool) -> None:
    found = _HOST.search(low)
    if (found is None and must_have) or (found is not None and low.find(b"\r\nhost:", found.end()) >= 0):
        raise malformed("A request must have one Host field")
    if found is not None and found[2]:
        raise malformed("The Host field is no host")


def _length(low: bytes, minor: bytes) -> int | None:
    """Return the length of the body, None when it is chunked (RFC 9112 section 6.3)."""
    if b"\r\ntransfer-encoding:" not in low and b"\r\ncontent-length:" not in low:
        return 0
    codings = _values(low, b"transfer-encoding")
    lengths = _values(low, b"content-length")
    if codings:
        if lengths:
            raise malformed("Content-Length and Transfer-Encoding contradict each other")
        if len(codings) > 1 or minor == b"0":
            raise malformed("Transfer-Encoding must be there once, and not in HTTP/1.0")
        if codings[0] != b"chunked":
            raise unknown("The only supported transfer coding is chunked")
        return None
    if len(lengths) > 1:
        raise malformed("Content-Length must be there once")
    if not lengths[0].isdigit() or len(lengths[0]) > _LONGEST_NUMBER:
        raise malformed("Content-Length is no number of bytes")
    return int(lengths[0])


def _values(low: bytes, name: bytes) -> list[bytes]:
    """Return the values of a field, in lower case."""
    wanted = b"\r\n" + name + b":"
    found, at = [], low.find(wanted)
    while at >= 0:
        at += len(wanted)
        end = low.index(b"\r\n", at)
        found.append(low[at:end].strip(b" \t"))
        at = low.find(wanted, end)
    return found
