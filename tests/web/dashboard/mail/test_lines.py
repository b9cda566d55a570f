"""Words of strangers become short lines: no line ends, no turned writing, no name of 10 kB."""

from __future__ import annotations

from typing import Any, cast

from postroom.mail.shapes import AttachmentObject, FolderObject, MessageObject
from postroom.web.dashboard.mail.lines import (
    file_line,
    folder_lines,
    header_lines,
    message_line,
    people,
    person,
    size_words,
    time_of,
)
from postroom.web.dashboard.mail.wish import MailWish

LONG = "n" * 10_000
BIDI = "\u202eexe.png\u202c"


def message(**more: Any) -> MessageObject:
    return cast("MessageObject", {"id": "AAAAAQAAAAE", "uid": 1, "path": "INBOX", "flags": [], "to": [], **more})


def test_a_message_becomes_a_line() -> None:
    files = [{"id": "x", "embedded": False}, {"id": "y", "embedded": True}]
    line = message_line(
        "a/b",
        message(
            subject=f"a\r\nBcc: b{BIDI}",
            date="2026-11-27T10:00:00.000Z",
            unseen=True,
            answered=True,
            attachments=files,
            **{"from": {"name": "Ada\n", "address": "ada@example.test"}},
        ),
    )
    assert line.href == "/dashboard/accounts/a%2Fb/mail/AAAAAQAAAAE"
    assert (line.people, line.subject) == ("Ada", "a Bcc: b exe.png")
    assert (line.at, line.unseen, line.answered, line.flagged, line.files) == (1_795_773_600_000, True, True, False, 1)


def test_a_sent_message_shows_whom_it_went_to() -> None:
    to = [{"name": "", "address": f"{n}@example.test"} for n in range(5)]
    line = message_line("a", message(to=to, **{"from": {"name": "Me", "address": "me@x"}}), by_recipients=True)
    assert line.people == "0@example.test, 1@example.test, 2@example.test and 2 more"
    assert message_line("a", message(**{"from": {"name": "Me", "address": ""}}), by_recipients=True).people == "Me"


def test_a_message_without_anything_is_a_line_too() -> None:
    line = message_line("a", message())
    assert (line.people, line.subject, line.at, line.files) == ("", "", None, 0)
    assert time_of(message(date="tomorrow")) is None


def test_people_are_named_and_cut() -> None:
    assert person({"name": f"{LONG}\n", "address": "a@b"}).endswith("… <a@b>")
    assert len(person({"name": LONG, "address": LONG})) < 500
    assert person({"name": "", "address": "a@b"}) == "a@b"
    assert person({"name": "A", "address": "a@b"}, brief=True) == "A"
    assert people([]) == ""


def test_files_have_names_that_can_be_shown() -> None:
    def line(**more: Any) -> Any:
        sent = {"id": "i/d", "contentType": f"text/{LONG}", "encodedSize": 4000, "embedded": False, "inline": False}
        return file_line("a", cast("AttachmentObject", {**sent, **more}))

    assert line(filename=f"../../{BIDI}\r\n.pdf").name == "exe.png .pdf"
    assert len(line(filename=f"{LONG}.pdf").name) == 200
    assert line().name == line(filename="\u202e").name == "(no name)"
    assert line().size == "2 KiB"
    assert line().href == "/dashboard/accounts/a/attachments/i%2Fd"
    assert len(line().kind) <= 200


def test_header_fields_are_lines_and_not_too_many() -> None:
    assert header_lines({"subject": ["a\nb", "c"], "x": [LONG]})[:2] == [("subject", "a b"), ("subject", "c")]
    assert len(header_lines({"received": ["x"] * 5000})) == 200


def test_sizes_are_read_at_a_glance() -> None:
    assert [size_words(each) for each in (0, 1023, 1024, 3_500_000)] == ["0 bytes", "1023 bytes", "1 KiB", "3.3 MiB"]


def folder(path: str, parent: str = "", **more: Any) -> FolderObject:
    name = path.rpartition("/")[2]
    return cast("FolderObject", {"path": path, "name": name, "parentPath": parent, "delimiter": "/", **more})


def test_folders_stand_below_one_another() -> None:
    listed = [
        folder("INBOX", specialUse="\\Inbox"),
        folder("Archive", noSelect=True),
        folder("Archive/2026", "Archive"),
        folder("Gone/x", "Gone"),
        folder("Out", specialUse="\\Sent"),
    ]
    lines = folder_lines(listed, MailWish("a", "\\Sent"))
    assert [(each.name, each.depth, each.role) for each in lines] == [
        ("INBOX", 0, ""), ("Archive", 0, ""), ("2026", 1, ""), ("Gone/x", 0, ""), ("Out", 0, "Sent"),
    ]  # fmt: skip
    assert [each.can_open for each in lines] == [True, False, True, True, True]
    assert [each.is_here for each in lines] == [False, False, False, False, True]
    assert lines[2].href == "/dashboard/accounts/a/mail?path=Archive%2F2026"


def test_folders_that_are_their_own_parents_end() -> None:
    lines = folder_lines([folder("a", "b"), folder("b", "a")], MailWish("a"))
    assert [each.depth for each in lines] == [4, 4]
