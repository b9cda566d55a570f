"""Reads the lists, strings, numbers and atoms of a response into nested Python lists.

A value is bytes for an atom, number, quoted string or literal (no reader needs to tell them apart), None for NIL, and a
list for a parenthesized list. Compiled patterns do the scanning, so the cost depends on the number of tokens, not of
octets.

Strings are first read by the RFC's grammar. If that leaves a string or list open, the server probably forgot to escape
a quote or a backslash. Then two more tolerant grammars are tried. In both, a quote ends a string only when the next
characters can follow a string. The first honours backslash escapes; the second takes backslashes literally.
"""

from __future__ import annotations

import re
from itertools import islice
from operator import length_hint
from typing import Final, TypeAlias

from postroom.imap.errors import RemoteProtocolError
from postroom.imap.limits import DEFAULT_LIMITS, LimitExceeded, Limits
from postroom.imap.parsing.wire import RawResponse

Value: TypeAlias = bytes | list["Value"] | None

_NOT_STRING = (
    rb"[()]"
    rb"|~?\{\d++\+?\}\r\n"
    rb'|[^ ()"{\[]++(?:(?=[ )]|\Z)|\[[A-Za-z0-9.]*+(?: ?\([^()]*+\))?\](?:<\d++>)?(?=[ ){]|\Z))'
    rb'|[^ ()"{]++'
    rb'|\{|".*'
)
_ATTRIBUTE = rb"(?:UID|FLAGS|RFC822|BODY|ENVELOPE|INTERNALDATE|MODSEQ|BINARY|EMAILID|THREADID|X-GM-)"
_AFTER_STRING = rb'(?=\)| ?\([("N)]| "| NIL[ )]| \d++[ )]| ~?\{\d| ' + _ATTRIBUTE + rb"| *+\Z)"
_INNER_QUOTE = rb'"(?!' + _AFTER_STRING + rb")"
# Python before 3.11.5 matches a group that is repeated possessively wrongly, unless its last branch is `(?!)`.
_STRINGS = (
    rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"(?=[ ()]|\Z)',
    rb'"(?:[^"\\]|\\.|' + _INNER_QUOTE + rb'|(?!))*+"' + _AFTER_STRING,
    rb'"(?:[^"]|' + _INNER_QUOTE + rb'|(?!))*+"' + _AFTER_STRING,
)
_GRAMMARS = tuple(
    (re.compile(b" ?(" + string + b"|" + _NOT_STRING + b")", re.DOTALL), re.compile(string, re.DOTALL))
    for string in _STRINGS
)
"""For each way to read strings: the pattern of any value, and that of a string."""

_FORGIVEN: Final = 256 * 1024
"""Octets of text up to which the tolerant grammars are tried. They would scan longer text without a pause."""

_NIL = (b"NIL", b"nil", b"Nil")
_ESCAPED = re.compile(rb'\\(["\\])')


class _Misread(Exception):
    """The grammar in use does not fit. `token` is the number of the offending token, None for the end."""

    def __init__(self, token: int | None, problem: str) -> None:
        super().__init__(problem)
        self.token = token
        self.problem = problem


def read_values(
    raw: RawResponse, start: int = 0, limits: Limits = DEFAULT_LIMITS, *, lenient: bool = False
) -> list[Value]:
    """All values of `raw` from octet `start` of its text.

    RemoteProtocolError when every grammar leaves a string or list open, or finds a surplus closing parenthesis. With
    `lenient`, open strings and lists end with the response, and surplus parentheses are ignored. LimitExceeded when
    there are more values, or deeper nesting, than `limits` allow.
    """
    first: RemoteProtocolError | None = None
    # When a string has no end, the tolerant grammars scan the whole text without a pause, so long texts skip them.
    for values, string in _GRAMMARS if len(raw.text) <= _FORGIVEN else _GRAMMARS[:1]:
        tokens = _tokens(values, raw.text, start, limits)
        try:
            if _is_open(tokens, string):
                raise _Misread(len(tokens) - 1, "a quoted string has no end")
            return _nest(tokens, raw.literals, limits)
        except _Misread as misread:
            first = first or _located(misread, values, raw, start)
    if not lenient or len(raw.text) > _FORGIVEN:
        assert first is not None
        raise first
    values, string = _GRAMMARS[1]
    tokens = _tokens(values, raw.text, start, limits)
    if _is_open(tokens, string):
        tokens[-1] += b'"'
    return _nest(tokens, raw.literals, limits, lenient=True)


def unescape(string: bytes) -> bytes:
    r"""The content of a quoted string with `\"` and `\\` resolved; any other backslash stands for itself."""
    return _ESCAPED.sub(rb"\1", string)


def _tokens(grammar: re.Pattern[bytes], text: bytes, start: int, limits: Limits) -> list[bytes]:
    if len(text) - start <= limits.max_items:
        return grammar.findall(text, start)
    tokens = [found[1] for found in islice(grammar.finditer(text, start), limits.max_items + 1)]
    if len(tokens) > limits.max_items:
        raise LimitExceeded(f"a response holds more than {limits.max_items} values")
    return tokens


def _is_open(tokens: list[bytes], string: re.Pattern[bytes]) -> bool:
    """Whether the last token is a string without an end; such a token runs to the end of the response."""
    return bool(tokens) and tokens[-1].startswith(b'"') and string.fullmatch(tokens[-1]) is None


def _nest(tokens: list[bytes], literals: tuple[bytes, ...], limits: Limits, *, lenient: bool = False) -> list[Value]:
    """Build the nested lists in one loop. The tests are in the order of how often each kind occurs in a FETCH."""
    top: list[Value] = []
    current = top
    outer: list[list[Value]] = []
    remaining = iter(literals)
    deepest = limits.max_depth
    walk = iter(tokens)
    for token in walk:
        kind = token[0]
        if kind == 34:  # "
            string = token[1:-1]
            current.append(unescape(string) if b"\\" in string else string)
        elif kind == 41:  # )
            if outer:
                current = outer.pop()
            elif not lenient:
                raise _Misread(len(tokens) - length_hint(walk) - 1, "a parenthesis closes that was never opened")
        elif kind == 40:  # (
            if len(outer) == deepest:
                raise LimitExceeded(f"a response nests more than {deepest} parentheses")
            inner: list[Value] = []
            current.append(inner)
            outer.append(current)
            current = inner
        elif token in _NIL:
            current.append(None)
        elif token[-1] == 10:  # the line feed of a literal's announcement
            current.append(next(remaining))
        else:
            current.append(token)
    if (outer or next(remaining, None) is not None) and not lenient:
        raise _Misread(None, "a parenthesis is never closed")
    return top


def _located(misread: _Misread, grammar: re.Pattern[bytes], raw: RawResponse, start: int) -> RemoteProtocolError:
    """The error for `misread` with its position. Tokens carry no positions, so this searches again from the start."""
    offset = len(raw.text)
    if misread.token is not None:
        offset = next(islice(grammar.finditer(raw.text, start), misread.token, None)).start(1)
    literals_before = raw.literals[: raw.text.count(b"\r\n", 0, offset)]
    return RemoteProtocolError.at(offset, raw.text, misread.problem, elided=sum(map(len, literals_before)))
