"""FETCH responses made by chance: near the form that most servers send, with all that may be wrong in it."""

from __future__ import annotations

from hypothesis import strategies as st

from postroom.imap.parsing.wire import RawResponse

ADDRESS = '("Ann Lee" NIL "ann" "example.test")'
ENVELOPE = (
    f'("Tue, 03 Feb 2026 10:00:00 +0000" "plan" ({ADDRESS}) ({ADDRESS}) ({ADDRESS}) ({ADDRESS}) NIL NIL NIL "<1@x>")'
)
TEXT = '("text" "plain" ("charset" "utf-8" "format" "flowed") NIL NIL "quoted-printable" 814 33 NIL NIL NIL NIL)'


def _mostly(usual: st.SearchStrategy[str], odd: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """The odd form once in thirty, because one is enough to leave the usual form."""
    return st.integers(0, 29).flatmap(lambda number: odd if number == 7 else usual)


def _joined(*values: st.SearchStrategy[str], between: str = " ") -> st.SearchStrategy[str]:
    return st.tuples(*values).map(between.join)


def _listed(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return values.map("({})".format)


def _of(*texts: str) -> st.SearchStrategy[str]:
    return st.sampled_from(texts)


_WORDS = st.one_of(
    _of(
        "", " ", "a", "plan", " x ", "=?utf-8?q?=C3=BC?=", "=?utf-8?b?w7w=?= =?utf-8?b?w7w=?=", "=?x", "NIL", "(", ") ("
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters='"\\'), max_size=12),
)
_HARD = _of('\\"', "\\", '"', "ü", "\t", "{3}", "%", "a*b", "name*0", "name*", "MISSING_MAILBOX", "@")
_STRINGS = _mostly(_WORDS, _HARD).map(lambda text: f'"{text}"')
_NILS = _mostly(_of("NIL"), _of("nil", "()"))
_NSTRINGS = _mostly(st.one_of(_STRINGS, _NILS), _of("atom", "5"))
_NUMBERS = _mostly(
    st.integers(0, 2**32 - 1).map(str), _of("007", "1.0", "-1", "NIL", '"5"', "4294967296", "99999999999999999999")
)
_MAILBOXES = _mostly(st.one_of(_STRINGS, _of('"ann"', '"MISSING_MAILBOX"', '"INVALID_ADDRESS"')), _of("NIL"))
_HOSTS = _mostly(st.one_of(_STRINGS, _of('"x.test"', '".SYNTAX-ERROR."', '"MISSING_DOMAIN"', '""')), _of("NIL"))
_ADDRESS = st.one_of(st.just(ADDRESS), _listed(_joined(_NSTRINGS, _NSTRINGS, _MAILBOXES, _HOSTS)))
_SEVERAL = st.tuples(st.lists(_ADDRESS, min_size=1, max_size=3), _of("", " ")).map(
    lambda drawn: drawn[1].join(drawn[0])
)
_LISTS = st.one_of(_NILS, _listed(st.just(ADDRESS)), _listed(_SEVERAL))
_ENVELOPES = st.one_of(
    _mostly(st.just(ENVELOPE), st.just("NIL")),
    _listed(_joined(_NSTRINGS, _NSTRINGS, *[_LISTS] * 6, _NSTRINGS, _NSTRINGS)),
)
_KINDS = _mostly(_of('"image"', '"APPLICATION"', '"video"'), _of('"message"', '"text"', '""', "NIL"))
_TEXTS = _mostly(_of('"text"', '"TEXT"', '" Text "'), _of('"image"', '"message"', "NIL"))
_SUBTYPES = _mostly(_of('"plain"', '"HTML"', '"x-y"'), _of('""', "NIL"))
_PARAMETERS = st.one_of(
    _of("NIL", '("charset" "utf-8")'),
    _listed(st.lists(_joined(_STRINGS, _STRINGS), min_size=1, max_size=2).map(" ".join)),
    _mostly(st.just("NIL"), _of("()", '("odd")', "atom")),
)
_DISPOSITIONS = _mostly(
    st.one_of(_of("NIL"), _listed(_joined(st.one_of(st.just('"attachment"'), _STRINGS), _PARAMETERS))),
    st.one_of(_STRINGS, _of('("inline")', "()")),
)
_LANGUAGES = _mostly(_of("NIL"), _of('"en"', '("en" "de")'))


def _ended(*values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """The first few of the values, most often all."""
    counts = _mostly(_of("all", "all", "fewer"), _of("more"))

    def cut(drawn: tuple[tuple[str, ...], str, int, str]) -> str:
        found, count, fewer, more = drawn
        found = found[:fewer] if count == "fewer" else (*found, more) if count == "more" else found
        return "".join(f" {value}" for value in found)

    return st.tuples(st.tuples(*values), counts, st.integers(0, len(values)), _NSTRINGS).map(cut)


_ENDS = _ended(_NSTRINGS, _DISPOSITIONS, _LANGUAGES, _NSTRINGS)
_BESIDE = (_SUBTYPES, _PARAMETERS, _NSTRINGS, _NSTRINGS, _NSTRINGS, _NUMBERS)
_LEAVES = st.one_of(
    st.just(TEXT),
    _listed(_joined(_joined(_TEXTS, *_BESIDE, _NUMBERS), _ENDS, between="")),
    _listed(_joined(_joined(_KINDS, *_BESIDE), _ENDS, between="")),
)


def _multiparts(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    inner = st.tuples(st.lists(parts, min_size=1, max_size=3), _of("", "", " ")).map(
        lambda drawn: drawn[1].join(drawn[0])
    )
    subtypes = _mostly(_of(' "mixed"', ' "ALTERNATIVE"', ' ""'), _of(" NIL", "", '"mixed"'))
    end = _ended(_PARAMETERS, _DISPOSITIONS, _LANGUAGES, _NSTRINGS)
    return _listed(_joined(inner, subtypes, end, between=""))


_BODIES = st.recursive(_LEAVES, _multiparts, max_leaves=4)
_FLAGS = _listed(
    st.lists(
        _mostly(_of("\\Seen", "\\SEEN", "\\recent", "$X", "x"), _of("NIL", "\\*", '"q"', "a[b]", "\\")), max_size=4
    ).map(" ".join)
)
_DATES = _mostly(
    st.tuples(
        _mostly(_of(" 5", "05", "28"), _of("31", "00", "5")),
        _mostly(_of("Jan", "Feb"), _of("JAN", "Xyz")),
        _of("2026", "0001", "1970"),
        _mostly(_of("07:08:09", "00:00:00"), _of("23:59:60", "24:00:00", "07:08")),
        _mostly(_of("+0000", "-0000", "+0530", "-1200"), _of("+0099", "+2400", "+9900", "GMT")),
    ).map(lambda drawn: '"{}-{}-{} {} {}"'.format(*drawn)),
    _NSTRINGS,
)
_ATTRIBUTES = st.one_of(
    _NUMBERS.map("UID {}".format),
    _NUMBERS.map("RFC822.SIZE {}".format),
    _NUMBERS.map("MODSEQ ({})".format),
    _FLAGS.map("FLAGS {}".format),
    _DATES.map("INTERNALDATE {}".format),
    _ENVELOPES.map("ENVELOPE {}".format),
    _BODIES.map("BODYSTRUCTURE {}".format),
    _BODIES.map("BODY {}".format),
)


def attributes() -> st.SearchStrategy[bytes]:
    """The list of attributes of a FETCH response."""
    return _listed(st.lists(_ATTRIBUTES, max_size=3).map(" ".join)).map(str.encode)


def garbled(texts: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """The same with some octets replaced, put in, or left out."""
    change = st.tuples(
        st.integers(0, 2_000),
        st.integers(0, 2),
        st.sampled_from((b"", b" ", b'"', b"(", b")", b"\\", b"N", b"7", b"\0")),
    )

    def garble(drawn: tuple[bytes, list[tuple[int, int, bytes]]]) -> bytes:
        text, changes = drawn
        for at, left_out, put_in in changes:
            place = 1 + at % len(text)
            text = text[:place] + put_in + text[place + left_out :]
        return text

    return st.tuples(texts, st.lists(change, min_size=1, max_size=2)).map(garble)


_NAMES = _mostly(
    _of("", "1", "1.2", "TEXT", "HEADER", "HEADER.FIELDS (DATE X-A)", "1.MIME"),
    _of("header", "HEADER.FIELDS", "HEADER.FIELDS ()", 'HEADER.FIELDS ("DATE")', " 1", "(1)", "1 2", "1]"),
)
_KEYS = st.tuples(
    _mostly(_of("BODY"), _of("BINARY", "body")), _NAMES, _mostly(_of("", "<0>"), _of("<0.5>", "<>", "<7>"))
).map("{0[0]}[{0[1]}]{0[2]}".format)
_MARKS = st.just("{1}\r\n")
_CONTENTS = _mostly(st.one_of(_MARKS, _MARKS, _NSTRINGS), _of("~{1}\r\n", "{1+}\r\n", '"{1}\r\n"'))
_OCTETS = st.one_of(st.sampled_from((b"", b"UID", b"NIL", b'"', b")", b"{1}\r\n")), st.binary(max_size=8))


def responses() -> st.SearchStrategy[RawResponse]:
    """FETCH responses with the content of sections, mostly in literals; now and then one stands somewhere else."""
    pairs = st.tuples(_KEYS, _mostly(st.just(" "), _of("", "  ")), _CONTENTS).map("".join)
    others = _mostly(_ATTRIBUTES, _MARKS.map("ENVELOPE {}".format))
    texts = _listed(st.lists(st.one_of(pairs, others), max_size=4).map(" ".join)).map(str.encode)

    def with_literals(text: bytes) -> st.SearchStrategy[RawResponse]:
        count = text.count(b"}\r\n")
        return st.lists(_OCTETS, min_size=count, max_size=count).map(lambda each: RawResponse(text, tuple(each)))

    return texts.flatmap(with_literals)
