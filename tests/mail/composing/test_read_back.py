"""Messages of any texts, names and files: two readers that are not ours find in them exactly what was written."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import collapse_rfc2231_value, getaddresses
from inspect import signature
from random import Random

import fast_mail_parser
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from postroom.mail.composing.compose import compose
from postroom.mail.composing.draft import Correspondent, Draft, Enclosure, Stamp
from postroom.mail.composing.seven_bit import to_seven_bit
from postroom.mail.composing.whole.message import read_whole, rewritten

STAMP = Stamp(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "0123456789abcdef")
HARD = (
    *("=?utf-8?q?a?=", "=?", "?=", "From ", ".", "..", "\t", "  ", "a" * 80, "b " * 50, "x" * 1200, "日本語" * 30),
    *("ü", "🙂", "\u202eabc", "\u05d0\u05d1", "\u2028", "\u0085", "\u00a0", '"', "\\", '\\"', "<a@b>", "a@b,", ";"),
    *(":", "(c)", "%20", "'", "--=_0", "--", "=", "=3D", "=\n", "&amp;", "{}", "e\u0301"),
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
)
ENDS = ("\n", "\r\n", "\r", " \n", "\t\r\n", "\n\n", "\nFrom me\n", "\n.\n", "\r\r\n")
LETTERS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
IN_LINE = st.lists(st.one_of(st.sampled_from(HARD), LETTERS), max_size=8).map("".join)
TEXTS = st.lists(st.one_of(st.sampled_from((*HARD, *ENDS)), LETTERS), max_size=12).map("".join)
LOCALS = st.sampled_from(("a", "a.b+c", '"a b"', '"a@b"', '"a,b"', "o'neil", "j\u00f6", "x" * 64))
IDN, LONG = "b\u00fccher.example", "l" * 63 + ".example"
DOMAINS = st.sampled_from(("b.example", IDN, "[127.0.0.1]", "xn--bcher-kva.example", LONG))
ADDRESSES = st.builds(lambda local, domain: f"{local}@{domain}", LOCALS, DOMAINS)
PEOPLE = st.builds(Correspondent, ADDRESSES, IN_LINE)
FILES = st.builds(Enclosure, st.binary(max_size=300), st.sampled_from(("text/plain", "image/png", "a/b; c=d")), IN_LINE)
DRAFTS = st.builds(
    Draft,
    sender=PEOPLE,
    to=st.lists(PEOPLE, max_size=30).map(tuple),
    reply_to=st.lists(PEOPLE, max_size=1).map(tuple),
    subject=IN_LINE,
    text=st.none() | TEXTS,
    html=st.none() | TEXTS,
    enclosures=st.lists(FILES, max_size=3).map(tuple),
    headers=IN_LINE.map(lambda text: (("X-Mine", text),)),
)

pytestmark = pytest.mark.long


def flat(text: str) -> str:
    """A text as a header can carry it: in one line, without control characters."""
    return re.sub(r"[\x00-\x1f\x7f]+", " ", text).strip()


def lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def decoded(value: str) -> str:
    return str(make_header(decode_header(re.sub(r"\r?\n(?=[ \t])", "", value))))


def written(address: str) -> str:
    """The address with its domain in ASCII. With another local part it is in UTF-8 anyway."""
    is_ascii = address.rpartition("@")[0].isascii()
    return address.replace(IDN, "xn--bcher-kva.example") if is_ascii else address


def check_lines(octets: bytes) -> None:
    assert b"\r" not in octets.replace(b"\r\n", b"")
    assert b"\n" not in octets.replace(b"\r\n", b"")
    assert b"\0" not in octets
    assert max(map(len, octets.split(b"\r\n"))) <= 998


# A newer Python is strict by default, and then it takes no address at `[127.0.0.1]`.
LENIENT: dict[str, bool] = {"strict": False} if "strict" in signature(getaddresses).parameters else {}


def check_people(message: Message, name: str, people: tuple[Correspondent, ...]) -> None:
    raw = [value.encode("utf-8", "surrogateescape").decode() for key, value in message.raw_items() if key == name]
    lines = [re.sub(r"\r\n", "", each) for each in raw]
    found = [(decoded(words), address) for words, address in getaddresses(lines, **LENIENT)]
    assert found == [(" ".join(flat(each.name).split()), written(each.address)) for each in people]


def check(octets: bytes, draft: Draft) -> None:
    """What the library of Python reads."""
    message = message_from_bytes(octets)
    assert decoded(message.get("Subject", "")) == flat(draft.subject)
    assert decoded(message["X-Mine"]) == flat(draft.headers[0][1])
    texts = [part for part in message.walk() if not part.is_multipart()]
    given_texts = (("text/plain", draft.text), ("text/html", draft.html))
    expected = [(kind, text) for kind, text in given_texts if text is not None]
    for (kind, text), part in zip(expected, texts, strict=False):
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        assert part.get_content_type() == kind
        assert lines(content.decode()).removesuffix("\n") == lines(text).removesuffix("\n")
    files = texts[-len(draft.enclosures) :] if draft.enclosures else []
    assert [part.get_payload(decode=True) for part in files] == [each.content for each in draft.enclosures]
    assert [filename(part) for part in files] == [flat(each.filename or "") for each in draft.enclosures]


def filename(part: Message) -> str:
    found = part.get_param("filename", "", header="content-disposition")
    assert not isinstance(found, Message)
    return (found if isinstance(found, str) else collapse_rfc2231_value(found)).strip()


def check_again(octets: bytes, draft: Draft) -> None:
    """What a reader in another language reads."""
    message = fast_mail_parser.parse_email(octets)
    assert message.subject.split() == flat(draft.subject).split()
    if draft.text is not None:
        assert lines(message.text_plain[0]).rstrip("\n") == lines(draft.text).rstrip("\n")
    contents = [each.content for each in message.attachments][-len(draft.enclosures) :] if draft.enclosures else []
    assert contents == [each.content for each in draft.enclosures]


@given(DRAFTS)
@example(Draft(Correspondent("a@b.example"), text="only\rreturns\r", headers=(("X-Mine", ""),)))
@example(Draft(Correspondent("a@b.example"), text=" ", html="\t\n ", subject="  ", headers=(("X-Mine", " "),)))
def test_a_draft_is_read_back(draft: Draft) -> None:
    octets = compose(draft, STAMP).octets
    check_lines(octets)
    assert octets.isascii() == all(
        written(each.address).isascii() for each in (draft.sender, *draft.to, *draft.reply_to)
    )
    check(octets, draft)
    check_again(octets, draft)
    message = message_from_bytes(octets)
    check_people(message, "From", (draft.sender,))
    check_people(message, "To", draft.to)
    check_people(message, "Reply-To", draft.reply_to)


BLIND = st.lists(st.sampled_from(("Bcc", "bcc", "BCC ", "Resent-Bcc", "X-EE-Send-At", "x-ee-any")), max_size=3)


@given(DRAFTS, BLIND, st.sampled_from(("\r\n", "\n", "\r")), st.randoms(use_true_random=False))
def test_a_whole_message_says_the_same_without_blind_copies(
    draft: Draft, blind: list[str], end: str, chosen: Random
) -> None:
    composed = compose(draft, STAMP).octets
    head, _, body = composed.partition(b"\r\n\r\n")
    fields = re.split(rb"\r\n(?![ \t])", head)
    for name in blind:
        fields.insert(chosen.randrange(len(fields) + 1), f"{name}: <hidden@b.example>,\r\n\thidden@c.example".encode())
    raw = (b"\r\n".join(fields) + b"\r\n\r\n" + body).replace(b"\r\n", end.encode())
    whole = read_whole(raw)
    made = rewritten(whole, whole.said(), STAMP).octets
    assert b"hidden" not in made
    assert made == composed


@given(DRAFTS)
def test_a_whole_message_in_its_own_charset_is_read_back(draft: Draft) -> None:
    head = (
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\nFrom: jö <a@b.example>\n"
        f"Subject: {flat(draft.subject)}\nX-Mine: {flat(draft.headers[0][1])}\n\n"
    )
    raw = (head + (draft.text or "")).encode()
    whole = read_whole(raw)
    made = rewritten(whole, whole.said(), STAMP).octets
    check_lines(made)
    assert made.partition(b"\r\n\r\n")[0].isascii()
    converted = to_seven_bit(made)
    assert converted is not None
    assert converted.isascii()
    for octets in (made, converted):
        found = message_from_bytes(octets)
        content = found.get_payload(decode=True)
        assert isinstance(content, bytes)
        assert lines(content.decode()).removesuffix("\n") == lines(draft.text or "").removesuffix("\n")
