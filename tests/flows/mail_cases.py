"""The cases of the conformance suite: a request, and the answer that every kind of mail server must lead to.

Each mailbox begins with the messages of `MAILBOX`. `{one}` in a path or a body stands for the id of the message `one`,
`{one.text}` and `{one.attachment}` for those of its text and its first attachment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

__all__ = ["CHANGES", "MAILBOX", "READS", "Case", "differences"]

_A: Final = "/v1/account/a"

MAILBOX: Final[Mapping[str, tuple[str, bytes, tuple[str, ...]]]] = {
    "one": (
        "INBOX",
        b"From: Ada <ada@example.test>\r\nTo: bob@example.test\r\nSubject: one\r\nMessage-ID: <one@example.test>\r\n"
        b"Date: Thu, 01 Jan 2026 10:00:00 +0000\r\n\r\nThe first line.\r\n",
        ("\\Seen",),
    ),
    "two": (
        "INBOX",
        b"From: =?utf-8?q?J=C3=B6rg?= <joerg@example.test>\r\nTo: bob@example.test\r\nCc: eve@example.test\r\n"
        b"Subject: =?utf-8?b?R3LDvMOfZQ==?=\r\nMessage-ID: <two@example.test>\r\nMIME-Version: 1.0\r\n"
        b'Date: Fri, 02 Jan 2026 10:00:00 +0000\r\nContent-Type: multipart/alternative; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
        b"Content-Transfer-Encoding: 8bit\r\n\r\nGr\xfc\xdfe!\r\n"
        b"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Gr\xc3\xbc\xc3\x9fe!</p>\r\n--b--\r\n",
        (),
    ),
    "three": (
        "INBOX",
        b"From: ada@example.test\r\nTo: bob@example.test\r\nSubject: three\r\nMessage-ID: <three@example.test>\r\n"
        b"Date: Sat, 03 Jan 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee below.\r\n'
        b"--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n"
        b'Content-Disposition: attachment; filename="report.pdf"\r\n\r\nJVBERi0xLjQKJSVFT0YK\r\n--b--\r\n',
        ("\\Flagged",),
    ),
    "four": (
        "INBOX",
        b"From: Ada <ada@example.test>\r\nTo: bob@example.test\r\nSubject: Re: one\r\n"
        b"Message-ID: <four@example.test>\r\n"
        b"In-Reply-To: <one@example.test>\r\nReferences: <one@example.test>\r\n"
        b"Date: Sun, 04 Jan 2026 10:00:00 +0000\r\n\r\nI agree.\r\n\r\n> The first line.\r\n",
        (),
    ),
    "draft": (
        "Entw&APw-rfe",
        b"From: bob@example.test\r\nSubject: draft\r\nMessage-ID: <draft@example.test>\r\n"
        b"Date: Mon, 05 Jan 2026 10:00:00 +0000\r\n\r\nNot yet.\r\n",
        ("\\Draft",),
    ),
    "deleted": (
        "Trash",
        b"From: spam@example.test\r\nSubject: old\r\nMessage-ID: <old@example.test>\r\n"
        b"Date: Mon, 05 Jan 2026 11:00:00 +0000\r\n\r\nOld.\r\n",
        (),
    ),
}


@dataclass(frozen=True)
class Case:
    """A request, and the part of its answer that must be there.

    In `shows`, `...` fits anything and a function decides by itself. `then` are requests that show the effect.
    """

    name: str
    method: str
    path: str
    shows: Any = field(default_factory=dict)
    body: Any = None
    status: int = 200
    then: tuple[Case, ...] = ()


def differences(shown: Any, expected: Any, where: str = "answer") -> list[str]:
    """Return what is different from what a case expects; objects may have more members than expected."""
    if expected is ...:
        return []
    if callable(expected):
        return [] if expected(shown) else [f"{where}: {shown!r} is not as it must be"]
    if isinstance(expected, dict) and isinstance(shown, dict):
        missing = [f"{where}.{name} is missing" for name in expected if name not in shown]
        inner = [(shown[name], value, f"{where}.{name}") for name, value in expected.items() if name in shown]
        return missing + [each for item in inner for each in differences(*item)]
    if isinstance(expected, list) and isinstance(shown, list) and len(expected) == len(shown):
        pairs = enumerate(zip(shown, expected, strict=True))
        return [each for at, (mine, value) in pairs for each in differences(mine, value, f"{where}[{at}]")]
    return [] if shown == expected else [f"{where}: {shown!r}, expected {expected!r}"]


def _subjects(*names: str) -> dict[str, Any]:
    return {"messages": [{"subject": name} for name in names], "total": len(names)}


def _search(terms: dict[str, Any], *names: str, path: str = "INBOX") -> Case:
    shown = ", ".join(f"{key}={value}" for key, value in terms.items())
    return Case(f"search {shown}", "POST", f"{_A}/search?path={path}", _subjects(*names), {"search": terms})


def _listed(path: str, *names: str) -> Case:
    return Case(f"{path} then", "GET", f"{_A}/messages?path={path}", _subjects(*names))


def _has(*names: str) -> Callable[[Any], bool]:
    return lambda shown: set(names) <= set(shown)


def _lacks(*names: str) -> Callable[[Any], bool]:
    return lambda shown: not set(names) & set(shown)


READS: Final = (
    # Folders.
    Case(
        "folders",
        "GET",
        f"{_A}/mailboxes?counters=true",
        {"mailboxes": lambda shown: {"INBOX", "Sent", "Trash", "Entwürfe"} <= {each["path"] for each in shown}},
    ),
    # Lists.
    Case("newest first", "GET", f"{_A}/messages?path=INBOX", _subjects("Re: one", "three", "Grüße", "one")),
    Case(
        "a page",
        "GET",
        f"{_A}/messages?path=INBOX&page=1&pageSize=3",
        {"total": 4, "page": 1, "pages": 2, "messages": [{"subject": "one"}]},
    ),
    Case("a page beyond the last", "GET", f"{_A}/messages?path=INBOX&page=7", {"total": 4, "messages": []}),
    Case("an empty folder", "GET", f"{_A}/messages?path=Sent", {"total": 0, "pages": ..., "messages": []}),
    Case("a role instead of a path", "GET", f"{_A}/messages?path=%5CTrash", _subjects("old")),
    Case("a folder beyond ASCII", "GET", f"{_A}/messages?path=Entw%C3%BCrfe", _subjects("draft")),
    Case("no such folder", "GET", f"{_A}/messages?path=Nowhere", {"code": "FolderNotFound"}, status=404),
    Case(
        "a cursor that is none",
        "GET",
        f"{_A}/messages?path=INBOX&cursor=rubbish",
        {"code": lambda code: code in ("InvalidCursorValue", "InvalidCursorType")},
        status=400,
    ),
    # Messages.
    Case(
        "a message",
        "GET",
        f"{_A}/message/{{two}}",
        {
            "id": "{two}",
            "subject": "Grüße",
            "path": "INBOX",
            "unseen": True,
            "from": {"name": "Jörg", "address": "joerg@example.test"},
            "to": [{"address": "bob@example.test"}],
            "cc": [{"address": "eve@example.test"}],
            "messageId": "<two@example.test>",
            "date": ...,
            "headers": {"subject": ["Grüße"]},
            "text": {"id": "{two.text}", "encodedSize": {"plain": ..., "html": ...}},
        },
    ),
    Case(
        "with its text",
        "GET",
        f"{_A}/message/{{two}}?textType=*",
        {"text": {"plain": "Grüße!", "html": "<p>Grüße!</p>", "hasMore": False}},
    ),
    Case("its plain text alone", "GET", f"{_A}/message/{{two}}?textType=plain", {"text": _lacks("html")}),
    Case("a text cut off", "GET", f"{_A}/message/{{two}}?textType=plain&maxBytes=3", {"text": {"hasMore": True}}),
    Case(
        "an attached file",
        "GET",
        f"{_A}/message/{{three}}",
        {
            "flagged": True,
            "attachments": [
                {"id": "{three.attachment}", "filename": "report.pdf", "contentType": "application/pdf"},
            ],
        },
    ),
    Case("a text by its id", "GET", f"{_A}/text/{{two.text}}", {"plain": "Grüße!", "hasMore": False}),
    Case("a text as safe HTML", "GET", f"{_A}/text/{{two.text}}?webSafeHtml=true", {"html": ..., "webSafe": True}),
    Case(
        "what is new in a reply",
        "GET",
        f"{_A}/message/{{four}}?textType=new",
        {"text": lambda text: "I agree." in str(text)},
    ),
    Case("an id that is none", "GET", f"{_A}/message/rubbish", {"code": "InvalidId"}, status=400),
    Case("an id of nothing", "GET", f"{_A}/message/AAAAAQAPQkA", {"code": "MessageNotFound"}, status=404),
    Case("an attachment", "GET", f"{_A}/attachment/{{three.attachment}}", "%PDF-1.4\n%%EOF\n"),
    Case(
        "a source",
        "GET",
        f"{_A}/message/{{one}}/source",
        lambda text: text.startswith("From: Ada") and text.endswith("The first line.\r\n"),
    ),
    # Searches.
    _search({"subject": "one", "seen": True}, "one"),
    _search({"from": "joerg"}, "Grüße"),
    _search({"subject": "Grüße"}, "Grüße"),
    _search({"unseen": True}, "Re: one", "three", "Grüße"),
    _search({"flagged": True}, "three"),
    _search({"body": "agree"}, "Re: one"),
    _search({"cc": "eve"}, "Grüße"),
    _search({"sentSince": "2026-01-03"}, "Re: one", "three"),
    _search({"sentBefore": "2026-01-03"}, "Grüße", "one"),
    _search({"header": {"Message-ID": "<one@example.test>"}}, "one"),
    _search({"or": [{"subject": "three"}, {"header": {"Message-ID": "<one@example.test>"}}]}, "three", "one"),
    _search({"not": {"flagged": True}}, "Re: one", "Grüße", "one"),
    _search({"hasAttachment": True}, "three"),
    _search({"text": "agree"}, "Re: one"),
    _search({"seen": "false", "answered": False, "cc": "eve"}, "Grüße"),
    _search({"uid": "2:3"}, "three", "Grüße"),
    _search({"subject": "nowhere"}),
    _search({"draft": True}, "draft", path="Entw%C3%BCrfe"),
    Case(
        "a search in all folders",
        "POST",
        f"{_A}/search",
        {"messages": [{"subject": "draft"}], "incomplete": lambda shown: not shown},
        {"search": {"subject": "draft"}},
    ),
    Case(
        "a search in all folders leaves the trash out",
        "POST",
        f"{_A}/search",
        {"messages": []},
        {"search": {"subject": "old"}},
    ),
    Case(
        "a search term of another service",
        "POST",
        f"{_A}/search?path=INBOX",
        {"code": "MissingServerExtension"},
        {"search": {"gmailRaw": "has:attachment"}},
        status=422,
    ),
    Case(
        "an unknown search term",
        "POST",
        f"{_A}/search?path=INBOX",
        {"code": "InvalidInput"},
        {"search": {"subjekt": "one"}},
        status=400,
    ),
)
"""Requests that change nothing; they share one mailbox."""

CHANGES: Final = (
    Case(
        "flags",
        "PUT",
        f"{_A}/message/{{two}}",
        {"flags": ...},
        {"flags": {"add": ["\\Seen", "$Label1"]}},
        then=(Case("then", "GET", f"{_A}/message/{{two}}", {"flags": _has("\\Seen")}),),
    ),
    Case(
        "flags set",
        "PUT",
        f"{_A}/message/{{three}}",
        {"flags": ...},
        {"flags": {"set": ["\\Answered"]}},
        then=(Case("then", "GET", f"{_A}/message/{{three}}", {"flags": ["\\Answered"]}),),
    ),
    Case(
        "a move",
        "PUT",
        f"{_A}/message/{{one}}/move",
        {"path": "Entwürfe"},
        {"path": "Entwürfe"},
        then=(
            _listed("INBOX", "Re: one", "three", "Grüße"),
            _listed("Entw%C3%BCrfe", "one", "draft"),
            Case(
                "gone",
                "GET",
                f"{_A}/message/{{one}}",
                {"code": lambda code: code in ("MessageMoved", "MessageNotFound")},
                status=404,
            ),
        ),
    ),
    Case(
        "a move to nowhere",
        "PUT",
        f"{_A}/message/{{one}}/move",
        {"code": "FolderNotFound"},
        {"path": "Nowhere"},
        status=404,
        then=(_listed("INBOX", "Re: one", "three", "Grüße", "one"),),
    ),
    Case(
        "a deletion",
        "DELETE",
        f"{_A}/message/{{one}}",
        {"deleted": False, "moved": {"destination": "Trash"}},
        then=(_listed("INBOX", "Re: one", "three", "Grüße"), _listed("%5CTrash", "one", "old")),
    ),
    Case(
        "a deletion in the trash",
        "DELETE",
        f"{_A}/message/{{deleted}}",
        {"deleted": True},
        then=(_listed("%5CTrash"),),
    ),
    Case(
        "a deletion by force",
        "DELETE",
        f"{_A}/message/{{three}}?force=true",
        {"deleted": True},
        then=(_listed("INBOX", "Re: one", "Grüße", "one"), _listed("%5CTrash", "old")),
    ),
    Case(
        "many flags",
        "PUT",
        f"{_A}/messages?path=INBOX",
        ...,
        {"search": {"unseen": True}, "update": {"flags": {"add": ["\\Seen"]}}},
        then=(Case("then", "POST", f"{_A}/search?path=INBOX", _subjects(), {"search": {"unseen": True}}),),
    ),
    Case(
        "many moves",
        "PUT",
        f"{_A}/messages/move?path=INBOX",
        {"path": "Sent"},
        {"search": {"from": "ada"}, "path": "\\Sent"},
        then=(_listed("INBOX", "Grüße"), _listed("Sent", "Re: one", "three", "one")),
    ),
    Case(
        "many deletions",
        "PUT",
        f"{_A}/messages/delete?path=INBOX",
        {"deleted": False, "moved": {"destination": "Trash"}},
        {"search": {"from": "ada"}},
        then=(_listed("INBOX", "Grüße"), _listed("%5CTrash", "Re: one", "three", "one", "old")),
    ),
    Case(
        "an upload",
        "POST",
        f"{_A}/message",
        {"path": "INBOX", "messageId": ...},
        {
            "path": "INBOX",
            "flags": ["\\Seen"],
            "from": {"name": "Jörg", "address": "joerg@example.test"},
            "to": ["bob@example.test"],
            "cc": [],
            "subject": "Später",
            "text": "Grüße",
        },
        then=(_listed("INBOX", "Später", "Re: one", "three", "Grüße", "one"),),
    ),
    Case(
        "a new folder",
        "POST",
        f"{_A}/mailbox",
        {"path": ..., "created": True},
        {"path": ["Work", "Müller & Söhne"]},
        then=(
            Case(
                "once more",
                "POST",
                f"{_A}/mailbox",
                {"created": False},
                {"path": ["Work", "Müller & Söhne"]},
            ),
        ),
    ),
    Case(
        "a folder with another name",
        "PUT",
        f"{_A}/mailbox",
        {"path": "Entwürfe", "newPath": "Später", "renamed": True},
        {"path": "Entwürfe", "newPath": "Später"},
        then=(
            _listed("Sp%C3%A4ter", "draft"),
            Case("gone", "GET", f"{_A}/messages?path=Entw%C3%BCrfe", {"code": "FolderNotFound"}, status=404),
        ),
    ),
    Case(
        "a folder deleted",
        "DELETE",
        f"{_A}/mailbox?path=Entw%C3%BCrfe",
        {"path": "Entwürfe", "deleted": True},
        then=(Case("again", "DELETE", f"{_A}/mailbox?path=Entw%C3%BCrfe", {"code": "FolderNotFound"}, status=404),),
    ),
)
"""Requests that change the mailbox; each has a mailbox of its own."""
