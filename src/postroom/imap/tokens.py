"""Reads the lists, strings, numbers and atoms of a response into nested Python lists.

A value is bytes for an atom, a number, a quoted string or a literal (which of them it was does not matter to any
reader), None for NIL, and a list for a parenthesized list. Compiled patterns do the scanning, so the cost of a
response is that of its tokens, not of its octets.

Strings are first read by the RFC's grammar. When that leaves something open, the server probably forgot to escape
a quote or a backslash, and two more forgiving grammars are tried: a quote ends a string only where what follows can
stand after a string, with escapes honoured, then with backslashes taken as they are.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TypeAlias

from postroom.imap.errors import LimitExceeded, RemoteProtocolError
from postroom.imap.wire import DEFAULT_LIMITS, Limits, RawResponse

Value: TypeAlias = bytes | list["Value"] | None

_NOT_STRING = (
    rb"[()]"
    rb"|~?\{\d++\+?\}\r\n"
    rb'|[^ ()"{\[]++(?:(?=[ )]|\Z)|\[[A-Za-z0-9.]*+(?: ?\([^()]*+\))?\](?:<\d++>)?(?=[ ){]|\Z))'
    rb'|[^ ()"{]++'
    rb'|["{]'
)
_ATTRIBUTE = rb"(?:UID|FLAGS|RFC822|BODY|ENVELOPE|INTERNALDATE|MODSEQ|BINARY|EMAILID|THREADID|X-GM-)"
_AFTER_STRING = rb'(?=\)| ?\([("N)]| "| NIL[ )]| \d++[ )]| ~?\{\d| ' + _ATTRIBUTE + rb"| *+\Z)"
_INNER_QUOTE = rb'"(?!' + _AFTER_STRING + rb")"
_GRAMMARS = tuple(
    re.compile(string + b"|" + _NOT_STRING, re.DOTALL)
    for string in (
        rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"(?=[ ()]|\Z)',
        rb'"(?:[^"\\]|\\.|' + _INNER_QUOTE + rb')*+"' + _AFTER_STRING,
        rb'"(?:[^"]|' + _INNER_QUOTE + rb')*+"' + _AFTER_STRING,
    )
)
_ESCAPED = re.compile(rb'\\(["\\])')


class _Misread(Exception):
    """The grammar in use cannot be right; `token` is the number of the offending one, None for the end."""

    def __init__(self, token: int | None, problem: str) -> None:
        super().__init__(problem)
        self.token = token
        self.problem = problem


def read_values(
    raw: RawResponse, start: int = 0, limits: Limits = DEFAULT_LIMITS, *, lenient: bool = False
) -> list[Value]:
    """All values of `raw` from octet `start` of its text on.

    RemoteProtocolError when a string or list is left open, or closed too often, whichever grammar is tried; with
    `lenient` what is open ends where the response ends, and what is closed too often is closed already.
    LimitExceeded when there are more or deeper nested values than `limits` allow.
    """
    first: RemoteProtocolError | None = None
    for grammar in _GRAMMARS:
        try:
            return _nest(_tokens(grammar, raw.text, start, limits), raw.literals, limits)
        except _Misread as misread:
            first = first or _located(misread, grammar, raw, start)
    if lenient:
        return _nest(_tokens(_GRAMMARS[0], raw.text, start, limits), raw.literals, limits, lenient=True)
    assert first is not None
    raise first


def unescape(string: bytes) -> bytes:
    r"""The inside of a quoted string with `\"` and `\\` resolved; any other backslash stands for itself."""
    return _ESCAPED.sub(rb"\1", string) if b"\\" in string else string


def _tokens(grammar: re.Pattern[bytes], text: bytes, start: int, limits: Limits) -> list[bytes]:
    if len(text) - start <= limits.max_items:
        return grammar.findall(text, start)
    tokens = [found[0] for found in islice(grammar.finditer(text, start), limits.max_items + 1)]
    if len(tokens) > limits.max_items:
        raise LimitExceeded(f"a response holds more than {limits.max_items} values")
    return tokens


def _nest(tokens: list[bytes], literals: tuple[bytes, ...], limits: Limits, *, lenient: bool = False) -> list[Value]:
    """One loop over all tokens; the order of the tests is that of how often each kind occurs in a FETCH response."""
    top: list[Value] = []
    current = top
    outer: list[list[Value]] = []
    remaining = iter(literals)
    for position, token in enumerate(tokens):
        kind = token[0]
        if kind == 34:  # "
            if len(token) == 1 and not lenient:
                raise _Misread(position, "a quoted string has no end")
            current.append(unescape(token[1:-1]))
        elif kind == 41:  # )
            if outer:
                current = outer.pop()
            elif not lenient:
                raise _Misread(position, "a parenthesis closes that was never opened")
        elif kind == 40:  # (
            if len(outer) == limits.max_depth:
                raise LimitExceeded(f"a response nests more than {limits.max_depth} parentheses")
            inner: list[Value] = []
            current.append(inner)
            outer.append(current)
            current = inner
        elif (kind == 78 or kind == 110) and token.upper() == b"NIL":
            current.append(None)
        elif token[-1] == 10:  # the line feed of a literal's announcement
            current.append(next(remaining))
        else:
            current.append(token)
    if (outer or next(remaining, None) is not None) and not lenient:
        raise _Misread(None, "a parenthesis is never closed")
    return top


def _located(misread: _Misread, grammar: re.Pattern[bytes], raw: RawResponse, start: int) -> RemoteProtocolError:
    """The error for `misread`, placed: a search from the start, since tokens do not carry their places."""
    offset = len(raw.text)
    if misread.token is not None:
        offset = next(islice(grammar.finditer(raw.text, start), misread.token, None)).start()
    literals_before = raw.literals[: raw.text.count(b"\r\n", 0, offset)]
    error = RemoteProtocolError.at(offset, raw.text, misread.problem)
    error.offset = offset + sum(map(len, literals_before))
    return error
