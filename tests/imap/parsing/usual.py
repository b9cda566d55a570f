"""FETCH responses made by chance: near the form that most servers send, with all that may be wrong in it."""

from __future__ import annotations

from hypothesis import strategies as st

ADDRESS = '("Ann Lee" NIL "ann" "example.test")'
ENVELOPE = (
    f'("Tue, 03 Feb 2026 10:00:00 +0000" "plan" ({ADDRESS}) ({ADDRESS}) ({ADDRESS}) ({ADDRESS}) NIL NIL NIL "<1@x>")'
)
TEXT = '("text" "plain" ("charset" "utf-8" "format" "flowed") NIL NIL "quoted-printable" 814 33 NIL NIL NIL NIL)'

_WORDS = st.sampled_from(
    ("", " ", "a", "plan", " x ", "=?utf-8?q?=C3=BC?=", "=?utf-8?b?w7w=?= =?utf-8?b?w7w=?=", "=?x", "NIL", "(", ") ("),
)
_HARD = st.sampled_from(('\\"', "\\", '"', "ü", "\t", "{3}", "%", "a*b", "name*0", "name*", "MISSING_MAILBOX", "@"))
_STRINGS = st.one_of(
    _WORDS,
    _WORDS,
    _WORDS,
    st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters='"\\'), max_size=12),
    _HARD,
).map(lambda text: f'"{text}"')
_NILS = st.sampled_from(("NIL", "NIL", "NIL", "nil", "()"))
_NSTRINGS = st.one_of(_STRINGS, _STRINGS, _STRINGS, _NILS, st.sampled_from(("atom", "5")))
_NUMBERS = st.one_of(
    st.integers(0, 2**33).map(str), st.sampled_from(("0", "007", "1.0", "-1", "NIL", '"5"', "99999999999999999999"))
)


def _joined(*values: st.SearchStrategy[str], between: str = " ") -> st.SearchStrategy[str]:
    return st.tuples(*values).map(between.join)


def _listed(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return values.map("({})".format)


_MAILBOXES = st.one_of(_STRINGS, st.sampled_from(('"ann"', '"MISSING_MAILBOX"', '"INVALID_ADDRESS"', '""', "NIL")))
_HOSTS = st.one_of(_STRINGS, st.sampled_from(('"x.test"', '".SYNTAX-ERROR."', '"MISSING_DOMAIN"', '""', "NIL")))
_ADDRESS = st.one_of(st.just(ADDRESS), _listed(_joined(_NSTRINGS, _NSTRINGS, _MAILBOXES, _HOSTS)))
_SEVERAL = st.tuples(st.lists(_ADDRESS, min_size=1, max_size=3), st.sampled_from(("", " "))).map(
    lambda drawn: drawn[1].join(drawn[0])
)
_LISTS = st.one_of(st.just("NIL"), _listed(st.just(ADDRESS)), _listed(_SEVERAL), _NILS)
_ENVELOPES = st.one_of(
    st.just(ENVELOPE),
    _listed(_joined(_NSTRINGS, _NSTRINGS, *[_LISTS] * 6, _NSTRINGS, _NSTRINGS)),
    st.just("NIL"),
)
_KEYWORDS = st.sampled_from(('"text"', '"TEXT"', '"plain"', '"image"', '"message"', '" Text "', '"html"', '""', "NIL"))
_PARAMETERS = st.one_of(
    st.just("NIL"),
    st.just('("charset" "utf-8")'),
    _listed(st.lists(_STRINGS, min_size=1, max_size=5).map(" ".join)),
)
_DISPOSITIONS = st.one_of(
    st.just("NIL"), _NSTRINGS, _listed(_joined(st.one_of(st.just('"attachment"'), _NSTRINGS), _PARAMETERS))
)
_LANGUAGES = st.sampled_from(("NIL", "NIL", "NIL", '"en"', '("en" "de")'))
_ENDS = st.tuples(
    st.tuples(_NSTRINGS, _DISPOSITIONS, _LANGUAGES, _NSTRINGS, _NSTRINGS), st.sampled_from((0, 1, 2, 3, 4, 4, 4, 5))
).map(lambda drawn: "".join(f" {value}" for value in drawn[0][: drawn[1]]))
_LINES = st.one_of(st.just(""), st.just(" 7"), _NUMBERS.map(" {}".format))
_LEAVES = st.one_of(
    st.just(TEXT),
    _listed(
        _joined(
            _joined(_KEYWORDS, _KEYWORDS, _PARAMETERS, _NSTRINGS, _NSTRINGS, _NSTRINGS, _NUMBERS),
            _LINES,
            _ENDS,
            between="",
        )
    ),
)


def _multiparts(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    between = st.sampled_from(("", "", " "))
    inner = st.tuples(st.lists(parts, min_size=1, max_size=3), between).map(lambda drawn: drawn[1].join(drawn[0]))
    end = st.tuples(st.tuples(_PARAMETERS, _DISPOSITIONS, _LANGUAGES, _NSTRINGS), st.integers(0, 4)).map(
        lambda drawn: "".join(f" {value}" for value in drawn[0][: drawn[1]])
    )
    return _listed(_joined(inner, st.sampled_from((' "mixed"', ' "ALTERNATIVE"', ' ""', " NIL", "")), end, between=""))


_BODIES = st.recursive(_LEAVES, _multiparts, max_leaves=4)
_FLAGS = _listed(
    st.lists(
        st.sampled_from(("\\Seen", "\\SEEN", "\\recent", "$X", "x", "NIL", "\\*", '"q"', "a[b]", "Junk", "\\")),
        max_size=4,
    ).map(" ".join)
)
_DATES = st.one_of(
    st.tuples(
        st.sampled_from((" 5", "05", "31", "00", "5")),
        st.sampled_from(("Jan", "Feb", "JAN", "Xyz")),
        st.sampled_from(("2026", "0001", "1970")),
        st.sampled_from(("07:08:09", "23:59:60", "24:00:00", "07:08")),
        st.sampled_from(("+0000", "-0000", "+0530", "-1200", "+0099", "+2400", "+9900", "GMT")),
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
    _STRINGS.map("BODY[TEXT] {}".format),
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
