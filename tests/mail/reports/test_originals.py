"""The message that a report is about."""

from __future__ import annotations

from postroom.mail.reports.originals import find_original, without_copy
from postroom.mail.reports.parts import read_parts
from postroom.mail.reports.values import ReportedOriginal
from tests.mail.reports.sample_form import dsn, letter


def original(octets: bytes) -> ReportedOriginal:
    parts = read_parts(octets)
    return find_original(parts, parts.texts())


def test_enclosed_headers() -> None:
    found = original(
        dsn(
            "x", "Reporting-MTA: dns; a\n", "Message-ID: <a@b>\nSubject: =?utf-8?q?=C3=A4?=\nReceived: 1\nReceived: 2\n"
        )
    )
    assert found.message_ids == ("<a@b>",)
    assert found.headers == {"message-id": ["<a@b>"], "subject": ["ä"], "received": ["1", "2"]}


def test_an_enclosed_message_in_base64() -> None:
    octets = letter(
        "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding:"
        " base64\n\nTWVzc2FnZS1JRDogPGFAYj4KClRleHQ=\n--b--\n"
    )
    assert original(octets).message_ids == ("<a@b>",)


def test_a_copy_in_the_text_indented_or_quoted() -> None:
    for margin in ("", "  ", "> "):
        copy = f"{margin}Received: x\n{margin}\ty\n{margin}Message-ID: <a@b>\n\nX\n"
        text = f"No.\n--- Original message follows ---\n\n{copy}"
        found = original(letter(f"Subject: x\n\n{text}"))
        assert found.message_ids == ("<a@b>",)
        assert found.headers["message-id"] == ["<a@b>"]


def test_ids_of_the_message_itself_come_before_those_of_the_thread() -> None:
    head = "In-Reply-To: <answered@b>\nReferences: <old@b> <last@b>\n"
    enclosed = dsn("x", "Reporting-MTA: dns; a\n", "X-Original-Message-ID: <ours@b>\nMessage-ID: <theirs@b>\n")
    assert original(letter(head) + enclosed).message_ids == ("<theirs@b>", "<ours@b>")
    assert original(letter(f"{head}\nNo.\n")).message_ids == ("<answered@b>",)
    assert original(letter("References: <old@b> <last@b>\n\nNo.\n")).message_ids == ("<last@b>",)
    assert original(letter(f"{head}\nNo.\nMessage-ID: <told@b>\n")).message_ids == ("<told@b>",)


def test_headers_are_bounded() -> None:
    many = "".join(f"X-{n}: {'v' * 900}\n" for n in range(1000))
    headers = original(dsn("x", "Reporting-MTA: dns; a\n", many)).headers
    assert 0 < sum(len(name) + sum(map(len, values)) for name, values in headers.items()) <= 32 * 1024


def test_text_before_the_copy() -> None:
    assert without_copy("No.\n--- Below this line is a copy of the message.\n\nText") == "No.\n"
    assert without_copy("No copy here") == "No copy here"
